"""Every company of the Sandbox ends where its row of docs/sandbox.md says."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from linksite.intacct import DATASETS, PERMISSIONS, Client, IntacctError
from linksite.intacct.datasets import INVOICES
from linksite.intacct.sandbox import (
    FRESH,
    HARROW_TEXTILES,
    HUGE,
    SCENARIOS,
    Sandbox,
    Scenario,
)

from .conftest import TODAY, Connect

DOCUMENT = Path(__file__).parents[2] / "docs" / "sandbox.md"
SOURCES = [source for dataset in DATASETS for source in dataset.sources]


class End(NamedTuple):
    """Where a conversation ended, and with what."""

    stage: str
    outcome: str


def walk(client: Client, plan: Scenario, today: date) -> End:
    """Sign in, ask for entities, enter one, probe and read, as far as it goes."""
    stage = "sign_in"
    try:
        client.sign_in()
        stage = "entities"
        told = client.entities()
        stage = "enter"
        if told:
            client.enter(plan.enters or told[0].id)
        stage = "probe"
        for check in client.probe(PERMISSIONS).values():
            if check.state != "granted":
                return End(stage, check.outcome)
        stage = "read"
        for source in SOURCES:
            client.read(source, page_size=50, as_of=today)
    except IntacctError as failure:
        return End(stage, failure.outcome)
    return End(stage, "ok")


@pytest.mark.parametrize("plan", SCENARIOS, ids=lambda plan: plan.id)
def test_a_company_ends_where_it_says(
    sandbox: Sandbox, connect: Connect, plan: Scenario
) -> None:
    sandbox.companies[plan.id].delay = 0.01

    end = walk(connect(plan.id), plan, TODAY)

    assert end == End(plan.stage, plan.outcome)


@pytest.mark.parametrize("plan", SCENARIOS, ids=lambda plan: plan.id)
def test_the_document_lists_every_company(plan: Scenario) -> None:
    row = f"| `{plan.id}` | {plan.shows} | {plan.stage} | `{plan.outcome}` | "

    lines = DOCUMENT.read_text().splitlines()

    assert [line for line in lines if line.startswith(row)]


def test_the_document_lists_no_other_company() -> None:
    rows = [x for x in DOCUMENT.read_text().splitlines() if x.startswith("| `")]

    assert len([row for row in rows if row.count("|") == 6]) == len(SCENARIOS)


def test_the_entity_that_is_open_can_be_read(connect: Connect) -> None:
    client = connect("LangdaleMills")

    session = client.sign_in()

    assert session.entity_id == "10"
    assert [entity.id for entity in client.entities()] == ["10"]
    assert {row["MEGAENTITYID"] for row in client.read(INVOICES).rows} == {"10"}


def test_only_what_is_said_to_be_missing_is_missing(connect: Connect) -> None:
    missing = {
        company: [
            key
            for key, check in connect(company).probe(PERMISSIONS).items()
            if check.state == "missing"
        ]
        for company in (HARROW_TEXTILES, "PixelForge", "QuaiNord", "BrackenFoods")
    }

    assert missing == {
        HARROW_TEXTILES: ["accounts-payable.bills", "general-ledger.trial-balance"],
        "PixelForge": [
            "cash-management.checking-accounts",
            "cash-management.savings-accounts",
        ],
        "QuaiNord": [each.key for each in PERMISSIONS],
        "BrackenFoods": [each.key for each in PERMISSIONS],
    }


def test_a_session_that_ends_in_mid_read_loses_no_row(
    sandbox: Sandbox, connect: Connect
) -> None:
    client, numbers, cursor, is_last = connect("SablierFils"), [], "", False

    while not is_last:
        page = client.read(INVOICES, after=cursor, page_size=10)
        numbers += [row["RECORDNO"] for row in page.rows]
        cursor, is_last = page.cursor, page.is_last

    assert len(set(numbers)) == len(numbers) == 90
    outcomes = [call.outcome for call in sandbox.log]
    assert outcomes.count("session_invalid") >= 2


def test_hostile_names_arrive_as_they_are(connect: Connect) -> None:
    client = connect("BabelImport")

    entities = {entity.name for entity in client.entities()}
    names = " ".join(row["CUSTOMERNAME"] or "" for row in client.read(INVOICES).rows)

    assert "<script>alert('entity')</script>" in entities
    for part in ("<script>", "=cmd|", "שלום", "🦊", "\u202e", "&amp;", "]]>"):
        assert part in names


def test_the_fresh_company_has_nothing_set_up(sandbox: Sandbox) -> None:
    company = sandbox.companies[FRESH]

    assert not (company.web_services or company.senders or company.users)
    assert not (company.roles or company.granted or company.is_locked)


def test_a_hundred_thousand_invoices_are_read_to_the_end(
    sandbox: Sandbox, connect: Connect
) -> None:
    client = connect(HUGE)

    page = client.read(INVOICES, page_size=2000)
    last = client.read(INVOICES, after=str(3000 + 99_000), page_size=2000)

    assert (page.total, len(page.rows), page.is_last) == (100_000, 2000, False)
    assert (last.total, last.is_last) == (1000, True)
