"""What the Link tests share: a visit, and a walk to any Step of it."""

from collections.abc import Callable
from functools import partial

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from linksite import linking, notices
from linksite.models import Connection, LinkRequest, Notice

from .colleagues import PATH, form

SIGN_IN = {
    "company_id": "AtelierBrume",
    "user_id": "alderfinch_ws",
    "password": "Sandbox-Pass-1",
}
ANSWERS = {
    "software": {"software": "sage-intacct"},
    "before-you-start": {"agree": "on"},
    "company-id": {"company_id": "AtelierBrume"},
    "web-services": {},
    "sender": {},
    "web-services-user": {},
    "sign-in": SIGN_IN,
    "entity": {"entity": "100"},
}
# What those answers do, without their pages: on the way they are not what is tested.
TAKEN: dict[str, Callable[[LinkRequest], None]] = {
    "software": partial(linking.choose_software, integration="sage-intacct"),
    "before-you-start": linking.agree,
    "company-id": partial(linking.give_company_id, company_id="AtelierBrume"),
    "web-services": partial(linking.confirm, step="web-services"),
    "sender": partial(linking.confirm, step="sender"),
    "web-services-user": partial(linking.confirm, step="web-services-user"),
}


@pytest.fixture
def visit(client: Browser, link: LinkRequest, sandbox: object) -> Browser:
    """Return a browser that pressed Start on the Link URL."""
    response = client.post(link.path)
    assert response.status_code == 303, response.content
    return client


def visitors(link: LinkRequest, visit: Browser) -> LinkRequest:
    """Return the invitation as the visitor's pages have it."""
    row = LinkRequest.objects.get(pk=link.pk)
    row.device = visit.session["device"]
    row.visit = row.visits.get(pk=visit.session["visit"])
    return row


@pytest.fixture
def walk_to(visit: Browser, link: LinkRequest) -> Callable[..., Browser]:
    """Return a walk: walk_to("sign-in") takes every Step before it."""

    def walk(slug: str, **answers: dict[str, str]) -> Browser:
        for name, answer in ANSWERS.items():
            if name == slug:
                return visit
            given = answers.get(name.replace("-", "_"))
            if name in TAKEN and given is None:
                TAKEN[name](visitors(link, visit))
                continue
            response = visit.post(f"/link/{name}/", given or answer)
            assert response.status_code == 303, (name, response.content.decode())
        return visit

    return walk


@pytest.fixture
def linked(walk_to: Callable[..., Browser], finish: Callable[..., bool]) -> Browser:
    """Return the visit of a customer whose company is linked and read."""
    visit = walk_to("permissions")
    finish(Connection.objects.get())
    return visit


@pytest.fixture
def answer() -> Callable[..., HttpResponse]:
    """Return a customer who answers a Step anew, from the page as it stands."""

    def post(visit: Browser, url: str, data: dict[str, str]) -> HttpResponse:
        page = visit.get(url).content.decode()
        version = page.split('name="version" value="')[1].split('"')[0]
        return visit.post(url, data | {"version": version})

    return post


@pytest.fixture
def hand_over(walk_to):
    """Return a hand-over of a Step to Marc: hand_over("sender") → (sender, Marc)."""

    def hand(slug: str, scope: str = "step") -> tuple[Browser, Browser]:
        sender = walk_to(slug)
        answer = sender.post(f"/link/hand-over/{slug}/", form(scope=scope))
        assert answer.status_code == 303, answer.content.decode()
        marc = Browser()
        marc.path = PATH.search(mail.outbox[-1].body)[0]
        return sender, marc

    return hand


@pytest.fixture
def news(later):
    """Return the mails that a worker sends some minutes later."""

    def work(minutes: int = 6) -> list:
        later(minutes=minutes)
        before = len(mail.outbox)
        for notice in Notice.objects.due(timezone.now()).order_by("pk"):
            notices.send(notice.pk)
        return mail.outbox[before:]

    return work
