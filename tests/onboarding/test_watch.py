"""The live watch: a Step in Sage Intacct ticks itself, and nobody is locked out."""

import io
import threading
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection as database
from django.utils import timezone

from linksite import budget, integrations, requesting, turns, watching
from linksite.intacct.sandbox import SANDBOX_SENDER_ID
from linksite.models import CallLedger, SignInBudget, Visit, Watch
from onboarding import software

from .conftest import SIGN_IN

pytestmark = pytest.mark.django_db

NOT_ON = "Web Services is not switched on yet"
NOT_IN = "The Sender ID is not authorised yet"


@pytest.fixture
def at(walk_to, sandbox):
    """Return a way to a Step of a company: at("sender", company_id="VergerNeuf")."""

    def go(slug: str, company_id: str = "VergerNeuf"):
        return walk_to(slug, company_id={"company_id": company_id})

    return go


def poll(visit, slug: str, seen: str = "", **more):
    """Ask as an open page does by itself."""
    data = {"seen": seen, **more}
    return visit.post(f"/link/{slug}/look/", data, headers={"HX-Request": "true"})


def page(visit, slug: str, language: str = "en") -> str:
    """Return what a Step's page says."""
    visit.cookies["link_language"] = language
    return visit.get(f"/link/{slug}/").content.decode()


def seen_on(text: str) -> str:
    """Return what a page last saw, as it would tell us."""
    return text.split('name="seen" value="')[1].split('"')[0]


def change_company(visit) -> None:
    """Enter another company ID, on the page that shows the one before."""
    version = page(visit, "company-id").split('name="version" value="')[1].split('"')[0]
    fresh = {"company_id": "VergerNeuf", "version": version}
    assert visit.post("/link/company-id/", fresh).status_code == 303


def press(sandbox, path: str, **fields: object) -> None:
    """Save a form of the Sandbox's screens, as a person at work there would."""
    body = urlencode(fields, doseq=True).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/companies/VergerNeuf/{path}",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "HTTP_HOST": "sandbox.test",
        "HTTP_ORIGIN": "http://sandbox.test",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
    }
    answered: list[str] = []
    b"".join(sandbox(environ, lambda status, headers: answered.append(status)))
    assert answered[0].startswith("303"), answered


# --- it sees what is done in Sage Intacct -------------------------------------------
def test_the_steps_tick_themselves_while_the_customer_works_in_the_sandbox(
    at, sandbox, later
):
    visit = at("web-services")
    assert poll(visit, "web-services").status_code == 200
    assert NOT_ON in page(visit, "web-services")

    modules = sandbox.companies["VergerNeuf"].modules
    press(sandbox, "admin/subscriptions/", module=["WS", *modules])
    later(seconds=61)
    told = poll(visit, "web-services", f"not-yet|{NOT_ON}|0000")
    visit.post("/link/web-services/")
    assert poll(visit, "sender").status_code in (200, 204)
    press(sandbox, "setup/company/security/add/", sender=SANDBOX_SENDER_ID)
    press(sandbox, "setup/company/security/edit/", **{"status-1": "active"})
    later(seconds=61)
    done = poll(visit, "sender", f"not-yet|{NOT_IN}|0000")

    assert told.status_code == 286
    assert 'data-say="Done"' in told.content.decode()
    assert done.status_code == 286
    assert "Seen done at" in page(visit, "sender")


@pytest.mark.parametrize(
    ("company_id", "slug", "language", "words"),
    [
        ("VergerNeuf", "web-services", "en", [NOT_ON, "Last looked at"]),
        (
            "VergerNeuf",
            "web-services",
            "fr",
            ["pas encore activés", "Dernière vérification à"],
        ),
        ("VergerNeuf", "sender", "en", [NOT_ON]),
        ("VergerNeuf", "sender", "fr", ["Les services Web ne sont pas encore activés"]),
        ("PapeteriesLac", "web-services", "en", ["Done", "Seen done at"]),
        ("PapeteriesLac", "web-services", "fr", ["C’est fait", "Constaté à"]),
        ("PapeteriesLac", "sender", "en", [NOT_IN]),
        ("AtelierBrume", "sender", "fr", ["C’est fait", "Constaté à"]),
        ("MoulinsDrac", "sender", "en", ["Seen done at"]),
        ("HorizonTrial", "web-services", "en", ["does not know the company ID"]),
        ("HorizonTrial", "sender", "fr", ["ne connaît pas l’identifiant"]),
        ("NoSuchCompany", "sender", "en", ["the company ID you entered"]),
        ("KestrelDemo", "web-services", "en", ["This is a trial company"]),
        ("KestrelDemo", "web-services", "fr", ["C’est une entreprise d’essai"]),
        ("BastionFret", "sender", "en", ["limits the addresses"]),
        ("PharesOuest", "sender", "en", ["Sage Intacct is not answering"]),
        ("PharesOuest", "sender", "fr", ["Sage Intacct ne répond pas"]),
        ("RueeExpress", "sender", "en", ["This cannot be known just now"]),
        ("VitrailBureau", "sender", "en", ["This cannot be known just now"]),
        ("CiseauxOr", "sender", "en", ["This cannot be known just now"]),
    ],
)
def test_a_page_says_what_is_known_and_what_is_not(
    at, company_id, slug, language, words
):
    visit = at(slug, company_id)
    poll(visit, slug)

    text = page(visit, slug, language)

    assert [word for word in words if word not in text] == []


def test_a_refused_sender_is_our_turn_and_the_clients_staff_see_it(
    at, sandbox, client_row
):
    visit = at("sender")
    sandbox.senders[SANDBOX_SENDER_ID] = "another"
    poll(visit, "sender")

    assert "It is the turn of Alder &amp; Finch" in page(visit, "sender")
    assert integrations.settings_for(client_row).sender_refused_at


def test_the_rail_shows_what_is_seen_and_the_customer_still_continues(at, link):
    visit = at("web-services", "AtelierBrume")

    told = poll(visit, "web-services").content.decode()
    text = page(visit, "web-services")

    for shown in (told, text):
        assert 'id="w-web-services" class="now seen"' in shown
        assert 'id="m-sender" class="todo seen"' in shown
    assert software.flow(type(link).objects.get()).current.slug == "web-services"
    assert visit.post("/link/web-services/")["Location"] == "/link/sender/"


def test_the_user_of_web_services_is_never_claimed_to_be_seen(at):
    visit = at("web-services-user", "AtelierBrume")
    poll(visit, "web-services")

    assert poll(visit, "web-services-user").status_code == 404
    text = page(visit, "web-services-user")
    assert 'id="w-web-services-user" class="now"' in text
    assert 'id="sight"' not in text


def test_a_step_that_is_undone_in_sage_intacct_loses_its_tick(at, sandbox, later):
    visit = at("sender", "AtelierBrume")
    poll(visit, "sender")
    sandbox.companies["AtelierBrume"].dismiss_sender(SANDBOX_SENDER_ID)
    later(seconds=61)
    poll(visit, "sender")

    assert NOT_IN in page(visit, "sender")


SILENT = ("down", "nonsense", "throttled", "unsigned", "busy", "off-line", "cut")


@pytest.mark.parametrize("fault", SILENT)
def test_an_answer_that_shows_nothing_takes_no_tick_away(at, sandbox, later, fault):
    visit = at("sender", "AtelierBrume")
    poll(visit, "sender")
    sandbox.fault = fault
    later(seconds=61)
    poll(visit, "sender")

    assert "Seen done at" in page(visit, "sender")


@pytest.mark.parametrize("fault", SILENT)
def test_an_answer_that_shows_nothing_gives_no_tick(at, sandbox, fault):
    visit = at("sender", "AtelierBrume")
    sandbox.fault = fault
    poll(visit, "sender")

    assert "Seen done at" not in page(visit, "sender")


def test_what_was_seen_of_one_company_says_nothing_of_another(at, sandbox, later):
    visit = at("web-services", "AtelierBrume")
    poll(visit, "web-services")
    change_company(visit)
    assert "Not looked at yet" in page(visit, "web-services")

    sandbox.fault = "down"
    later(seconds=61)
    poll(visit, "web-services")

    assert "Sage Intacct is not answering" in page(visit, "web-services")


def test_a_sign_in_that_says_no_outweighs_what_was_seen(at, sandbox):
    visit = at("sign-in", "AtelierBrume")
    poll(visit, "sender")
    sandbox.companies["AtelierBrume"].dismiss_sender(SANDBOX_SENDER_ID)

    sent_back = visit.post("/link/sign-in/", SIGN_IN)["Location"]

    assert sent_back == "/link/sender/"
    assert "Seen done" not in page(visit, "sender")


# --- it costs little and locks nobody out -------------------------------------------
def test_no_user_of_the_sandbox_ever_meets_a_look(at, sandbox, later):
    visit = at("sender", "AtelierBrume")
    company = sandbox.companies["AtelierBrume"]
    company.dismiss_sender("nobody")
    for _ in range(12):
        poll(visit, "sender")
        later(seconds=61)
    users = {call.user_id for call in sandbox.log}

    assert not users & set(company.users)
    assert len(users) == len(sandbox.log) > 3
    assert all(user.failures == 0 for user in company.users.values())
    assert not SignInBudget.objects.exists()
    assert budget.used("AtelierBrume", SIGN_IN["user_id"]) == (0, None)


def test_a_look_is_one_post_that_reads_nothing_and_is_counted(at, sandbox):
    visit = at("sender", "PapeteriesLac")
    poll(visit, "sender")

    assert [call.functions for call in sandbox.log] == [("getAPISession",)]
    ledger = CallLedger.objects.get()
    assert (ledger.posts, ledger.pages) == (1, 0)


def test_pages_that_ask_every_second_are_looked_for_ever_more_rarely(
    at, sandbox, time_machine
):
    visit = at("sender", "PapeteriesLac")
    start, times = timezone.now(), []
    for second in range(240):
        # The clock stands still meanwhile: a slow machine must not skew the pauses.
        time_machine.move_to(start + timedelta(seconds=second), tick=False)
        before = len(sandbox.log)
        poll(visit, "sender")
        times += [second] * (len(sandbox.log) - before)
    pauses = [b - a for a, b in zip(times, times[1:], strict=False)]

    assert min(pauses) >= 10
    assert pauses == sorted(pauses)
    assert 10 <= len(times) <= 20


def test_a_watch_ends_after_so_many_looks_and_says_so(at, sandbox, later, link):
    visit = at("sender", "PapeteriesLac")
    poll(visit, "sender")
    Watch.objects.update(asked=watching.MOST_BY_ITSELF)
    later(minutes=5)

    assert poll(visit, "sender").status_code == 286
    assert poll(visit, "sender", by_hand="1").status_code == 286
    later(minutes=5)
    Watch.objects.update(asked=watching.MOST)
    poll(visit, "sender", by_hand="1")

    assert len(sandbox.log) == 2
    text = page(visit, "sender")
    assert "We have looked often enough for today" in text
    assert "data-poll" not in text and "Check now" not in text
    later(days=1)
    assert "data-poll" in _fresh_page(visit, link)


def _fresh_page(visit, link) -> str:
    visit.post(link.path)
    return page(visit, "sender")


def test_another_company_id_does_not_bring_more_looks(at, sandbox, later):
    visit = at("sender", "PapeteriesLac")
    poll(visit, "sender")
    Watch.objects.update(asked=watching.MOST)
    change_company(visit)
    later(minutes=5)
    poll(visit, "sender", by_hand="1")

    assert len(sandbox.log) == 1


def test_a_look_never_waits_for_others_to_have_their_turn(at, sandbox):
    visit = at("sender", "PapeteriesLac")

    with turns.turn("PapeteriesLac", slots=1, wait=0):
        begun = time.monotonic()
        poll(visit, "sender")

    assert time.monotonic() - begun < integrations.LOOK_SECONDS / 2
    assert sandbox.log == []
    assert "Not looked at yet" in page(visit, "sender")


@pytest.mark.django_db(transaction=True)
def test_many_pages_at_once_make_one_look(at, sandbox, link, many_processes):
    at("sender", "PapeteriesLac")
    begin = threading.Barrier(6)

    def look() -> None:
        row = type(link).objects.get(pk=link.pk)
        begin.wait()
        watching.look(row)
        database.close()

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(sandbox.log) == 1
    assert sandbox.most_at_once("PapeteriesLac") == 1


# --- it asks only when it may -----------------------------------------------------
def test_nothing_is_asked_unless_a_page_asks(at, sandbox):
    visit = at("sender", "PapeteriesLac")
    for slug in ("company-id", "web-services", "sender"):
        page(visit, slug)
    assert visit.get("/link/sender/look/").status_code == 405

    assert sandbox.log == []


def test_nothing_is_asked_before_the_company_id_is_known(walk_to, sandbox):
    assert poll(walk_to("company-id"), "web-services").status_code == 404
    assert sandbox.log == []


def test_nothing_is_asked_when_the_integration_is_off(at, sandbox, client_row, member):
    visit = at("sender")
    use = integrations.settings_for(client_row)
    integrations.switch(use, on=False, by=member.user)

    assert poll(visit, "sender").status_code == 409
    assert sandbox.log == []


def test_nothing_is_asked_for_a_robot_that_is_through_in_seconds(at, sandbox, settings):
    visit = at("sender")
    settings.SETTLE_SECONDS = 120
    Visit.objects.update(settled_at=None)

    poll(visit, "sender")

    assert sandbox.log == []


def test_nothing_is_asked_of_a_link_that_is_over(at, sandbox, link):
    visit = at("sender")
    requesting.revoke(link)

    assert poll(visit, "sender").status_code == 410
    assert sandbox.log == []


def test_nothing_is_asked_once_somebody_has_signed_in(walk_to, sandbox):
    visit = walk_to("entity")
    before = len(sandbox.log)

    assert poll(visit, "sender").status_code == 286
    assert len(sandbox.log) == before
    assert 'id="sight"' not in page(visit, "sender")


def test_an_operator_can_switch_it_off(at, sandbox, settings):
    settings.LIVE_WATCH = False
    visit = at("sender")

    poll(visit, "sender")

    assert sandbox.log == []
    assert 'id="sight"' not in page(visit, "sender")


# --- what a page hears --------------------------------------------------------------
def test_while_nothing_changes_a_page_is_told_nothing(at):
    visit = at("sender", "PapeteriesLac")
    poll(visit, "sender")

    assert poll(visit, "sender", seen_on(page(visit, "sender"))).status_code == 204


def test_a_change_is_spoken_once(at):
    visit = at("sender", "PapeteriesLac")

    first = poll(visit, "sender", "unasked|Not looked at yet").content.decode()
    again = poll(visit, "sender", f"not-yet|{NOT_IN}|9999").content.decode()

    assert f'data-say="{NOT_IN}"' in first
    assert "data-say" not in again
    assert "<html" not in first


@pytest.mark.parametrize(
    ("language", "label"), [("en", "Check now"), ("fr", "Vérifier")]
)
def test_without_javascript_a_button_checks(at, sandbox, language, label):
    visit = at("sender", "PapeteriesLac")
    assert label in page(visit, "sender", language)

    answer = visit.post("/link/sender/look/", {"by_hand": "1"})

    assert (answer.status_code, answer["Location"]) == (303, "/link/sender/")
    assert len(sandbox.log) == 1


def test_the_button_cannot_hurry_the_gateway(at, sandbox, later):
    visit = at("sender", "PapeteriesLac")
    for _ in range(9):
        visit.post("/link/sender/look/", {"by_hand": "1"})
        later(seconds=3)

    assert len(sandbox.log) == 3


TOO_SOON = {
    "en": "We did not look just now: press once more in ten seconds.",
    "fr": "Nous n’avons pas vérifié à l’instant",
}


@pytest.mark.parametrize("language", TOO_SOON)
def test_who_presses_too_soon_is_told_so_with_and_without_script(at, later, language):
    visit, told = at("sender", "PapeteriesLac"), TOO_SOON[language]
    visit.post("/link/sender/look/", {"by_hand": "1"})
    assert told not in page(visit, "sender", language)

    visit.post("/link/sender/look/", {"by_hand": "1"})
    plain = page(visit, "sender", language)
    live = poll(visit, "sender", seen_on(plain), by_hand="1").content.decode()

    assert told in plain
    assert live.count(told) == 2  # shown, and spoken
    assert told not in page(visit, "sender", language)
    later(seconds=11)
    assert told not in poll(visit, "sender", by_hand="1").content.decode()


def test_each_look_shows_its_second(at, later):
    visit = at("sender", "PapeteriesLac")
    poll(visit, "sender")
    first = page(visit, "sender")
    later(seconds=11)
    poll(visit, "sender", by_hand="1")

    assert seen_on(first) != seen_on(page(visit, "sender"))


@pytest.mark.parametrize(
    ("company_id", "is_above"), [("AtelierBrume", True), ("PapeteriesLac", False)]
)
def test_what_is_done_stands_above_the_instructions(at, company_id, is_above):
    visit = at("sender", company_id)
    poll(visit, "sender")

    text = page(visit, "sender")

    assert text.count('id="sight"') == 1
    assert (text.index('id="sight"') < text.index('class="guide"')) is is_above


def test_only_a_page_with_script_says_that_it_looks_by_itself(at):
    visit = at("sender", "PapeteriesLac")

    assert (
        "<span data-js>We look again by ourselves while this page is open.</span>"
    ) in page(visit, "sender")


def test_the_button_always_answers_who_presses_it(at, later):
    visit = at("sender", "PapeteriesLac")
    poll(visit, "sender")
    seen = seen_on(page(visit, "sender"))
    later(seconds=11)

    answer = poll(visit, "sender", seen, by_hand="1")

    assert f'data-say="{NOT_IN}"' in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "told", "again"),
    [
        ("en", "Sage Intacct answered that this is not done yet", "Continue anyway"),
        ("fr", "Sage Intacct a répondu que ce n’est pas encore fait", "Continuer"),
    ],
)
def test_who_says_done_when_the_gateway_said_no_is_asked_once(
    at, language, told, again
):
    visit = at("web-services")
    poll(visit, "web-services")
    text = page(visit, "web-services", language)
    form = {"version": text.split('name="version" value="')[1].split('"')[0]}

    asked = visit.post("/link/web-services/", form)

    assert (asked.status_code, told in asked.text) == (422, True)
    assert again in asked.text and 'name="anyway"' in asked.text
    sure = visit.post("/link/web-services/", form | {"anyway": "yes"})
    assert (sure.status_code, sure["Location"]) == (303, "/link/sender/")


@pytest.mark.parametrize("slug", ["web-services", "sender"])
def test_who_says_done_of_a_company_that_is_not_known_is_led_to_its_id(at, slug):
    visit = at(slug, "NoSuchCompany")
    poll(visit, slug)

    asked = visit.post(f"/link/{slug}/", {})

    assert asked.status_code == 422
    note = asked.text.split('id="stopped"')[1].split("</div>")[0]
    assert "Sage Intacct does not know the company ID you entered" in note
    assert 'href="/link/company-id/"' in note
    sure = visit.post(f"/link/{slug}/", {"anyway": "yes"})
    assert sure.status_code == 303


def test_who_says_done_is_looked_for_once_more_at_that_moment(at, sandbox):
    visit = at("sender", "PapeteriesLac")
    poll(visit, "sender")
    sandbox.companies["PapeteriesLac"].authorise_sender(SANDBOX_SENDER_ID)

    answer = visit.post("/link/sender/", {})

    assert (answer.status_code, answer["Location"]) == (303, "/link/web-services-user/")
    assert len(sandbox.log) == 2


def test_saying_done_again_and_again_is_limited_as_every_look_is(at, sandbox, later):
    visit = at("sender", "PapeteriesLac")
    poll(visit, "sender")
    Watch.objects.update(asked=watching.MOST)

    assert visit.post("/link/sender/", {}).status_code == 422
    assert len(sandbox.log) == 1


def test_a_page_that_denied_it_takes_that_back_when_it_is_seen(at, sandbox, later):
    visit = at("sender", "PapeteriesLac")
    poll(visit, "sender")
    sandbox.companies["PapeteriesLac"].authorise_sender(SANDBOX_SENDER_ID)
    later(seconds=61)

    told = poll(visit, "sender", denied="").text
    assert '<div id="stopped" class="note spent mb7" hx-swap-oob="true">' in told
    assert 'id="done" class="btn" hx-swap-oob="true">Done, continue<' in told
    assert 'id="stopped"' not in poll(visit, "sender", by_hand="1").text


def test_who_says_done_before_anybody_looked_goes_on(at):
    visit = at("web-services")

    assert visit.post("/link/web-services/", {}).status_code == 303
