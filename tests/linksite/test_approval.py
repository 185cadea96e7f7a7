"""Another Sage Intacct company than before is read only after staff approve it."""

import pytest

from linksite import approval, linking, syncing
from linksite.models import Connection, Record

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(sandbox, link):
    """Return a sign-in to a company of the Sandbox."""

    def sign_in(company_id: str, **more: bool) -> Connection:
        return linking.sign_in(
            link,
            company_id=company_id,
            user_id="alderfinch_ws",
            password="Sandbox-Pass-1",
            **more,
        )

    return sign_in


@pytest.fixture
def linked(sign_in, finish) -> Connection:
    """A Connection to Atelier Brume, linked and read."""
    row = sign_in("AtelierBrume")
    linking.choose_entity(row, entity_id="100")
    finish(row)
    return Connection.objects.get()


@pytest.fixture
def held(linked, sign_in, finish) -> Connection:
    """The same, signed in to CoopRives since, and finished."""
    row = sign_in("CoopRives", another=True)
    if not row.has_entity:
        linking.choose_entity(row, entity_id=row.entities[0]["id"])
    finish(row)
    return Connection.objects.get()


def test_without_confirmation_it_is_refused_before_a_password_is_sent(
    linked, sign_in, sandbox
) -> None:
    with pytest.raises(linking.OtherCompany) as refused:
        sign_in("CoopRives")

    assert refused.value.known == "AtelierBrume"
    assert sandbox.posts("CoopRives") == 0


def test_nothing_is_read_before_approval(held, worker, later) -> None:
    before = set(held.records.values_list("pk", flat=True))
    assert before
    with pytest.raises(syncing.CannotSync):
        syncing.queue(held)

    later(hours=48)
    worker()

    assert held.status == "pending"
    assert not held.syncs.unfinished().exists()
    assert set(held.records.values_list("pk", flat=True)) == before


def test_approval_replaces_what_was_read_of_the_other_company(
    held, worker, sandbox
) -> None:
    old = set(held.records.values_list("pk", flat=True))

    assert approval.approve(held, company_id="CoopRives")
    assert not Record.objects.exists()
    worker()

    held.refresh_from_db()
    assert held.status == "linked"
    assert held.records.exists()
    assert not old & set(held.records.values_list("pk", flat=True))


def test_approval_is_for_the_company_that_staff_saw(held, sign_in) -> None:
    sign_in("PixelForge", another=True)

    assert not approval.approve(held, company_id="CoopRives")
    assert Connection.objects.get().held_from["company_id"] == "AtelierBrume"


def test_a_third_company_does_not_forget_the_first(held, sign_in) -> None:
    row = sign_in("PixelForge", another=True)

    approval.refuse(row)

    row.refresh_from_db()
    assert (row.intacct_company_id, row.entity_id) == ("AtelierBrume", "100")


def test_refusal_erases_the_password_and_keeps_what_was_read(held) -> None:
    assert approval.refuse(held)

    held.refresh_from_db()
    assert held.status == "unlinked"
    assert (held.intacct_company_id, held.entity_id) == ("AtelierBrume", "100")
    assert held.password_sealed == ""
    assert held.records.exists()
    assert not approval.refuse(held)
    assert not approval.approve(held, company_id="AtelierBrume")


def test_the_company_of_before_needs_no_approval(held, sign_in, worker) -> None:
    sign_in("AtelierBrume")
    worker()

    held.refresh_from_db()
    assert (held.status, held.entity_id) == ("linked", "100")
    assert held.records.exists()


def test_another_company_after_a_disconnection_waits_too(
    linked, sign_in, worker
) -> None:
    linking.disconnect(linked)
    with pytest.raises(linking.OtherCompany):
        sign_in("CoopRives")

    row = sign_in("CoopRives", another=True)
    worker()

    assert row.held_at
    assert not row.records.exists()
    assert approval.refuse(row)
    assert list(Connection.objects.all()) == [linked]


def test_the_same_company_after_a_disconnection_is_a_new_connection(
    linked, sign_in, finish
) -> None:
    linking.disconnect(linked)

    row = sign_in("AtelierBrume")
    linking.choose_entity(row, entity_id="100")
    finish(row)

    assert (row.status, row.pk == linked.pk) == ("linked", False)
