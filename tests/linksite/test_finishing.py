"""Nothing is read before the customer says so; what they did not see is not linked."""

import itertools

import pytest

from linksite import approval, linking, probing, syncing, tasks
from linksite.models import Connection, Sync

pytestmark = pytest.mark.django_db

CUSTOMERS, BILLS = "accounts-receivable.customers", "accounts-payable.bills"


@pytest.fixture
def sign_in(sandbox, link):
    """Return a sign-in to a company of the Sandbox, with an entity chosen."""

    def sign_in(company_id: str = "AtelierBrume", **more: bool) -> Connection:
        row = linking.sign_in(
            link,
            company_id=company_id,
            user_id="alderfinch_ws",
            password="Sandbox-Pass-1",
            **more,
        )
        if not row.has_entity:
            linking.choose_entity(row, entity_id=row.entities[0]["id"])
        return row

    return sign_in


@pytest.fixture
def asked(sign_in, worker) -> Connection:
    """A Connection whose Probe found everything in place: the question is asked."""
    sign_in()
    worker()
    return Connection.objects.get()


def test_nothing_is_read_before_the_press(asked, worker, later) -> None:
    with pytest.raises(syncing.CannotSync):
        syncing.queue(asked)
    later(days=3)
    tasks.tick()
    worker()

    assert not Sync.objects.exists()
    assert not asked.records.exists()


def test_one_press_links_and_another_changes_nothing(asked, worker) -> None:
    seen = probing.question(asked)

    assert probing.finish(asked, seen=seen)
    at = Connection.objects.get().linked_at
    assert probing.finish(asked, seen=seen)
    worker()
    assert probing.finish(asked, seen=seen)

    row = Connection.objects.get()
    assert (row.status, row.linked_at, row.first_linked_at is None) == (
        "linked",
        at,
        False,
    )
    assert row.syncs.get().trigger == "first"


def change_entity(row: Connection, **_: object) -> None:
    linking.choose_entity(row, entity_id="200")


def change_entity_and_check(row: Connection, worker, **_: object) -> None:
    linking.choose_entity(row, entity_id="200")
    worker()


def change_company(sign_in, worker, **_: object) -> None:
    sign_in("CoopRives")
    worker()


def disconnect(row: Connection, **_: object) -> None:
    linking.disconnect(row)


def lose(row: Connection, sandbox, worker, **_: object) -> None:
    sandbox.companies["AtelierBrume"].revoke(BILLS)
    probing.check_again(row)
    worker()


def lose_optional(row: Connection, sandbox, worker, **_: object) -> None:
    sandbox.companies["AtelierBrume"].revoke(CUSTOMERS)
    probing.check_again(row)
    worker()
    probing.continue_without(row)


def break_down(row: Connection, **_: object) -> None:
    Connection.objects.update(trouble="bad_login")


CHANGES = [
    change_entity,
    change_entity_and_check,
    change_company,
    disconnect,
    lose,
    lose_optional,
    break_down,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_the_customer_did_not_see_is_not_linked(
    change, asked, sign_in, sandbox, worker
) -> None:
    seen = probing.question(asked)

    change(row=asked, sign_in=sign_in, sandbox=sandbox, worker=worker)

    assert not probing.finish(asked, seen=seen)
    worker()
    assert not Connection.objects.exclude(linked_at=None).exists()
    assert not Sync.objects.exists()


def test_a_made_up_question_links_nothing(asked) -> None:
    for seen in ("", ".", "x.y", probing.question(asked).partition(".")[0]):
        assert not probing.finish(asked, seen=seen)
    assert not Connection.objects.get().linked_at


def test_a_new_sign_in_after_trouble_goes_on_by_itself(
    asked, finish, sign_in, worker
) -> None:
    finish(asked)
    Connection.objects.update(trouble="bad_login")

    sign_in()
    worker()

    row = Connection.objects.get()
    assert (row.status, row.syncs.count()) == ("linked", 2)


def test_the_same_entity_again_asks_nothing(asked, finish, worker) -> None:
    finish(asked)

    linking.choose_entity(asked, entity_id=asked.entity_id)
    worker()

    assert Connection.objects.get().status == "linked"
    assert asked.records.exists()


def test_another_entity_is_not_judged_by_the_probe_of_the_old_one(
    asked, finish, worker
) -> None:
    finish(asked)

    linking.choose_entity(asked, entity_id="200")

    row = Connection.objects.get()
    assert not probing.is_enough(row)
    assert not probing.finish(row, seen=probing.question(row))
    assert (row.linked_at, row.syncs.exists(), row.records.exists()) == (
        None,
        False,
        False,
    )


def test_a_sync_under_way_stops_when_another_entity_is_chosen(
    asked, sandbox, monkeypatch, worker
) -> None:
    probing.finish(asked, seen=probing.question(asked))
    read = syncing._read_page

    def choose_meanwhile(*args: object) -> None:
        read(*args)
        linking.choose_entity(Connection.objects.get(), entity_id="200")

    monkeypatch.setattr(syncing, "_read_page", choose_meanwhile)
    worker()

    assert not Sync.objects.exists()
    assert not asked.records.exists()


def test_a_sync_of_what_is_not_linked_ends_at_once(asked, sandbox, worker) -> None:
    before = sandbox.posts("AtelierBrume")
    Sync.objects.create(connection=asked)

    worker()

    assert Sync.objects.get().outcome == "cancelled"
    assert sandbox.posts("AtelierBrume") == before


@pytest.mark.parametrize("order", list(itertools.permutations(("finish", "approve"))))
def test_a_held_company_needs_both_whatever_comes_first(
    order, asked, finish, sign_in, worker
) -> None:
    finish(asked)
    row = sign_in("CoopRives", another=True)
    worker()
    answers = {
        "finish": lambda: probing.finish(row, seen=probing.question(row)),
        "approve": lambda: approval.approve(row, company_id="CoopRives"),
    }

    first, second = order
    assert answers[first]()
    worker()
    row.refresh_from_db()
    assert (row.status, row.syncs.unfinished().exists()) == ("pending", False)
    assert answers[second]()
    worker()

    row.refresh_from_db()
    assert row.status == "linked"
    assert row.records.exists()


def test_another_company_waits_also_after_another_entity_was_chosen(
    asked, finish, sign_in
) -> None:
    finish(asked)
    linking.choose_entity(asked, entity_id="200")

    with pytest.raises(linking.OtherCompany):
        sign_in("CoopRives")
    row = sign_in("CoopRives", another=True)
    assert approval.refuse(row)

    with pytest.raises(linking.OtherCompany):
        sign_in("CoopRives")


def test_the_company_of_before_is_asked_nothing_and_the_held_one_is_no_yes(
    asked, finish, sign_in, worker
) -> None:
    finish(asked)
    held = sign_in("CoopRives", another=True)
    finish(held)

    sign_in("AtelierBrume")
    assert not probing.is_enough(Connection.objects.get())
    worker()

    assert Connection.objects.get().status == "linked"
    assert Connection.objects.get().intacct_company_id == "AtelierBrume"
