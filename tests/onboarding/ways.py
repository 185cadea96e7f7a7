"""The ways to every state of Link: somebody, and how they get there."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings as site
from django.core import mail
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from linksite import codes, integrations, linking, requesting
from linksite.intacct.sandbox import Sandbox
from linksite.models import (
    Company,
    IntegrationSettings,
    LinkRequest,
    Member,
    SignInBudget,
    User,
)

from .conftest import ANSWERS, SIGN_IN

INVITED = "compta@atelier-brume.example"
MARC = {"email": "marc@atelier-brume.example", "scope": "step"}


class Ask(NamedTuple):
    """The request that shows a state; a POST comes from the page `start`."""

    path: str
    data: dict[str, str] | None = None
    start: str = ""


class Scene:
    """An invitation of its own, and somebody who opens it."""

    def __init__(
        self,
        member: Member,
        sandbox: Sandbox,
        settings: Any,
        worker: Callable[[], None],
        language: str,
    ) -> None:
        self.member, self.sandbox, self.settings = member, sandbox, settings
        self.worker, self.language = worker, language
        sandbox.reset()
        for plan in sandbox.companies.values():
            plan.delay = min(plan.delay, 0.01)
        SignInBudget.objects.all().delete()
        integrations._sessions.clear()
        company = Company.objects.create(
            client=member.client, name="Atelier Brume SAS", is_test=True
        )
        self.link, url = requesting.request_data(
            company, by=member.user, email=INVITED, language=language
        )
        self.path = url.removeprefix(site.SITE_URL)
        self.browser = self.newcomer()

    def newcomer(self) -> Browser:
        """Return another browser of the same language."""
        browser = Browser(raise_request_exception=False)
        browser.cookies["link_language"] = self.language
        return browser

    def start(self) -> None:
        """Press Start."""
        self.browser.post(self.path)

    def to(self, slug: str, company_id: str = "AtelierBrume") -> None:
        """Press Start and take every Step before this one."""
        self.start()
        for name, answer in ANSWERS.items():
            if name == slug:
                return
            known = {"company_id": company_id} if "company_id" in answer else {}
            done = self.browser.post(f"/link/{name}/", answer | known)
            assert done.status_code == 303, (name, done.status_code)

    def sign_in(self, **typed: str) -> HttpResponse:
        """Press Connect."""
        return self.browser.post("/link/sign-in/", SIGN_IN | typed)

    def connecting(self, company_id: str = "AtelierBrume", **typed: str) -> Ask:
        """Go to the sign-in; the state is the answer to Connect."""
        self.to("sign-in", company_id)
        data = SIGN_IN | {"company_id": company_id} | typed
        return Ask("/link/sign-in/", data, "/link/sign-in/")

    def sent_back(self, company_id: str, slug: str) -> Ask:
        """Connect, and be sent back to a Step."""
        self.to("sign-in", company_id)
        self.sign_in(company_id=company_id)
        return Ask(f"/link/{slug}/")

    def switch(self, *, on: bool) -> None:
        """Turn the Client's switch."""
        use = integrations.settings_for(self.member.client)
        integrations.switch(use, on=on, by=self.member.user)

    def colleague(self) -> str:
        """Hand a Step over; return the path of the colleague's link."""
        self.to("sender")
        self.browser.post("/link/hand-over/sender/", MARC | {"language": self.language})
        return re.search(r"/l/[\w-]{43}/", str(mail.outbox[-1].body))[0]  # type: ignore[index]

    def show(self, ask: Ask) -> HttpResponse:
        """Return the answer."""
        if ask.data is None:
            return self.browser.get(ask.path)
        return self.browser.post(ask.path, ask.data)


@contextmanager
def undone(settings: Any, client: Any) -> Iterator[None]:
    """Take back, after a state, what it changed for everybody."""
    before = {name: getattr(settings, name) for name in ("SETTLE_SECONDS",)}
    rows = list(IntegrationSettings.objects.filter(client=client).values())
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        for row in rows:
            IntegrationSettings.objects.filter(pk=row["id"]).update(**row)


def expired(scene: Scene) -> Ask:
    scene.to("sender")
    yesterday = timezone.now() - timedelta(days=1)
    LinkRequest.objects.filter(pk=scene.link.pk).update(expires_at=yesterday)
    return Ask("/link/sender/")


def expired_and_asked(scene: Scene) -> Ask:
    ask = expired(scene)
    return Ask(scene.browser.post(ask.path, {"renew": "1"})["Location"])


def revoked(scene: Scene) -> Ask:
    requesting.revoke(scene.link)
    return Ask(scene.path)


def used(scene: Scene) -> Ask:
    linked(scene)
    scene.browser = scene.newcomer()
    return Ask(scene.path)


def linked(scene: Scene) -> None:
    scene.to("permissions")
    scene.worker()
    page = scene.browser.get("/link/permissions/").text
    asked = re.search(r'name="question" value="([\w.]+)"', page)
    scene.browser.post("/link/permissions/finish/", {"question": asked[1]})  # type: ignore[index]
    scene.worker()


def disconnected(scene: Scene) -> Ask:
    linked(scene)
    scene.browser.post("/link/disconnect/")
    scene.browser = scene.newcomer()
    return Ask(scene.path)


def broken(scene: Scene) -> Ask:
    linked(scene)
    row = scene.link.company.connections.get()
    row.trouble, row.trouble_at = "bad_login", timezone.now()
    row.save()
    scene.browser = scene.newcomer()
    return Ask(scene.path)


def paused(scene: Scene) -> Ask:
    scene.to("sender")
    scene.switch(on=False)
    return Ask("/link/sender/", {}, "/link/sender/")


def paused_and_asked(scene: Scene) -> Ask:
    scene.to("sender")
    scene.switch(on=False)
    return Ask(scene.browser.post("/link/sender/", {"back": "1"})["Location"])


def paused_without_an_address(scene: Scene) -> Ask:
    LinkRequest.objects.filter(pk=scene.link.pk).update(email="")
    return Ask(paused(scene).path)


def paused_for_a_colleague(scene: Scene) -> Ask:
    path = scene.colleague()
    scene.browser = scene.newcomer()
    scene.browser.post(path)
    scene.switch(on=False)
    return Ask("/link/for-you/sender/")


def down_and_asked(scene: Scene) -> Ask:
    scene.connecting("PharesOuest")
    scene.sign_in(company_id="PharesOuest")
    return Ask(scene.browser.post("/link/email-me/")["Location"])


def down_without_an_address(scene: Scene) -> Ask:
    LinkRequest.objects.filter(pk=scene.link.pk).update(email="")
    return scene.connecting("PharesOuest")


def faulty(fault: str) -> Callable[[Scene], Ask]:
    def reach(scene: Scene) -> Ask:
        ask = scene.connecting()
        scene.sandbox.companies["AtelierBrume"].fault = fault
        return ask

    return reach


def refused_again(scene: Scene) -> Ask:
    ask = scene.connecting(password="wrong")
    scene.sign_in(password="wrong")
    return ask


def too_many_tries(scene: Scene) -> Ask:
    ask = scene.connecting(password="wrong 4")
    for number in range(3):
        scene.sign_in(password=f"wrong {number}")
    return ask


def too_quick(scene: Scene) -> Ask:
    scene.settings.SETTLE_SECONDS = 3600
    return scene.connecting()


def sender_refused(scene: Scene) -> Ask:
    ask = scene.connecting()
    use = integrations.settings_for(scene.member.client)
    by: User = scene.member.user
    integrations.save_sender(use, sender_id=use.sender_id, password="no", by=by)
    return ask


def unreadable(scene: Scene) -> Ask:
    ask = scene.connecting()
    IntegrationSettings.objects.update(sender_password_sealed="v1.gone.AAAA.AAAA")
    return ask


def said_done(scene: Scene) -> Ask:
    scene.to("web-services", "FonderieArdan")
    scene.browser.post("/link/web-services/look/", {"by_hand": "1"})
    return Ask("/link/web-services/", {}, "/link/web-services/")


def entity_closed(scene: Scene) -> Ask:
    scene.to("entity", "GroupeSillon")
    scene.sign_in(company_id="GroupeSillon")
    first = scene.sandbox.companies["GroupeSillon"].entities[0].id
    row = scene.link.company.connections.get()
    row.entities = [{"id": first, "name": "", "currency": ""}]
    linking.choose_entity(row, entity_id=first)
    scene.worker()
    return Ask("/link/permissions/")


def missing(scene: Scene) -> Ask:
    scene.to("sign-in", "HarrowTextiles")
    scene.sign_in(company_id="HarrowTextiles")
    scene.browser.post("/link/entity/", {"entity": "10"})
    scene.worker()
    return Ask("/link/permissions/")


def resumed(scene: Scene) -> Ask:
    scene.to("sender")
    scene.browser = scene.newcomer()
    scene.start()
    return Ask("/link/sender/")


def overtaken(scene: Scene) -> Ask:
    scene.to("company-id")
    first = scene.browser
    scene.browser = scene.newcomer()
    scene.start()
    version = scene.browser.get("/link/company-id/").text.split('"version" value="')
    first.post("/link/company-id/", {"company_id": "AtelierBrume"})
    data = {"company_id": "CoopRives", "version": version[1].split('"')[0]}
    return Ask("/link/company-id/", data, "/link/company-id/")


def handed(scene: Scene) -> Ask:
    scene.colleague()
    return Ask("/link/sender/")


def handed_and_resumed(scene: Scene) -> Ask:
    scene.colleague()
    scene.browser = scene.newcomer()
    scene.start()
    return Ask("/link/sender/")


def handed_to_you(scene: Scene) -> Ask:
    path = scene.colleague()
    scene.browser = scene.newcomer()
    return Ask(path)


def not_yours(scene: Scene) -> Ask:
    path = scene.colleague()
    scene.browser = scene.newcomer()
    scene.browser.post(path)
    return Ask("/link/sign-in/")


def taken_back(scene: Scene) -> Ask:
    path = scene.colleague()
    scene.browser.post("/link/hand-over/sender/back/")
    scene.browser = scene.newcomer()
    return Ask(path)


def mailed_already(scene: Scene) -> Ask:
    scene.colleague()
    return Ask("/link/hand-over/sender/again/", {}, "/link/sender/")


def idle(scene: Scene) -> Ask:
    scene.to("sender")
    session = scene.browser.session
    session["link_seen_at"] -= 3700
    session.save()
    return Ask("/link/sender/")


def unproven(scene: Scene) -> Ask:
    scene.to("entity")
    scene.browser = scene.newcomer()
    scene.start()
    return Ask("/link/code/")


def too_many_codes(scene: Scene) -> Ask:
    unproven(scene)
    scene.browser.post("/link/code/send/")
    for _ in range(codes.TRIES):
        scene.browser.post("/link/code/", {"code": "000 000"})
    return Ask("/link/code/", {"code": "000 000"}, "/link/code/")


def our_mistake(scene: Scene) -> Ask:
    scene.settings.SETTLE_SECONDS = "nonsense"
    return Ask(scene.path, {}, scene.path)


def too_old(scene: Scene) -> Ask:
    scene.browser = Browser(enforce_csrf_checks=True)
    scene.browser.cookies["link_language"] = scene.language
    return Ask(scene.path, {"csrfmiddlewaretoken": "old"}, scene.path)


def before_the_consent(scene: Scene) -> Ask:
    scene.to("before-you-start")
    return Ask("/link/colleague/")


def permissions_to_hand_over(scene: Scene) -> Ask:
    missing(scene)
    return Ask("/link/colleague/")


def nothing_to_hand_over(scene: Scene) -> Ask:
    scene.to("sign-in")
    return Ask("/link/colleague/")
