"""What the Portal's tests share: people signed in, and a linked company."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from linksite import linking
from linksite.intacct.sandbox import SANDBOX_PASSWORD, SANDBOX_USER
from linksite.models import Company, Connection, LinkRequest, Member


@pytest.fixture(autouse=True)
def fresh_tries() -> None:
    """Forget how often other tests have tried to sign in, or asked for a password."""
    cache.clear()


@pytest.fixture
def as_role(client_row, make_member) -> Callable[..., Browser]:
    """Return a browser signed in with a role of the Client."""

    def sign_in(role: str = "admin", **kwargs: object) -> Browser:
        browser = Browser(HTTP_ACCEPT_LANGUAGE="en", **kwargs)
        person = make_member(role, client=client_row)
        browser.force_login(person.user)
        browser.member = person
        return browser

    return sign_in


@pytest.fixture
def admin_browser(as_role) -> Browser:
    """A browser of a Member who may do everything."""
    return as_role(Member.Role.ADMIN)


@pytest.fixture
def signed_in(sandbox, link: LinkRequest) -> Callable[[str], Connection]:
    """Return a maker of Connections to a company of the Sandbox, probe queued."""

    def make(company_id: str = "AtelierBrume") -> Connection:
        connection = linking.sign_in(
            link,
            company_id=company_id,
            user_id=SANDBOX_USER,
            password=SANDBOX_PASSWORD,
        )
        if not connection.has_entity:
            first = connection.entities[0]["id"]
            linking.choose_entity(connection, entity_id=first)
        return connection

    return make


@pytest.fixture
def linked(signed_in, finish, company: Company) -> Connection:
    """The company, linked and read."""
    connection = signed_in()
    finish(connection)
    return connection


@pytest.fixture(params=["en", "fr"])
def staff(request, as_role):
    """An operator's browser in a language; `words` are its module's WORDS in it."""
    browser = as_role("operator")
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = request.param
    browser.words = request.module.WORDS[request.param]
    return browser
