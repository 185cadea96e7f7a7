"""What the customer may leave out is not read, and is picked up when granted later."""

import pytest

from linksite import intacct, linking, probing, reach, syncing

pytestmark = pytest.mark.django_db

CUSTOMERS = "accounts-receivable.customers"
BILLS = "accounts-payable.bills"


@pytest.fixture
def lacking(sandbox, link, worker):
    """Return a maker of Connections that lack Permissions, after a Probe."""

    def connect(*keys: str, company_id: str = "AtelierBrume", entity_id: str = "100"):
        for key in keys:
            sandbox.companies[company_id].revoke(key)
        row = linking.sign_in(
            link,
            company_id=company_id,
            user_id="alderfinch_ws",
            password="Sandbox-Pass-1",
        )
        if not row.has_entity:
            linking.choose_entity(row, entity_id=entity_id)
        worker()
        row.refresh_from_db()
        return row

    return connect


@pytest.mark.parametrize(
    ("keys", "allowed"),
    [
        ((CUSTOMERS,), True),
        ((CUSTOMERS, "accounts-payable.vendors", "general-ledger.accounts"), True),
        ((BILLS,), False),
        ((CUSTOMERS, BILLS), False),
        ((), False),
    ],
)
def test_only_what_no_figure_needs_may_be_left_out(lacking, keys, allowed) -> None:
    row = lacking(*keys)

    assert probing.continue_without(row) == allowed
    row.refresh_from_db()
    assert not row.linked_at
    assert probing.is_enough(row) == (allowed or not keys)


def test_a_module_that_is_not_subscribed_is_no_choice(lacking) -> None:
    row = lacking(CUSTOMERS, company_id="PixelForge", entity_id="")

    assert probing.continue_without(row)
    assert [each.slug for each in reach.datasets_left_out(row)] == ["customers"]


def test_nothing_may_be_left_out_before_it_was_checked(sandbox, link) -> None:
    row = linking.sign_in(
        link,
        company_id="AtelierBrume",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
    )
    linking.choose_entity(row, entity_id="100")

    assert not probing.continue_without(row)


def test_a_sync_skips_what_was_left_out(lacking, finish) -> None:
    row = lacking(CUSTOMERS)
    probing.continue_without(row)

    finish(row)

    progress = syncing.progress(row)
    assert "customers" not in {each.dataset.slug for each in progress.datasets}
    assert {each.state for each in progress.datasets} == {"done"}
    assert progress.total == len(intacct.DATASETS) - 1
    assert not row.syncs.get().readings.filter(dataset="customers").exists()


def test_a_later_grant_is_picked_up_and_read(
    lacking, sandbox, worker, later, finish
) -> None:
    row = lacking(CUSTOMERS)
    probing.continue_without(row)
    finish(row)

    sandbox.companies["AtelierBrume"].grant(CUSTOMERS)
    later(hours=6)
    worker()

    assert reach.left_out(row) == ()
    assert row.syncs.count() == 2
    assert row.records.filter(dataset="customers").exists()


def test_a_required_right_that_goes_later_is_no_choice_of_the_customer(
    lacking, sandbox, worker, later
) -> None:
    row = lacking(CUSTOMERS)
    probing.continue_without(row)
    sandbox.companies["AtelierBrume"].revoke(BILLS)
    later(hours=6)
    worker()

    assert [each.key for each in reach.left_out(row)] == [CUSTOMERS]
    assert not probing.is_enough(row)
