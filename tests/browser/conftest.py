"""A real browser, a real web server, a real worker and a Sandbox over sockets."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client as Visitor
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    expect,
    sync_playwright,
)

from linksite import integrations
from linksite.models import Client, LinkRequest, Member
from tests.conftest import PASSWORD
from tests.machine import own_chromium

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000  # milliseconds: a machine may be slow
LANGUAGES = {"en": "en-GB", "fr": "fr-FR"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as one that needs a browser; begin with them.

    They last longest: who is through with the others takes from what follows them.
    """
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the machine's Chromium, or Playwright's own where that is not there."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=own_chromium(), args=ARGUMENTS
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session", autouse=True)
def compiled_catalogue() -> None:
    """Compile nothing here: `make` did; fail early if it did not."""
    call_command("check")


@pytest.fixture
def site(live_server, live_sandbox, monkeypatch) -> str:
    """Serve the site; return its address."""
    monkeypatch.setattr(integrations.site, "SITE_URL", live_server.url)
    return live_server.url


@pytest.fixture
def open_page(browser, site) -> Iterator[Callable[..., Page]]:
    """Return an opener of fresh browsers: open_page("fr", javascript=False)."""
    contexts: list[BrowserContext] = []

    def open_one(
        language: str = "en",
        *,
        javascript: bool = True,
        width: int = 1280,
        theme: str = "light",
        zone: str = "Europe/London",
    ) -> Page:
        context = browser.new_context(
            base_url=site,
            locale=LANGUAGES[language],
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            timezone_id=zone,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def newcomer(make_member, db) -> Member:
    """A Member of a Client that has set nothing up yet."""
    return make_member("admin", client=Client.objects.create(name="Alder & Finch"))


def sign_in(page: Page, member: Member) -> None:
    """Sign a Member in to the Portal."""
    page.goto("/portal/")
    page.locator("input[type=email]").fill(member.user.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("input[type=password]").press("Enter")
    page.wait_for_url("**/portal/companies/")


def enter_link(page: Page, link: LinkRequest, site: str) -> None:
    """Give a browser the session of somebody who pressed Start and signed in."""
    visitor = Visitor()
    visitor.post(link.path)
    session = visitor.session
    session["proven"] = str(link.pk)
    session.save()
    give_session(page, visitor, site)


def give_session(page: Page, visitor: Visitor, site: str) -> None:
    """Give a browser the session of a visitor who came another way."""
    name = settings.SESSION_COOKIE_NAME
    page.context.clear_cookies(name=name)
    if name in visitor.cookies:
        value = visitor.cookies[name].value
        page.context.add_cookies([{"name": name, "value": value, "url": site}])
