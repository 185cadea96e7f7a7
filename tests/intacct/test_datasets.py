"""The table of data types is complete and says each thing once."""

import pytest

from linksite.intacct import (
    BY_SLUG,
    DATASETS,
    PERMISSION_BY_KEY,
    PERMISSIONS,
    Dataset,
    Permission,
    Source,
    needed_for,
)
from linksite.intacct.sandbox import ATELIER_BRUME, Sandbox

from .conftest import SAMPLES

SOURCES = [source for dataset in DATASETS for source in dataset.sources]


def name_of(source: Source) -> str:
    return source.object or source.function


def slug_of(dataset: Dataset) -> str:
    return dataset.slug


def key_of(permission: Permission) -> str:
    return permission.key


def test_the_datasets_stand_in_reading_order() -> None:
    assert list(BY_SLUG) == [
        "accounts",
        "customers",
        "invoices",
        "suppliers",
        "bills",
        "bank-accounts",
        "trial-balance",
    ]


def test_there_are_eight_permissions_each_with_its_own_key() -> None:
    assert len(PERMISSIONS) == len(PERMISSION_BY_KEY) == 8


@pytest.mark.parametrize("dataset", DATASETS, ids=slug_of)
def test_staff_see_five_to_seven_columns_that_are_read(dataset: Dataset) -> None:
    shown = {column.field for column in dataset.columns}

    assert 5 <= len(dataset.columns) == len(shown) <= 7
    assert all(shown <= set(source.fields) for source in dataset.sources)
    assert {c.kind for c in dataset.columns} <= {"text", "date", "money", "tag"}


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_every_source_reads_its_key_and_no_field_twice(source: Source) -> None:
    assert source.key in source.fields
    assert len(source.fields) == len(set(source.fields))


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_every_source_has_a_sample(source: Source) -> None:
    assert (SAMPLES / f"rows-{name_of(source).lower()}.xml").is_file()


@pytest.mark.parametrize("permission", PERMISSIONS, ids=key_of)
def test_every_permission_says_what_it_is_needed_for(permission: Permission) -> None:
    assert needed_for(permission)
    assert permission.module and permission.name and permission.rights


def test_bank_accounts_need_two_permissions() -> None:
    needed = [p.name for p in PERMISSIONS if BY_SLUG["bank-accounts"] in needed_for(p)]

    assert needed == ["Checking accounts", "Savings accounts"]


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_keys_are_unique_within_a_source(source: Source) -> None:
    books = Sandbox().companies[ATELIER_BRUME].books
    rows = books.tables.get(source.object) or books.trial_balance()
    keys = [row[source.key] for row in rows]

    assert all(keys)
    assert len(keys) == len(set(keys))
