"""Every page, in both languages, themes and widths: accessible, quiet, and it fits."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client as Visitor
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Page

from linksite import integrations, linking, notices
from linksite.intacct import DATASETS
from linksite.models import Branding, Company, LinkRequest, Member
from tests.browser.conftest import give_session
from tests.onboarding import test_mail

RULES = {
    "runOnly": {
        "type": "tag",
        "values": [
            "wcag2a",
            "wcag2aa",
            "wcag21a",
            "wcag21aa",
            "wcag22aa",
            "best-practice",
        ],
    },
    "rules": {"target-size": {"enabled": True}},
}
BRANDING = {
    "accent": "#5b2a86",
    "support_email": "help@alder.example",
    "support_text": "Weekdays, nine to five.",
    "privacy_en": "We keep it for two years.",
    "return_url": "https://alder.example/done",
}
PADDING = "cell => getComputedStyle(cell).padding"
# A mail has no landmarks of a page: only what WCAG asks.
MAIL_RULES = {
    "runOnly": {"type": "tag", "values": RULES["runOnly"]["values"][:-1]},
    "rules": {"target-size": {"enabled": True}},
}
LOGIN = {"user_id": "alderfinch_ws", "password": "Sandbox-Pass-1"}


@pytest.fixture
def invite(member, site) -> Callable[[str], LinkRequest]:
    """Return a maker of invitations: each to a Company of its own."""

    def make(name: str) -> LinkRequest:
        company = Company.objects.create(client=member.client, name=name)
        link, url = linking.request_data(
            company, by=member.user, email="compta@atelier-brume.example"
        )
        link.path = url.removeprefix(settings.SITE_URL)
        return link

    return make


@pytest.fixture
def linked(live_sandbox, invite, worker) -> LinkRequest:
    """A Company that is linked and read."""
    link = invite("Atelier Brume SAS")
    row = linking.sign_in(link, company_id="AtelierBrume", **LOGIN)
    linking.choose_entity(row, entity_id="100")
    worker()
    return link


@pytest.fixture
def missing(live_sandbox, invite, worker) -> LinkRequest:
    """A Company whose user lacks two Permissions."""
    link = invite("Harrow Textiles Ltd")
    row = linking.sign_in(link, company_id="HarrowTextiles", **LOGIN)
    linking.choose_entity(row, entity_id="10")
    worker()
    return link


# Each language, theme and width is seen here; the other six of the eight soak.
LOOKS = [("en", "light", 1280), ("fr", "dark", 390)]
MORE_LOOKS = [
    ("en", "dark", 390),
    ("fr", "light", 390),
    ("fr", "dark", 1280),
    ("en", "light", 390),
    ("en", "dark", 1280),
    ("fr", "light", 1280),
]


@pytest.fixture(
    params=[
        *LOOKS,
        *(pytest.param(look, marks=pytest.mark.soak) for look in MORE_LOOKS),
    ],
    ids=lambda parts: "-".join(map(str, parts)),
)
def look(request, open_page, site) -> Iterator[Callable[..., None]]:
    """Return an inspector of pages, in one language, theme and width."""
    language, theme, width = request.param
    page = open_page(language, theme=theme, width=width)
    said: list[str] = []
    page.on("console", lambda message: hear(said, message))

    def inspect(path: str, *, may_say: bool = False) -> None:
        said.clear()
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = 1)")
        assert page.locator("html").get_attribute("lang") == language, path
        assert page.locator("h1").count() == 1, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert violations(page) == [], path
        # The admin's own scripts set styles, which our policy refuses aloud.
        assert may_say or said == [], path

    inspect.page = page
    inspect.enter = lambda visitor: give_session(page, visitor, site)
    yield inspect


def hear(said: list[str], message: ConsoleMessage) -> None:
    """Keep what the browser complains of; a page that is 404 may say so."""
    if message.type == "error" and "status of" not in message.text:
        said.append(message.text)


def violations(page: Page) -> list[tuple[str, str]]:
    """Return the rules that axe says are broken, each with the first place."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [(row["id"], row["nodes"][0]["html"][:200]) for row in found]


send = test_mail.send


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("fr", "dark")])
def test_the_mails(open_page, send, language, theme) -> None:
    page = open_page(language, theme=theme, width=390)
    for name in test_mail.MAILS:
        page.set_content(str(send(name, language).alternatives[0][0]))
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


def test_the_pages_of_link(look, linked, missing, invite, member) -> None:
    fresh = invite("Nouvelle entreprise")
    look(fresh.path)
    look.enter(visitor_of(fresh))
    look("/link/software/")
    look("/link/software/?q=nothing")
    linking.choose_software(fresh, integration="sage-intacct")
    look("/link/before-you-start/")
    linking.agree(fresh)
    look("/link/company-id/")
    linking.give_company_id(fresh, company_id="AtelierBrume")
    for step in ("web-services", "sender", "web-services-user"):
        look(f"/link/{step}/")
        linking.confirm(fresh, step=step)
    look("/link/sign-in/")
    look.page.get_by_role("button").last.click()
    assert look.page.title().startswith(("Error:", "Erreur"))
    assert violations(look.page) == []
    linking.sign_in(fresh, company_id="AtelierBrume", **LOGIN)
    look("/link/entity/")
    look.enter(visitor_of(missing))
    look("/link/permissions/")
    Branding.objects.create(client=member.client, **BRANDING)
    look.enter(visitor_of(linked))
    for page in ("permissions", "linked", "help", "privacy", "accessibility"):
        look(f"/link/{page}/")


def test_the_states_of_link(look, linked, invite, member) -> None:
    look("/l/" + "x" * 43 + "/")
    look("/link/sign-in/")
    look(linked.path)
    look.enter(visitor_of(linked, proven=False))
    look("/link/code/")
    expired, revoked, paused = map(invite, ("Expirée", "Révoquée", "En pause"))
    visitor = visitor_of(paused)
    expired.expires_at = timezone.now() - timedelta(days=1)
    expired.save()
    linking.revoke(revoked)
    look(expired.path)
    look(revoked.path)
    look(notices.stop_url(paused).removeprefix(settings.SITE_URL))
    use = integrations.settings_for(member.client)
    integrations.switch(use, on=False, by=member.user)
    look.enter(visitor)
    look("/link/software/")
    look("/no/such/page/")


def test_the_pages_of_the_portal(look, linked, missing, invite, member) -> None:
    look("/account/login/")
    look("/account/password/reset/")
    look.enter(signed_in(member))
    empty = invite("Rien encore").company
    for page in ("companies/", "companies/new/", "companies/?q=nothing", "account/"):
        look(f"/portal/{page}")
    for page in ("", "branding/", "integrations/", "integrations/accounting/"):
        look(f"/portal/settings/{page}")
    look("/portal/settings/integrations/accounting/sage-intacct/")
    look("/portal/settings/integrations/accounting/sage-intacct/disable/")
    for company in (linked.company, missing.company, empty):
        look(f"/portal/companies/{company.pk}/")
        look(f"/portal/companies/{company.pk}/request-data/")
    look(f"/portal/companies/{empty.pk}/request-data/revoke/")
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
        look(f"/admin/{page}", may_say=True)
