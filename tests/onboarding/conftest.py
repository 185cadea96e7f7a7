"""What the Link tests share: a visit, and a walk to any Step of it."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client as Browser

from linksite.models import Connection, LinkRequest

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


@pytest.fixture
def visit(client: Browser, link: LinkRequest, sandbox: object) -> Browser:
    """Return a browser that pressed Start on the Link URL."""
    response = client.post(link.path)
    assert response.status_code == 303, response.content
    return client


@pytest.fixture
def walk_to(visit: Browser) -> Callable[..., Browser]:
    """Return a walk: walk_to("sign-in") takes every Step before it."""

    def walk(slug: str, **answers: dict[str, str]) -> Browser:
        for name, answer in ANSWERS.items():
            if name == slug:
                return visit
            data = answers.get(name.replace("-", "_"), answer)
            response = visit.post(f"/link/{name}/", data)
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
