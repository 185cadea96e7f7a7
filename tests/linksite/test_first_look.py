"""The first look tells the customer's company by its sizes, and keeps no Record."""

from datetime import date

import pytest

from linksite import firstlook, intacct, linking, probing
from linksite.models import Record

pytestmark = pytest.mark.django_db


@pytest.fixture
def connect(sandbox, link):
    """Return a sign-in to a company of the Sandbox, with an entity chosen."""

    def sign_in(company_id: str, entity_id: str | None = None):
        row = linking.sign_in(
            link,
            company_id=company_id,
            user_id="alderfinch_ws",
            password="Sandbox-Pass-1",
        )
        if entity_id is not None:
            linking.choose_entity(row, entity_id=entity_id)
        return row

    return sign_in


def test_the_probe_brings_counts_a_date_and_the_name_and_no_record(
    connect, sandbox, worker
) -> None:
    sandbox.companies["AtelierBrume"].revoke("general-ledger.accounts")
    row = connect("AtelierBrume", "100")

    worker()

    row.refresh_from_db()
    look = firstlook.of(row)
    assert look.company_id == "AtelierBrume"
    assert set(look.counts) == {"customers", "invoices", "suppliers", "bills"}
    assert all(count > 0 for count in look.counts.values())
    assert isinstance(look.latest, date)
    assert not Record.objects.exists()


def test_the_look_costs_one_post_once(connect, sandbox, worker, later) -> None:
    sandbox.companies["AtelierBrume"].revoke("general-ledger.accounts")
    connect("AtelierBrume", "100")
    before = sandbox.posts("AtelierBrume")

    worker()
    first = sandbox.posts("AtelierBrume") - before
    later(minutes=1)
    worker()

    second = sandbox.posts("AtelierBrume") - before - first
    assert (first, second) == (4, 3)


def test_what_may_not_be_seen_is_not_counted_until_it_is_granted(
    connect, sandbox, worker, later
) -> None:
    row = connect("HarrowTextiles", "10")
    worker()
    row.refresh_from_db()
    assert set(firstlook.of(row).counts) == {"customers", "invoices", "suppliers"}

    sandbox.companies["HarrowTextiles"].grant("accounts-payable.bills")
    later(minutes=10)
    worker()

    row.refresh_from_db()
    assert "bills" in firstlook.of(row).counts


def test_another_entity_is_looked_at_anew(connect, worker) -> None:
    row = connect("AtelierBrume", "100")
    worker()
    row.refresh_from_db()

    linking.choose_entity(row, entity_id="200")

    assert firstlook.of(row) is None


def test_a_look_that_fails_stops_nothing(connect, worker, monkeypatch) -> None:
    def fail(*_args: object) -> None:
        raise intacct.GatewayUnavailable("transient", "no answer")

    monkeypatch.setattr(intacct.Client, "overview", fail)
    row = connect("AtelierBrume", "100")

    worker()

    row.refresh_from_db()
    assert probing.is_enough(row)
    assert firstlook.of(row) is None


def test_the_only_entity_of_a_company_is_chosen_by_itself(connect) -> None:
    row = connect("LangdaleMills")

    assert (len(row.entities), row.entity_id) == (1, row.entities[0]["id"])
