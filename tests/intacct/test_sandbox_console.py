"""The Sandbox's screens: the guide can be walked on them, and they are well made."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from lxml import html

from linksite.intacct import PERMISSIONS, SetupIncomplete
from linksite.intacct.sandbox import FRESH, SANDBOX_SENDER_ID, SCENARIOS, Sandbox
from linksite.intacct.sandbox.policies import POLICIES

from .conftest import Connect, make_client

BASE = f"/companies/{FRESH}/"
SCREENS = (
    *("", "setup/company/", "setup/company/security/", "setup/company/security/edit/"),
    *("setup/company/security/add/", "admin/subscriptions/", "entities/", "inbox/"),
    *("admin/subscriptions/multi-entity/", "admin/web-services-users/"),
    *("admin/web-services-users/add/", "admin/web-services-users/1/"),
    *("admin/web-services-users/1/subscriptions/", "admin/roles/", "admin/roles/1/"),
    *("admin/web-services-users/1/subscriptions/GL/", "admin/roles/1/AR/"),
)


@pytest.fixture
def browser(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(
        transport=httpx.WSGITransport(app=sandbox), base_url="http://sand"
    ) as browser:
        yield browser


def save(browser: httpx.Client, path: str, change: str, **fields: Any) -> str:
    """Send the form of a screen; return the page that follows."""
    response = browser.post(BASE + path, data={"change": change, **fields})
    assert response.status_code == 303, response.text
    return browser.get(urljoin(BASE, response.headers["Location"])).text


def test_the_whole_guide_is_walked_on_the_screens(
    sandbox: Sandbox, browser: httpx.Client, connect: Connect
) -> None:
    with pytest.raises(SetupIncomplete) as off:
        connect(FRESH).sign_in()
    codes = [code for code in sandbox.companies[FRESH].modules if code != "CO"]
    save(browser, "admin/subscriptions/", "subscriptions", module=[*codes, "WS"])
    with pytest.raises(SetupIncomplete) as unlisted:
        connect(FRESH).sign_in()
    once = save(
        browser,
        "setup/company/security/add/",
        "sender",
        sender=SANDBOX_SENDER_ID,
        description="Alder & Finch, read-only",
        status="active",
    )
    with pytest.raises(SetupIncomplete):
        connect(FRESH).sign_in()
    security = "setup/company/security/edit/"
    save(browser, security, "security", **{"status-1": "active"})
    user = {"user": "alderfinch_ws", "name": "Alder & Finch", "email": "a@b.example"}
    user |= {"status": "active", "type": "Business", "new-role": "alderfinch_readonly"}
    save(browser, "admin/web-services-users/add/", "user", **user)
    inbox = save(browser, "admin/web-services-users/add/create/", "create", own="x")
    password = html.fromstring(inbox).xpath(
        "string(//article/p[starts-with(., 'Password: ')])"
    )[10:]
    with make_client(sandbox, FRESH, password=password) as client:
        client.sign_in()
        nothing = client.probe(PERMISSIONS)
        for code in ("GL", "AR", "AP", "CM"):
            boxes = {p.key: ["List", "View", "Run"] for p in POLICIES if p.code == code}
            save(browser, f"admin/roles/1/{code}/", "permissions", **boxes)
        everything = client.probe(PERMISSIONS)

    assert (off.value.outcome, unlisted.value.outcome) == (
        "web_services_off",
        "sender_not_authorised",
    )
    assert "Not saved yet" in once
    assert {check.state for check in nothing.values()} == {"missing"}
    assert {check.state for check in everything.values()} == {"granted"}


def test_a_user_is_edited_unlocked_and_kept_to_an_entity(
    sandbox: Sandbox, browser: httpx.Client
) -> None:
    company = sandbox.companies["AtelierBrume"]
    company.failures = 5
    path = "/companies/AtelierBrume/admin/web-services-users/1/"
    role = next(iter(company.roles))

    locked = browser.get(path).text
    browser.post(path, data={"change": "unlock"})
    form = {"change": "edit", "status": "inactive", "type": "Employee", "role": role}
    browser.post(path, data=form | {"entity": ["200"]})
    browser.post(path, data={"change": "reset"})

    user = company.users["alderfinch_ws"]
    assert "Locked out" in locked
    assert (user.is_active, user.type, user.entities) == (False, "Employee", ("200",))
    assert user.password in company.inbox[0].lines[-1]


def test_a_new_user_is_kept_to_the_entities_that_are_ticked(
    sandbox: Sandbox, browser: httpx.Client
) -> None:
    path = "admin/web-services-users/add/"
    fields = {"user": "kept", "email": "a@b.example", "type": "Business"}
    save(browser, path, "user", **fields, entity=["200", "no such"])
    again = browser.get(BASE + path).text
    save(browser, path + "create/", "create", own="x")

    ticked = html.fromstring(again).xpath("//input[@name='entity'][@checked]/@value")
    assert ticked == ["200"]
    assert sandbox.companies[FRESH].users["kept"].entities == ("200",)


def test_permissions_can_be_given_user_by_user(
    sandbox: Sandbox, browser: httpx.Client
) -> None:
    company = sandbox.companies["CoopRives"]
    base = "/companies/CoopRives/"

    browser.post(f"{base}setup/company/", data={"change": "based", "based": "users"})
    none = company.granted
    users = f"{base}admin/web-services-users/1/subscriptions/AP/"
    browser.post(users, data={"change": "all"})

    assert none == set()
    assert company.granted == {"accounts-payable.vendors", "accounts-payable.bills"}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("company", ["BabelImport", FRESH])
def test_every_screen_is_well_made_strict_and_escaped(
    browser: httpx.Client, company: str, screen: str
) -> None:
    response = browser.get(f"/companies/{company}/{screen}")
    page = html.fromstring(response.content)
    ids = page.xpath("//@id")
    fields = page.xpath("//form//*[self::input or self::select]/@id")

    assert response.status_code == (
        404 if "/1/" in screen and company == FRESH else 200
    )
    assert page.get("lang") == "en"
    assert len(page.xpath("//h1")) == len(page.xpath("//main")) == 1
    assert not page.xpath("//script | //style | //@style | //@onerror | //main//img")
    assert len(ids) == len(set(ids))
    assert set(page.xpath("//label/@for")) == set(fields)
    assert "Sandbox: nothing here is real" in page.text_content()
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("setup/company/security/add/", {"sender": " "}),
        ("setup/company/security/add/", {"sender": "a\x00b"}),
        ("admin/web-services-users/add/", {"user": "x", "type": "Business"}),
        ("admin/web-services-users/add/create/", {}),
        ("admin/roles/", {"name": ""}),
    ],
)
def test_a_form_that_lacks_something_says_so(
    browser: httpx.Client, path: str, form: dict[str, str]
) -> None:
    response = browser.post(BASE + path, data=form | {"change": "x"})

    assert response.status_code == 422
    assert html.fromstring(response.content).xpath("//*[@role='alert']")


def test_the_gateway_breaks_shows_its_log_and_starts_again(
    sandbox: Sandbox, browser: httpx.Client, connect: Connect
) -> None:
    connect().sign_in()

    page = browser.get("/gateway/").text
    broken = browser.post("/gateway/", data={"change": "fault", "fault": "down"})
    fault = sandbox.fault
    browser.post("/gateway/", data={"change": "reset"})

    assert "getAPISession" in page and broken.status_code == 303
    assert (fault, sandbox.fault, sandbox.log) == ("down", None, [])


def test_one_company_is_put_back(sandbox: Sandbox, browser: httpx.Client) -> None:
    path = "/companies/CoopRives/"

    browser.post(path, data={"change": "standing", "standing": "expired"})
    changed = sandbox.companies["CoopRives"].standing
    browser.post(path, data={"change": "reset"})

    assert (changed, sandbox.companies["CoopRives"].standing) == ("expired", "paid")


def test_the_first_page_lists_every_company_and_its_end(browser: httpx.Client) -> None:
    text = html.fromstring(browser.get("/").content).text_content()

    assert all(plan.id in text and plan.shows in text for plan in SCENARIOS)


def test_it_is_never_served_in_production(settings: Any) -> None:
    settings.DEBUG = False

    with pytest.raises(CommandError):
        call_command("sandbox")
