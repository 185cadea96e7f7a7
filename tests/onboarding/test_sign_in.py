"""What can go wrong at sign-in, and what the customer is told: one row each."""

from datetime import UTC, datetime

import pytest

from linksite import intacct, linking
from linksite.models import Connection

from .conftest import SIGN_IN

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 11, 22, 14, 17, tzinfo=UTC)

FIELD_ERRORS = [
    (
        intacct.SignInRefused("bad_login"),
        "id_password",
        "Sage Intacct did not accept these sign-in details",
    ),
    (
        intacct.SignInRefused("company_unknown_or_sender_inactive"),
        "id_company_id",
        "Sage Intacct does not know the company ID AtelierBrume",
    ),
    (
        intacct.SignInRefused("company_expired_demo"),
        "id_company_id",
        "This is a trial company",
    ),
    (
        intacct.Unsendable("password"),
        "id_password",
        "This holds a character that cannot be sent",
    ),
    (linking.TooManyTries(LATER), "id_password", "until 14:17 UTC"),
    (
        linking.SameAgain(LATER),
        "id_password",
        "This is the password that was just refused",
    ),
]
STATES = [
    (intacct.GatewayUnavailable("transient"), 503, "Sage Intacct is not answering"),
    (intacct.GatewayUnavailable("throttled"), 503, "asks us to slow down"),
    (
        intacct.SenderRefused("bad_partner_credential"),
        503,
        "You have nothing to do: they see it on their side",
    ),
    (intacct.RequestRefused("client_bug"), 503, "Something broke on our side"),
    (
        intacct.EntityRefused("entity_denied_or_session_failed"),
        422,
        "Entity Level access is off",
    ),
    (
        intacct.SetupIncomplete("ip_blocked"),
        422,
        "Your company limits the addresses that may sign in",
    ),
]
SENT_BACK = [
    ("sender_not_authorised", "sender", "Our Sender ID is not in your list yet"),
    ("web_services_off", "web-services", "Web Services is not switched on yet"),
]


@pytest.fixture
def sign_in(walk_to, monkeypatch):
    """Return a sign-in that ends in the error given, and shows the page."""
    visit = walk_to("sign-in")

    def post(error: Exception):
        def refuse(*args, **kwargs):
            raise error

        monkeypatch.setattr(linking, "sign_in", refuse)
        return visit.post("/link/sign-in/", SIGN_IN)

    post.visit = visit
    return post


@pytest.mark.parametrize(("error", "field", "message"), FIELD_ERRORS)
def test_a_wrong_field_is_named_in_the_summary_and_beside_it(
    sign_in, error, field, message
):
    response = sign_in(error)

    text = response.content.decode()
    assert response.status_code == 422
    assert text.count(message) == 2
    assert f'href="#{field}"' in text
    assert f'id="{field}_error"' in text
    assert "<title>Error: " in text
    assert "data-focus" in text
    assert 'value="AtelierBrume"' in text
    assert 'value="alderfinch_ws"' in text
    assert "Sandbox-Pass-1" not in text


@pytest.mark.parametrize(("error", "status", "message"), STATES)
def test_when_no_field_is_wrong_the_form_is_kept(sign_in, error, status, message):
    response = sign_in(error)

    text = response.content.decode()
    assert response.status_code == status
    assert message in text
    assert 'value="AtelierBrume"' in text
    assert "Sandbox-Pass-1" not in text
    assert "data-focus" in text


@pytest.mark.parametrize(("outcome", "slug", "message"), SENT_BACK)
def test_an_undone_step_is_shown_again_with_the_reason(
    sign_in, link, outcome, slug, message
):
    response = sign_in(intacct.SetupIncomplete(outcome))

    assert (response.status_code, response["Location"]) == (303, f"/link/{slug}/")
    assert message in sign_in.visit.get(f"/link/{slug}/").content.decode()
    link.refresh_from_db()
    assert slug not in link.confirmed
    assert sign_in.visit.post(f"/link/{slug}/")["Location"] == "/link/sign-in/"
    assert message not in sign_in.visit.get(f"/link/{slug}/").content.decode()


def test_an_integration_switched_off_meanwhile_says_so(sign_in):
    response = sign_in(linking.NotReady())

    assert response.status_code == 409


def test_the_page_counts_the_tries_for_real(walk_to):
    visit = walk_to("sign-in")

    for tries, password in enumerate(("a", "b", "c"), start=1):
        response = visit.post("/link/sign-in/", SIGN_IN | {"password": password})
        assert f"Used: {tries} of 3" in response.content.decode()
    response = visit.post("/link/sign-in/", SIGN_IN)

    assert "Three tries were refused" in response.content.decode()
    assert not Connection.objects.exists()


def test_the_sender_that_a_company_has_not_let_in_sends_back(walk_to):
    visit = walk_to("sign-in", company_id={"company_id": "PapeteriesLac"})

    response = visit.post("/link/sign-in/", SIGN_IN | {"company_id": "PapeteriesLac"})

    assert response["Location"] == "/link/sender/"


def test_empty_fields_are_named_one_by_one(walk_to):
    response = walk_to("sign-in").post("/link/sign-in/")

    text = response.content.decode()
    assert response.status_code == 422
    for message in (
        "Enter your company ID",
        "Enter the Web Services user ID",
        "Enter the password that Sage Intacct sent by email",
    ):
        assert text.count(message) == 2


def test_a_password_is_sent_exactly_as_typed(walk_to, monkeypatch):
    visit = walk_to("sign-in")
    sent = {}
    monkeypatch.setattr(linking, "sign_in", lambda link, **typed: sent.update(typed))

    visit.post("/link/sign-in/", SIGN_IN | {"password": " two  blanks "})

    assert sent["password"] == " two  blanks "
