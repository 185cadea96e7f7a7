"""What a colleague can reach with their limited link, and what ends it."""

import re

import pytest
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from linksite import handing, integrations, linking, requesting
from linksite.intacct.sandbox import SANDBOX_SENDER_ID
from linksite.models import Handover, LinkRequest, LinkToken, Visit
from onboarding import urls

from .colleagues import IN_INTACCT, MARC, PATH, done, form, start
from .conftest import ANSWERS, SIGN_IN

pytestmark = pytest.mark.django_db

TOO_SOON = "We did not look just now: press once more in ten seconds."


# --- the end of it --------------------------------------------------------------------
def take_back(sender: Browser) -> None:
    """End it as the customer does."""
    assert sender.post("/link/hand-over/sender/back/")["Location"] == "/link/sender/"


def revoke(sender: Browser) -> None:
    """End it as staff do."""
    requesting.revoke(LinkRequest.objects.get())


def expire(sender: Browser) -> None:
    """Let its time pass."""
    LinkRequest.objects.update(expires_at=timezone.now())


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (take_back, "Your colleague took this back on"),
        (revoke, "Alder &amp; Finch withdrew the request on"),
        (expire, "This link worked until"),
    ],
)
def test_what_ends_it_ends_link_and_session_at_once(hand_over, end, words):
    sender, marc = hand_over("sender")
    start(marc)
    assert marc.get(marc.at).status_code == 200

    end(sender)

    for path in (marc.path, marc.at, "/link/for-you/", "/link/sender/"):
        for answer in (marc.get(path), marc.post(path)):
            assert answer.status_code in (405, 410)
            assert answer.status_code == 405 or words in answer.text
    assert done() == ["web-services"]


def test_the_integration_switched_off_pauses_it(hand_over, member):
    _, marc = hand_over("sender")
    start(marc)
    use = integrations.settings_for(member.client)

    integrations.switch(use, on=False, by=member.user)

    for answer in (marc.post(marc.path), marc.get(marc.at), marc.post(marc.at)):
        assert answer.status_code == 409
        assert "Sage Intacct is paused" in answer.text
    assert done() == ["web-services"]


def test_after_an_idle_hour_the_colleague_opens_the_link_again(hand_over, later):
    _, marc = hand_over("sender")
    start(marc)

    later(minutes=61)

    assert "This page was idle for a while" in marc.get(marc.at).text
    start(marc)
    assert marc.get(marc.at).status_code == 200


def test_a_step_that_the_gateway_found_undone_is_the_colleagues_again(hand_over):
    _, marc = hand_over("sender")
    start(marc)
    marc.post(marc.at)

    linking.unconfirm(LinkRequest.objects.get(), step="sender")

    assert marc.get("/link/for-you/")["Location"] == "/link/for-you/sender/"


# --- what the colleague can reach -----------------------------------------------------
def test_opening_and_scanning_the_link_changes_nothing(hand_over):
    _, marc = hand_over("sender")
    kinds = (LinkRequest, Visit, Handover)
    before = [list(kind.objects.values()) for kind in kinds]

    for _ in range(20):
        for ask in (marc.get, marc.head, marc.options):
            answer = ask(marc.path)
            assert "session" not in str(answer.cookies)

    assert [list(kind.objects.values()) for kind in kinds] == before
    assert answer["Referrer-Policy"] == "strict-origin"


APART = ("l/", "link/for-you/", "link/brand/", "link/reminders/")
# The address of every page of Link, those of the colleague and of anybody apart.
ADDRESSES = [
    "/" + str(row.pattern).replace("<slug:slug>", slug)
    for row in urls.urlpatterns
    if not str(row.pattern).startswith(APART) and row.name != "colleague"
    for slug in (
        [*ANSWERS, "permissions", "linked"] if "<" in str(row.pattern) else [""]
    )
]
OPEN_TO_ALL = ("/link/help/", "/link/privacy/", "/link/accessibility/")


def test_the_colleagues_link_opens_no_other_page(hand_over):
    _, marc = hand_over("sender")
    start(marc)
    answers = {**form("x@atelier-brume.example"), **SIGN_IN, **ANSWERS["software"]}
    before = [list(kind.objects.values()) for kind in (LinkRequest, Visit)]

    for path in ADDRESSES:
        for answer in (marc.get(path), marc.post(path, answers, follow=True)):
            expected = (200, 405) if path in OPEN_TO_ALL else (403, 405)
            assert answer.status_code in expected, path
            if answer.status_code != 403 and path not in OPEN_TO_ALL:
                assert "Atelier Brume" not in answer.text, path
            if answer.status_code == 403:
                assert "This page is your colleague’s" in answer.text, path
        after = [list(kind.objects.values()) for kind in (LinkRequest, Visit)]
        assert after == before, path
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("slug", [*ANSWERS, "permissions", "linked", "nowhere"])
def test_the_colleague_takes_no_step_but_theirs(hand_over, slug):
    _, marc = hand_over("sender")
    start(marc)
    answer = {**SIGN_IN, **ANSWERS.get(slug, {})}

    got, taken = (
        marc.get(f"/link/for-you/{slug}/"),
        marc.post(f"/link/for-you/{slug}/", answer),
    )

    expected = (200, 303) if slug == "sender" else (403, 403)
    assert (got.status_code, taken.status_code) == expected
    more = ["sender"] if slug == "sender" else []
    assert done() == ["web-services", *more]


def test_the_colleagues_token_is_no_link_url(hand_over):
    _, marc = hand_over("sender")
    token = marc.path.split("/")[2]

    assert requesting.find(token) is None
    assert LinkToken.objects.filter(link_request=None, handover=None).count() == 0
    assert LinkToken.objects.filter(handover__isnull=False).count() == 1


def test_one_browser_is_never_both(hand_over):
    """The sender who tries the colleague's link is the colleague from then on."""
    sender, marc = hand_over("sender")
    sender.path = marc.path

    start(sender)

    assert "link" not in sender.session
    assert sender.get("/link/sender/").status_code == 403


def test_nothing_that_was_entered_is_on_a_page_of_the_colleague(walk_to, link):
    typed = {"company_id": "CanaryCompany7Qk2"}
    sender = walk_to("sender", company_id=typed)
    refused = SIGN_IN | typed | {"user_id": "canary_user_9Zr3"}
    handover = Handover.objects.create(
        link_request=link,
        visit=Visit.objects.get(),
        email=MARC,
        language="en",
        steps=IN_INTACCT,
    )
    marc = Browser()
    marc.path = f"/l/{handing._fresh_token(handover)}/"
    pages = [marc.get(marc.path)]
    start(marc)
    for slug in IN_INTACCT:
        pages.append(marc.get(f"/link/for-you/{slug}/", follow=True))
    for slug in IN_INTACCT[2:]:
        sender.post(f"/link/{slug}/")
    sender.post("/link/sign-in/", refused)
    pages += [marc.get("/link/for-you/"), marc.get(marc.path)]
    handing.take_back(handover)
    pages += [marc.get("/link/for-you/company-id/"), marc.get(marc.path)]

    said = "".join(page.text + str(page.headers) for page in pages)

    assert {page.status_code for page in pages} == {200, 410}
    for canary in ("CanaryCompany7Qk2", "canary_user_9Zr3", "compta@"):
        assert canary not in said


def test_an_answer_that_came_first_stays_and_is_not_shown(hand_over):
    sender, marc = hand_over("company-id", scope="all")
    start(marc)
    version = re.search(r'name="version" value="(\w+)"', marc.get(marc.at).text)[1]
    sender.post("/link/company-id/", {"company_id": "CanaryCompany7Qk2"})

    answer = marc.post(marc.at, {"company_id": "AtelierBrume", "version": version})

    assert answer.status_code == 409
    assert "This step was finished on another device" in answer.text
    assert "CanaryCompany7Qk2" not in answer.text
    assert Visit.objects.get().intacct_company_id == "CanaryCompany7Qk2"


def test_a_wrong_company_id_is_said_to_the_colleague_too(hand_over, link):
    _, marc = hand_over("company-id")
    start(marc)

    answer = marc.post(marc.at, {"company_id": "Atelier Brume"})

    assert answer.status_code == 422
    assert "A company ID has no spaces" in answer.text


# --- the live watch, for a colleague --------------------------------------------------
@pytest.fixture
def colleague(walk_to, sandbox):
    """Return a colleague at a Step of a company: colleague("sender", "KestrelDemo")."""

    def go(slug: str, company_id: str = "PapeteriesLac") -> Browser:
        sender = walk_to(slug, company_id={"company_id": company_id})
        assert sender.post(f"/link/hand-over/{slug}/", form()).status_code == 303
        marc = Browser()
        marc.post(PATH.search(mail.outbox[-1].body)[0])
        return marc

    return go


def test_a_colleague_sees_live_whether_it_is_done(colleague, sandbox, later):
    marc = colleague("sender")
    polling = 'hx-post="/link/for-you/sender/look/"'
    assert polling in marc.get("/link/for-you/sender/").text
    marc.post("/link/for-you/sender/look/", {"by_hand": "1"})
    text = marc.get("/link/for-you/sender/").text
    assert "The Sender ID is not authorised yet" in text
    assert "shows only in step 7" in text
    assert "Nothing is checked yet" not in text

    denied = marc.post("/link/for-you/sender/", {})
    assert denied.status_code == 422
    assert "Sage Intacct answered that this is not done yet" in denied.text
    sandbox.companies["PapeteriesLac"].authorise_sender(SANDBOX_SENDER_ID)
    later(seconds=61)
    marc.post("/link/for-you/sender/look/", {"by_hand": "1"})
    assert "Seen done at" in marc.get("/link/for-you/sender/").text
    assert marc.post("/link/for-you/sender/", {})["Location"] == "/link/for-you/"


def test_a_colleague_who_presses_too_soon_is_told_so_without_script(colleague):
    marc = colleague("sender")
    for _ in range(2):
        marc.post("/link/for-you/sender/look/", {"by_hand": "1"})

    assert TOO_SOON in marc.get("/link/for-you/sender/").text
    assert TOO_SOON not in marc.get("/link/for-you/sender/").text


def test_a_colleague_who_says_done_is_looked_for_once_more(colleague, sandbox):
    marc = colleague("sender")
    marc.post("/link/for-you/sender/look/", {"by_hand": "1"})
    sandbox.companies["PapeteriesLac"].authorise_sender(SANDBOX_SENDER_ID)

    assert marc.post("/link/for-you/sender/", {})["Location"] == "/link/for-you/"


@pytest.mark.parametrize("company_id", ["HorizonTrial", "KestrelDemo", "BastionFret"])
def test_a_colleague_is_not_told_what_is_the_matter_with_what_was_entered(
    colleague, company_id
):
    marc = colleague("sender", company_id)

    marc.post("/link/for-you/sender/look/", {"by_hand": "1"})
    text = marc.get("/link/for-you/sender/").text

    assert "Not seen yet" in text
    assert company_id not in text and "company ID" not in text


def test_a_colleague_looks_at_no_step_but_theirs(colleague, sandbox):
    marc = colleague("sender")

    assert marc.post("/link/for-you/web-services/look/").status_code == 404
    assert marc.post("/link/sender/look/").status_code == 403
    assert sandbox.log == []
