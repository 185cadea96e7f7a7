"""Every page, in both languages, themes and widths: it keeps every rule of rules.py.

A new page is one line: `look("/its/path/")` in the walk that has its data. A page that
came back with errors, or that a click leads to, is `look.here("its name")`.
"""

import itertools
import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core import mail
from django.test import Client as Visitor
from playwright.sync_api import ConsoleMessage, Page

from linksite import handing, integrations, linking, notices, requesting
from linksite.intacct import DATASETS
from linksite.models import Branding, Company, Connection, LinkRequest, Member
from portal import account_mails, data
from tests.browser.conftest import give_session
from tests.browser.rules import (
    AXE,
    SHIFTS,
    Traffic,
    faults,
    script_faults,
    tab_faults,
    violations,
)
from tests.onboarding import test_mail
from tests.onboarding.states import STATES
from tests.onboarding.ways import Ask, Scene, undone
from tests.portal import test_account_mails

BRANDING = {
    "accent": "#5b2a86",
    "support_email": "help@alder.example",
    "support_text": "Weekdays, nine to five.",
    "privacy_en": "We keep it for two years.",
    "return_url": "https://alder.example/done",
}
# A page that looks by itself would change while we look at it.
UNASKED = "addEventListener('poll', event => event.stopImmediatePropagation(), true)"
PADDING = "cell => getComputedStyle(cell).padding"
# A mail has no landmarks of a page: only what WCAG asks.
MAIL_RULES = AXE | {"runOnly": {"type": "tag", "values": AXE["runOnly"]["values"][:-1]}}
# A form like the one of the page, sent as a person's would be.
SEND = """([path, data]) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = path;
    form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
    for (const [name, value] of Object.entries(data)) {
        const input = document.createElement("input");
        input.type = "hidden";
        [input.name, input.value] = [name, value];
        form.append(input);
    }
    document.body.append(form);
    form.submit();
}"""
LOGIN = {"user_id": "alderfinch_ws", "password": "Sandbox-Pass-1"}


@pytest.fixture
def invite(member, site) -> Callable[[str], LinkRequest]:
    """Return a maker of invitations: each to a Company of its own."""

    def make(name: str) -> LinkRequest:
        company = Company.objects.create(client=member.client, name=name)
        link, url = requesting.request_data(
            company, by=member.user, email="compta@atelier-brume.example"
        )
        link.path = url.removeprefix(settings.SITE_URL)
        return link

    return make


@pytest.fixture
def linked(live_sandbox, invite, finish) -> LinkRequest:
    """A Company that is linked and read."""
    link = invite("Atelier Brume SAS")
    row = linking.sign_in(link, company_id="AtelierBrume", **LOGIN)
    linking.choose_entity(row, entity_id="100")
    finish(row)
    return link


@pytest.fixture
def missing(live_sandbox, invite, worker) -> LinkRequest:
    """A Company whose user lacks two Permissions."""
    link = invite("Harrow Textiles Ltd")
    row = linking.sign_in(link, company_id="HarrowTextiles", **LOGIN)
    linking.choose_entity(row, entity_id="10")
    worker()
    return link


# These two share the pages, so that each is seen; all twelve see every page in soak.
SHARING = [("en", "light", 1280), ("fr", "dark", 390)]
ALL_LOOKS = itertools.product(("en", "fr"), ("light", "dark"), (1280, 390, 320))
WHOLE = None


def name_of(kind: tuple[str, str, int]) -> str:
    """Return the name of a look: "en-light-1280"."""
    return "-".join(map(str, kind))


@pytest.fixture(
    params=[
        *(
            pytest.param((kind, share), id=f"{name_of(kind)}-shared")
            for share, kind in enumerate(SHARING)
        ),
        *(
            pytest.param((kind, WHOLE), id=name_of(kind), marks=pytest.mark.soak)
            for kind in ALL_LOOKS
        ),
    ]
)
def look(request, open_page, site) -> Iterator["Look"]:
    """Return an inspector of pages, in one language, theme and width.

    The light looks, and those that share, also press Tab through each page and read
    it without scripts.
    """
    (language, theme, width), share = request.param
    page = open_page(language, theme=theme, width=width)
    plain = open_page(language, width=width, javascript=False)
    is_thorough = theme == "light" or share is not WHOLE
    look = Look(page, plain if is_thorough else None, language, site)
    look.share = share
    yield look
    shared = {title: at for title, at in look.titles.items() if len(at) > 1}
    assert shared == {}
    if look.wrong:
        pytest.fail("\n".join(dict.fromkeys(look.wrong)), pytrace=False)


class Look:
    """Opens pages as one kind of visitor sees them, and finds nothing wrong."""

    share: int | None

    def __init__(
        self, page: Page, plain: Page | None, language: str, site: str
    ) -> None:
        self.page, self.plain, self.language, self.site = page, plain, language, site
        self.turns = itertools.count()
        self.said: list[str] = []
        self.wrong: list[str] = []
        self.titles: dict[str, set[str]] = {}
        self.traffic = Traffic(page)
        page.on("console", lambda message: hear(self.said, message))
        page.add_init_script(SHIFTS)
        page.add_init_script(UNASKED)

    def is_ours(self) -> bool:
        """Return whether the next page is for this look, not for the one beside it."""
        return self.share in (WHOLE, next(self.turns) % len(SHARING))

    def __call__(self, path: str) -> None:
        """Open a page of ours; it keeps every rule."""
        if not self.is_ours():
            return
        self.said.clear()
        self.traffic.clear()
        self.page.goto(path)
        self.note(path, self.traffic.faults(self.site))
        if self.plain:
            self.note(path, tab_faults(self.page))
            self.plain.goto(path)
            self.note(path, script_faults(self.page, self.plain))
        self._inspect(path)
        kind = re.sub(r"[0-9a-f-]{36}|\?.*", "", path)
        self.titles.setdefault(self.page.title(), set()).add(kind)

    def here(self, name: str) -> None:
        """Find nothing wrong with the page that is open."""
        if self.is_ours():
            self._inspect(name)

    def _inspect(self, name: str) -> None:
        self.note(name, self.said + faults(self.page, language=self.language))

    def note(self, name: str, faults: list[str]) -> None:
        """Keep the faults until the walk is over: one run shows them all."""
        self.wrong += [f"{name}: {fault}" for fault in faults]

    def state(self, name: str, ask: Ask) -> None:
        """Make the request that shows a state; its page keeps every rule."""
        self.said.clear()
        self.traffic.clear()
        self.page.goto(ask.start or ask.path)
        if ask.data is not None:
            with self.page.expect_navigation():
                self.page.evaluate(SEND, [ask.path, ask.data])
        elif self.plain:
            self.note(name, self.traffic.faults(self.site))
            self.note(name, tab_faults(self.page))
            self.plain.goto(ask.path)
            self.note(name, script_faults(self.page, self.plain))
        heading = getattr(STATES[name].heading, self.language)
        assert self.page.locator("h1").inner_text() == heading, name
        self._inspect(name)

    def submits(self, path: str) -> None:
        """Send an empty form; the page that comes back keeps every rule."""
        if not self.is_ours():
            return
        self.page.goto(path)
        main = self.page.locator("main form button.btn:not(.btn-2)")
        with self.page.expect_navigation():
            main.first.click()
        assert self.page.locator(".summary-bad").count() == 1, path
        self._inspect(f"{path}, empty")

    def theirs(self, path: str) -> None:
        """Open a page of Django's admin: accessible, and it fits."""
        if not self.is_ours():
            return
        self.page.goto(path)
        assert self.page.locator("h1").count() == 1, path
        width = self.page.viewport_size["width"]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert violations(self.page) == [], path

    def enter(self, visitor: Visitor) -> None:
        """Carry on as this visitor."""
        for page in filter(None, (self.page, self.plain)):
            give_session(page, visitor, self.site)


def hear(said: list[str], message: ConsoleMessage) -> None:
    """Keep what the browser complains of; a page that is 404 may say so."""
    if message.type == "error" and "status of" not in message.text:
        said.append(message.text)


send = test_mail.send
send_of_account = test_account_mails.send


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("fr", "dark")])
def test_the_mails(open_page, send, send_of_account, language, theme) -> None:
    page = open_page(language, theme=theme, width=390)
    mails = [(send, name) for name in test_mail.MAILS]
    mails += [(send_of_account, name) for name in test_account_mails.MAILS[:3]]
    for make, name in mails:
        page.set_content(str(make(name, language).alternatives[0][0]))
        # Without its styles, everything could be read.
        assert page.locator("td.m-card").evaluate(PADDING) == "24px"

        found = Axe().run(page, options=MAIL_RULES).response["violations"]
        assert [row["nodes"][0]["html"] for row in found] == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name


def visitor_of(link: LinkRequest, *, proven: bool = True) -> Visitor:
    """Return somebody who pressed Start."""
    visitor = Visitor()
    visitor.post(link.path)
    if proven:
        session = visitor.session
        session["proven"] = str(link.pk)
        session.save()
    return visitor


def signed_in(member: Member) -> Visitor:
    """Return a Member who signed in."""
    visitor = Visitor()
    visitor.force_login(member.user)
    return visitor


def test_the_pages_of_link(look, linked, missing, invite, member, worker) -> None:
    fresh = invite("Nouvelle entreprise")
    look(fresh.path)
    look.enter(visitor_of(fresh))
    look("/link/software/")
    look("/link/software/?q=nothing")
    linking.choose_software(fresh, integration="sage-intacct")
    look("/link/before-you-start/")
    look.submits("/link/before-you-start/")
    linking.agree(fresh)
    look("/link/company-id/")
    look.submits("/link/company-id/")
    linking.give_company_id(fresh, company_id="AtelierBrume")
    for step in ("web-services", "sender", "web-services-user"):
        look(f"/link/{step}/")
        linking.confirm(fresh, step=step)
    look("/link/sign-in/")
    look.submits("/link/sign-in/")
    row = linking.sign_in(fresh, company_id="AtelierBrume", **LOGIN)
    look("/link/entity/")
    linking.choose_entity(row, entity_id="100")
    worker()
    look_at_the_question(look, row)
    look.enter(visitor_of(missing))
    look("/link/permissions/")
    Branding.objects.create(client=member.client, **BRANDING)
    look.enter(visitor_of(linked))
    for page in ("permissions", "linked", "help", "privacy", "accessibility"):
        look(f"/link/{page}/")
    look("/link/permissions/list/")
    look("/link/disconnect/")


def look_at_the_question(look, row: Connection) -> None:
    """Look at the last question, and at the answer to a page that is older."""
    look("/link/permissions/")
    look.page.goto("/link/permissions/")
    linking.choose_entity(row, entity_id="200")
    with look.page.expect_navigation():
        look.page.locator("main form button.btn:not(.btn-2)").first.click()
    assert look.page.locator("[data-focus]").count() == 1
    look.here("/link/permissions/, too late")


def test_the_states_of_link(look, member, live_sandbox, settings, worker) -> None:
    every = 1 if look.share is WHOLE else 4  # test_states.py sees each of them
    for name, state in list(STATES.items())[::every]:
        if not look.is_ours():
            continue
        with undone(settings, member.client):
            scene = Scene(member, live_sandbox, settings, worker, look.language)
            ask = state.reach(scene)
            look.enter(scene.browser)
            look.state(name, ask)


def test_the_other_pages_of_a_link(look, linked, invite) -> None:
    look.enter(visitor_of(linked, proven=False))
    look("/link/code/")
    look.submits("/link/code/")
    revoked = invite("Révoquée")
    requesting.revoke(revoked)
    look(f"{revoked.path}?asked")
    look(notices.stop_url(revoked).removeprefix(settings.SITE_URL))


def test_the_pages_of_a_handover(look, invite, member) -> None:
    link = invite("Atelier Brume SAS")
    linking.choose_software(link, integration="sage-intacct")
    linking.agree(link)
    linking.give_company_id(link, company_id="AtelierBrume")
    sender, marc = visitor_of(link), Visitor()
    look.enter(sender)
    look("/link/hand-over/web-services/")
    look.submits("/link/hand-over/web-services/")
    handed = handing.hand_over(
        link,
        email="marc@atelier-brume.example",
        language=look.language,
        steps=["web-services", "web-services-user"],
    )
    look("/link/web-services/")
    path = mail.outbox[-1].body.partition(settings.SITE_URL)[2].split()[0]
    look(path)
    linking.confirm(link, step="web-services")
    marc.post(path)
    look.enter(marc)
    look("/link/for-you/web-services-user/")
    look("/link/sign-in/")
    linking.confirm(link, step="web-services-user")
    look("/link/for-you/")
    look.enter(sender)
    look("/link/web-services/")
    look.enter(signed_in(member))
    look(f"/portal/companies/{link.company.pk}/request-data/")
    handing.take_back(handed)
    look(path)


def test_the_pages_of_the_portal(
    look, linked, missing, invite, member, monkeypatch
) -> None:
    monkeypatch.setattr(data, "PER_PAGE", 10)  # the other forty look alike
    look("/account/login/")
    look("/account/password/reset/")
    look("/account/password/reset/done/")
    account_mails.send_password(member.user)
    path = mail.outbox[-1].body.partition(settings.SITE_URL)[2].split()[0]
    look(path)
    look("/account/password/reset/key/x-y/")
    look("/account/password/reset/key/done/")
    look.enter(signed_in(member))
    empty = invite("Rien encore").company
    for page in ("companies/", "companies/new/", "companies/?q=nothing", "account/"):
        look(f"/portal/{page}")
    look.submits("/portal/companies/new/")
    for page in ("", "branding/", "integrations/", "integrations/accounting/"):
        look(f"/portal/settings/{page}")
    look("/portal/settings/integrations/accounting/sage-intacct/")
    look("/portal/settings/integrations/accounting/sage-intacct/disable/")
    for company in (linked.company, missing.company, empty):
        look(f"/portal/companies/{company.pk}/")
        look(f"/portal/companies/{company.pk}/request-data/")
    look(f"/portal/companies/{empty.pk}/request-data/revoke/")
    look(f"/portal/companies/{linked.company.pk}/reject/")
    for dataset in DATASETS:
        look(f"/portal/companies/{linked.company.pk}/data/{dataset.slug}/")
    look(f"/portal/companies/{empty.pk}/data/invoices/")
    for page in ("password/change/", "logout/"):
        look(f"/account/{page}")
    look("/account/2fa/")


def test_the_pages_of_the_admin(look, linked, engineer) -> None:
    visitor = Visitor()
    visitor.force_login(engineer)
    look.enter(visitor)
    use = integrations.settings_for(linked.client)
    record = linked.company.connection().records.first()
    for page in (
        "",
        "linksite/client/",
        f"linksite/client/{linked.client.pk}/change/",
        f"linksite/integrationsettings/{use.pk}/change/",
        "linksite/user/add/",
        "linksite/connection/",
        f"linksite/record/{record.pk}/change/",
    ):
        look.theirs(f"/admin/{page}")
