"""What can go wrong at sign-in, and what the customer is told: one row each."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client as Browser

from linksite import budget, intacct, lanes, linking, requesting, troubles
from linksite.models import Connection, IntegrationSettings

from .conftest import SIGN_IN

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 11, 22, 14, 17, tzinfo=UTC)

FIELD_ERRORS = [
    (
        intacct.SignInRefused("bad_login"),
        422,
        "id_password",
        "Sage Intacct did not accept these sign-in details",
    ),
    (
        intacct.SignInRefused("company_expired_demo"),
        422,
        "id_company_id",
        "This is a trial company",
    ),
    (
        intacct.Unsendable("password"),
        422,
        "id_password",
        "This holds a character that cannot be sent",
    ),
    (linking.TooManyTries(LATER), 429, "id_password", "until 14:17 UTC"),
    (
        linking.SameAgain(LATER),
        422,
        "id_password",
        "so it was not sent again. Enter another one, or this one after 14:17 UTC",
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
    ("PapeteriesLac", "sender", "Our Sender ID is not in your list yet"),
    ("FonderieArdan", "web-services", "Web Services is not switched on yet"),
    ("HorizonTrial", "company-id", "Sage Intacct does not know the company ID Horizon"),
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


@pytest.mark.parametrize(("error", "status", "field", "message"), FIELD_ERRORS)
def test_a_wrong_field_is_named_in_the_summary_and_beside_it(
    sign_in, error, status, field, message
):
    response = sign_in(error)

    text = response.content.decode()
    assert response.status_code == status
    assert ("Retry-After" in response) == (status == 429)
    assert text.count(message) == 2
    assert f'href="#{field}"' in text
    assert f'id="{field}_error"' in text
    assert "<title>Error: " in text
    assert "data-focus" in text
    assert 'value="AtelierBrume"' in text
    assert 'value="alderfinch_ws"' in text
    assert "Sandbox-Pass-1" not in text


def test_after_the_same_wrong_password_a_right_one_goes_through_at_once(
    walk_to, answer
):
    visit, wrong = walk_to("sign-in"), SIGN_IN | {"password": "Not-This-1"}
    answer(visit, "/link/sign-in/", wrong)

    again = answer(visit, "/link/sign-in/", wrong)

    assert again.status_code == 422
    assert "we send nothing more" not in again.text
    assert answer(visit, "/link/sign-in/", SIGN_IN).status_code == 303


@pytest.mark.parametrize(("error", "status", "message"), STATES)
def test_when_no_field_is_wrong_the_form_is_kept(sign_in, error, status, message):
    response = sign_in(error)

    text = response.content.decode()
    assert response.status_code == status
    assert message in text
    assert 'value="AtelierBrume"' in text
    assert "Sandbox-Pass-1" not in text
    assert "data-focus" in text


@pytest.mark.parametrize(("company_id", "slug", "message"), SENT_BACK)
def test_an_undone_step_is_shown_again_with_the_reason(
    walk_to, link, answer, company_id, slug, message
):
    visit = walk_to("sign-in")
    typed = {"company_id": company_id, "user_id": "other_ws", "password": "Pass-9"}

    response = answer(visit, "/link/sign-in/", typed)

    assert (response.status_code, response["Location"]) == (303, f"/link/{slug}/")
    shown = visit.get(f"/link/{slug}/").text
    assert message in shown
    assert "Technical details" in shown
    assert "Pass-9" not in shown
    assert ", needs you</span>" in visit.get("/link/before-you-start/").text
    link.refresh_from_db()
    assert slug == "company-id" or slug not in link.confirmed
    again = {"company_id": company_id} if slug == "company-id" else {}
    assert visit.post(f"/link/{slug}/", again)["Location"] == "/link/sign-in/"
    assert message not in visit.get(f"/link/{slug}/").text
    again = visit.get("/link/sign-in/").text
    assert f'value="{company_id}"' in again
    assert 'value="other_ws"' in again
    assert ", needs you" not in again


def test_an_integration_switched_off_meanwhile_says_so(sign_in):
    response = sign_in(requesting.NotReady())

    assert response.status_code == 409


def test_the_page_counts_the_tries_for_real(walk_to):
    visit = walk_to("sign-in")

    for tries, password in enumerate(("a", "b", "c"), start=1):
        response = visit.post("/link/sign-in/", SIGN_IN | {"password": password})
        text = response.content.decode()
        assert f"Used: {tries} of 3 tries" in text
        assert ("Try again after" in text) is (tries == 3)
    response = visit.post("/link/sign-in/", SIGN_IN)

    assert "Three tries were refused" in response.content.decode()
    assert not Connection.objects.exists()


def test_the_sender_that_a_company_has_not_let_in_sends_back(walk_to):
    visit = walk_to("sign-in", company_id={"company_id": "PapeteriesLac"})

    response = visit.post("/link/sign-in/", SIGN_IN | {"company_id": "PapeteriesLac"})

    assert response["Location"] == "/link/sender/"


def test_a_person_elsewhere_finds_the_step_that_needs_them(walk_to, link, answer):
    typed = SIGN_IN | {"company_id": "TanneriesGier"}
    answer(walk_to("sign-in"), "/link/sign-in/", typed)
    other = Browser()

    assert other.post(link.path)["Location"] == "/link/sender/"
    text = other.get("/link/sender/").text
    assert "Status</b> says <b" in text
    assert ", needs you" in text
    # A Link URL can be forwarded: what was entered and answered stays where it was.
    assert "Technical details" not in text
    assert "TanneriesGier" not in text


BY_STATE = [
    ("MoulinsDrac", 422, "the user is not locked", "Web Services users"),
    ("CaveauSerein", 422, "a person’s own sign-in", "Web Services users"),
    ("KestrelDemo", 422, "Its time is over", "General information"),
    ("BastionFret", 422, "IP address filters", "Security"),
    ("RueeExpress", 503, "try again in 30 seconds", ""),
    ("PharesOuest", 503, "try again in a minute", ""),
]


@pytest.mark.parametrize(("company_id", "status", "help_", "path"), BY_STATE)
def test_a_cause_that_no_earlier_step_mends_stays_on_the_page(
    walk_to, answer, company_id, status, help_, path
):
    visit = walk_to("sign-in")
    typed = SIGN_IN | {"company_id": company_id}

    response = answer(visit, "/link/sign-in/", typed)

    text = response.text
    assert response.status_code == status
    assert ("Retry-After" in response.headers) == (status == 503)
    assert help_ in text
    assert text.count("Technical details") == 1
    assert text.count('class="path"') == bool(path)
    assert f"{path}</span></li></ol>" in text if path else "needs you" not in text
    assert f'value="{company_id}"' in text
    assert "Sandbox-Pass-1" not in text


def test_the_page_says_since_when_sage_intacct_does_not_answer(walk_to, answer, later):
    visit = walk_to("sign-in")
    typed = SIGN_IN | {"company_id": "PharesOuest"}
    # Around midnight the second page names the day as well.
    since = re.compile(r"Since (?:\d+ \w+, )?([\d:]+) UTC\.")
    first = since.findall(answer(visit, "/link/sign-in/", typed).text)
    later(minutes=3)

    assert first
    assert since.findall(answer(visit, "/link/sign-in/", typed).text) == first


def test_what_the_customer_has_to_mend_is_still_there_after_a_reload(walk_to, answer):
    visit = walk_to("sign-in")
    answer(visit, "/link/sign-in/", SIGN_IN | {"company_id": "BastionFret"})

    text = visit.get("/link/sign-in/").text

    assert "Your company limits the addresses that may sign in" in text
    assert ", needs you" in text


@pytest.mark.parametrize("fault", ["down", None])
def test_a_sign_in_that_is_accepted_ends_what_stood_in_the_way(
    walk_to, link, sandbox, fault
):
    visit, company = walk_to("sign-in"), sandbox.companies["AtelierBrume"]
    company.fault = fault
    visit.post("/link/sign-in/", SIGN_IN | {"password": "wrong"})
    link.refresh_from_db()
    assert link.visit.trouble == ("transient" if fault else "bad_login")
    company.fault = None

    visit.post("/link/sign-in/", SIGN_IN)

    link.refresh_from_db()
    left = link.visit
    assert (left.trouble, left.trouble_at, left.answer) == ("", None, {})


def test_the_gateways_own_words_are_shown_as_text_and_without_the_password(
    walk_to, link, sandbox
):
    visit = walk_to("sign-in")
    sandbox.companies["AtelierBrume"].is_ip_filtered = True
    visit.post("/link/sign-in/", SIGN_IN)
    link.refresh_from_db()
    link.device = visit.session["device"]
    error = intacct.SetupIncomplete(
        "ip_blocked", "<script>no</script>", "id-7", "XL03000006"
    )
    troubles.note(link, error, user_id="alderfinch_ws")

    text = visit.get("/link/sign-in/").text

    assert "XL03000006 · &lt;script&gt;no&lt;/script&gt; · Support ID id-7 · 20" in text
    assert "Sandbox-Pass-1" not in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Nothing was sent, and your try is not counted"),
        ("fr", "Rien n’a été envoyé, et votre essai n’est pas compté"),
    ],
)
def test_when_many_sign_in_at_once_the_next_is_asked_to_come_back(
    walk_to, sandbox, monkeypatch, language, said
):
    visit = walk_to("sign-in")
    visit.cookies["link_language"] = language
    monkeypatch.setattr(lanes, "sign_ins", lanes.Lane(1, patience=0.0))
    others = SIGN_IN | {"user_id": "somebody_ws"}

    with lanes.sign_ins.hold():
        busy = visit.post("/link/sign-in/", others)

    assert (busy.status_code, busy["Retry-After"]) == (503, "5")
    assert said in busy.text
    assert 'value="somebody_ws"' in busy.text
    assert SIGN_IN["password"] not in busy.text
    assert sandbox.log == []
    assert budget.used("AtelierBrume", "somebody_ws") == (0, None)
    assert visit.post("/link/sign-in/", SIGN_IN).status_code == 303


def test_a_sender_that_no_key_opens_is_ours_to_mend(walk_to, link, caplog):
    visit = walk_to("sign-in")
    IntegrationSettings.objects.update(sender_password_sealed="v1.gone.AAAA.AAAA")

    response = visit.post("/link/sign-in/", SIGN_IN)

    assert response.status_code == 503
    assert "It is ours to mend: you have nothing to do" in response.text
    assert "our fault stopped a sign-in" in caplog.text
    assert 'value="AtelierBrume"' in response.text
    assert budget.used("AtelierBrume", "alderfinch_ws") == (0, None)


def test_a_role_that_hides_the_entities_sends_back_to_the_user(sign_in):
    response = sign_in(intacct.PermissionMissing("permission_missing"))

    assert response["Location"] == "/link/web-services-user/"


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

    typed = {"password": " two  blanks ", "blanks": "meant"}
    visit.post("/link/sign-in/", SIGN_IN | typed)

    assert sent["password"] == " two  blanks "
