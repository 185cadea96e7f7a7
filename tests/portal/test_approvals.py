"""What staff see and decide of another company, a goodbye, and what is left out."""

import pytest

from linksite import linking, probing
from linksite.intacct.sandbox import SANDBOX_PASSWORD, SANDBOX_USER
from linksite.models import Connection, Record

pytestmark = pytest.mark.django_db

WORDS = {
    "en": {
        "waits": "Waits for approval",
        "other": "Another Sage Intacct company",
        "approve": "Approve",
        "left out": "Left out by the customer",
        "asks": "The customer asks you to delete what was read",
        "delete": "Delete what was read",
        "who": "Who linked which company",
    },
    "fr": {
        "waits": "En attente d’approbation",
        "other": "Une autre société Sage Intacct",
        "approve": "Approuver",
        "left out": "Laissé de côté par le client",
        "asks": "Le client vous demande d’effacer ce qui a été lu",
        "delete": "Supprimer ce qui a été lu",
        "who": "Qui a lié quelle société",
    },
}


@pytest.fixture
def held(linked, link, finish) -> Connection:
    """The linked company, signed in to another Sage Intacct company since."""
    row = linking.sign_in(
        link,
        company_id="CoopRives",
        user_id=SANDBOX_USER,
        password=SANDBOX_PASSWORD,
        another=True,
    )
    if not row.has_entity:
        linking.choose_entity(row, entity_id="")
    finish(row)
    return row


def url(company, name: str = "") -> str:
    return f"/portal/companies/{company.pk}/{name}"


def test_staff_see_both_companies_and_that_it_is_their_turn(staff, held, company):
    text = staff.get(url(company)).text

    assert staff.words["waits"] in text
    assert staff.words["other"] in text
    assert "AtelierBrume" in text
    assert "CoopRives" in text
    assert staff.words["approve"] in text
    listed = staff.get("/portal/companies/", {"status": "needs-action"}).text
    assert company.name in listed
    listed = staff.get("/portal/companies/", {"status": "in-progress"}).text
    assert company.name not in listed


def test_approval_replaces_the_old_records(admin_browser, held, company, worker):
    old = set(Record.objects.values_list("pk", flat=True))

    answer = admin_browser.post(url(company, "approval/"), {"approve": "CoopRives"})
    worker()

    assert answer.status_code == 303
    held.refresh_from_db()
    assert held.status == "linked"
    assert not old & set(Record.objects.values_list("pk", flat=True))


def test_refusal_keeps_the_old_records_and_erases_the_password(
    admin_browser, held, company
):
    admin_browser.post(url(company, "approval/"), {"refuse": "on"})

    held.refresh_from_db()
    assert (held.status, held.password_sealed) == ("unlinked", "")
    assert "AtelierBrume" in admin_browser.get(url(company)).text
    assert Record.objects.exists()


def test_an_approval_of_what_staff_did_not_see_is_none(admin_browser, held, company):
    admin_browser.post(url(company, "approval/"), {"approve": "PixelForge"})

    held.refresh_from_db()
    assert held.held_at


def test_a_viewer_sees_it_and_cannot_decide(as_role, held, company):
    viewer = as_role("viewer")

    assert "An operator or admin decides." in viewer.get(url(company)).text
    answer = viewer.post(url(company, "approval/"), {"approve": "CoopRives"})
    assert answer.status_code == 403


def test_a_sync_by_hand_does_not_go_round_the_approval(admin_browser, held, company):
    admin_browser.post(url(company, "sync/"))

    assert not held.syncs.unfinished().exists()


def test_who_linked_which_company_is_shown(staff, linked, company):
    text = staff.get(url(company)).text

    assert staff.words["who"] in text
    assert "AtelierBrume" in text
    assert SANDBOX_USER in text
    assert "compta@atelier-brume.example" in text


def test_what_the_customer_left_out_is_named(
    staff, sandbox, signed_in, worker, finish, company
):
    sandbox.companies["AtelierBrume"].revoke("accounts-receivable.customers")
    row = signed_in()
    worker()
    probing.continue_without(row)
    finish(row)

    text = staff.get(url(company)).text

    assert staff.words["left out"] in text
    assert 'class="note note-turn"' not in text.split("<main")[1]


def test_a_disconnected_company_promises_no_reading_of_what_was_left_out(
    staff, sandbox, signed_in, worker, finish, company
):
    sandbox.companies["AtelierBrume"].revoke("accounts-receivable.customers")
    row = signed_in()
    worker()
    probing.continue_without(row)
    finish(row)

    linking.disconnect(row)

    assert staff.words["left out"] not in staff.get(url(company)).text


def test_a_wish_to_have_it_deleted_is_seen_and_can_be_followed(staff, linked, company):
    linking.disconnect(linked, asks_erasure=True)
    text = staff.get(url(company)).text
    assert staff.words["asks"] in text
    assert staff.words["delete"] in text
    assert staff.get(url(company, "erase/")).status_code == 200
    assert Record.objects.exists()

    answer = staff.post(url(company, "erase/"))

    assert answer.status_code == 303
    assert not Record.objects.exists()
    assert staff.words["asks"] not in staff.get(url(company)).text


def test_what_is_still_linked_is_not_deleted(admin_browser, linked, company):
    admin_browser.post(url(company, "erase/"))

    assert Record.objects.exists()
