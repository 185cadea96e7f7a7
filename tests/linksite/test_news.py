"""The mails of who left the permissions page, and of another company: once, if true."""

import re

import pytest
from django.core import mail
from django.test import Client as Visitor
from django.utils import timezone

from linksite import approval, linking, mailing, notices, probing, requesting, visiting
from linksite.models import Connection, LinkRequest, Notice

pytestmark = pytest.mark.django_db

BILLS, BALANCE = "accounts-payable.bills", "general-ledger.trial-balance"
WORDS = {
    "en": {
        "one left": "Atelier Brume SAS: one permission is still missing",
        "ready": "Atelier Brume SAS: one last press is left",
        "nothing read": "Nothing is read before you press the button.",
        "other": "another Sage Intacct company waits for approval",
        "yours": "another Sage Intacct company waits for your approval",
        "refused": "the other Sage Intacct company was refused",
    },
    "fr": {
        "one left": "Atelier Brume SAS\u00a0: il manque encore une autorisation",
        "ready": "Atelier Brume SAS\u00a0: il ne reste qu’à terminer",
        "nothing read": "Rien n’est lu tant que vous n’avez pas appuyé sur le bouton.",
        "other": "une autre société Sage Intacct attend une approbation",
        "yours": "une autre société Sage Intacct attend votre approbation",
        "refused": "l’autre société Sage Intacct a été refusée",
    },
}


@pytest.fixture(params=["en", "fr"])
def spoken(request, link, member):
    """The words of a language, which the customer and the Member read."""
    LinkRequest.objects.update(language=request.param)
    member.user.language = request.param
    member.user.save()
    return WORDS[request.param]


@pytest.fixture
def post():
    """Return a postman: sends what is due now, returns the mails of this round."""

    def send():
        before = len(mail.outbox)
        for notice in Notice.objects.due(timezone.now()).order_by("pk"):
            notices.send(notice.pk)
        return mail.outbox[before:]

    return send


@pytest.fixture
def sign_in(sandbox, link):
    """Return a sign-in to a company of the Sandbox, with an entity chosen."""

    def sign_in(company_id: str, entity_id: str = "", **more: bool) -> Connection:
        row = linking.sign_in(
            link,
            company_id=company_id,
            user_id="alderfinch_ws",
            password="Sandbox-Pass-1",
            **more,
        )
        if not row.has_entity:
            linking.choose_entity(row, entity_id=entity_id)
        return row

    return sign_in


@pytest.fixture
def grant(sandbox, worker, later):
    """Return an administrator: grants a Permission, and the worker notices."""

    def grant(key: str) -> None:
        sandbox.companies["HarrowTextiles"].grant(key)
        later(hours=1)
        worker()

    return grant


# --- who left the page ---------------------------------------------------------
def test_who_left_is_told_once_of_what_was_granted(
    spoken, sign_in, grant, worker, later, post
):
    sign_in("HarrowTextiles", "10")
    worker()
    grant(BILLS)
    assert post() == []
    later(minutes=6)

    (sent,) = post()

    assert sent.subject == spoken["one left"]
    path = re.findall(r"/l/\S+", str(sent.body))[0]
    assert Visitor().get(path).status_code == 200
    later(hours=7)
    worker()
    assert post() == []


def test_who_came_back_is_not_written_to(sign_in, link, grant, worker, later, post):
    sign_in("HarrowTextiles", "10")
    worker()
    grant(BILLS)
    visiting.seen(LinkRequest.objects.get())
    later(minutes=4)
    row = Connection.objects.get()
    assert row.link_request.last_seen_at
    later(minutes=2)

    assert post() == []


def test_who_left_before_the_last_press_is_told_once_and_no_old_news(
    spoken, sign_in, grant, worker, later, post
):
    sign_in("HarrowTextiles", "10")
    worker()
    grant(BILLS)
    grant(BALANCE)
    later(minutes=6)

    (sent,) = post()

    assert sent.subject == spoken["ready"]
    for part in (sent.body, str(sent.alternatives[0][0])):
        assert "HarrowTextiles" in part
        assert spoken["nothing read"] in part
    assert Visitor().get(re.findall(r"/l/\S+", str(sent.body))[0]).status_code == 200
    stop = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert stop in sent.body
    later(hours=7)
    worker()
    assert post() == []


@pytest.mark.parametrize("why", ["finished", "came back", "stopped", "revoked"])
def test_the_last_press_is_not_asked_for_without_need(
    why, sign_in, link, finish, worker, later, post
):
    row = sign_in("AtelierBrume", "100")
    worker()
    later(minutes=2)
    link.refresh_from_db()
    {
        "finished": lambda: finish(row),
        "came back": lambda: visiting.seen(link),
        "stopped": lambda: requesting.stop_reminders(link),
        "revoked": lambda: requesting.revoke(link),
    }[why]()
    later(minutes=4)

    assert Notice.objects.filter(kind="ready").exists()
    assert post() == []


def test_of_two_findings_in_a_row_the_newer_is_told(
    sign_in, sandbox, worker, later, post
):
    row = sign_in("QuaiNord")
    worker()
    for found in probing.missing(row)[:2]:
        sandbox.companies["QuaiNord"].grant(found.permission.key)
        later(minutes=2)
        probing.check_again(row)
        worker()
    later(minutes=6)

    assert Notice.objects.count() == 2
    assert len(post()) == 1


def test_without_an_address_nobody_is_written_to(sign_in, grant, worker, later, post):
    sign_in("HarrowTextiles", "10")
    LinkRequest.objects.update(email="")
    worker()
    grant(BILLS)
    later(minutes=6)

    assert post() == []


def test_three_mails_are_the_most(sign_in, sandbox, worker, later, post):
    company = sandbox.companies["QuaiNord"]
    row = sign_in("QuaiNord")
    worker()
    missing = [found.permission.key for found in probing.missing(row)]
    sent = []

    for key in missing[:-1]:
        company.grant(key)
        later(hours=7)
        worker()
        later(minutes=6)
        sent += post()

    assert len(missing) > 5
    assert len(sent) == 3


# --- another company ---------------------------------------------------------
def test_customer_and_member_are_told_of_another_company(
    spoken, sign_in, finish, post, member
):
    finish(sign_in("AtelierBrume", "100"))
    sign_in("CoopRives", another=True)

    customer, staff = post()

    assert customer.to == ["compta@atelier-brume.example"]
    assert spoken["other"] in customer.subject
    assert staff.to == [member.user.email]
    assert spoken["yours"] in staff.subject
    assert "AtelierBrume" in staff.body
    assert "CoopRives" in staff.body
    assert "/portal/companies/" in staff.body
    assert "Sandbox-Pass-1" not in staff.body + customer.body
    assert post() == []


def test_the_customer_is_told_of_a_refusal(spoken, sign_in, finish, post):
    finish(sign_in("AtelierBrume", "100"))
    row = sign_in("CoopRives", another=True)
    post()

    approval.refuse(row)

    (sent,) = post()
    assert spoken["refused"] in sent.subject


def test_what_was_decided_meanwhile_is_not_asked_any_more(sign_in, finish, post):
    finish(sign_in("AtelierBrume", "100"))
    row = sign_in("CoopRives", another=True)
    approval.approve(row, company_id="CoopRives")

    assert post() == []


@pytest.mark.parametrize(
    ("own", "link_language", "said"),
    [("", "fr", "est liée"), ("en", "fr", "is linked"), ("", "", "is linked")],
)
def test_staff_without_a_language_are_written_to_in_their_customers(
    link, member, own, link_language, said
):
    link.language, member.user.language = link_language, own
    row = Connection(company=link.company, intacct_company_id="AtelierBrume")

    mailing.send_linked_staff(link, row, to=member.user)

    assert said in mail.outbox[-1].subject
