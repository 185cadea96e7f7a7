"""What a trial balance shows beyond its rows: the accounts' names, and the totals."""

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform

from linksite import intacct
from linksite.models import Connection, Record
from portal import figures

TABLE = intacct.BY_SLUG["trial-balance"]
NAME = intacct.Column("TITLE", "Name", "text")
_TITLE = KeyTextTransform(NAME.field, "body")


def name(connection: Connection, records: list[Record]) -> tuple[intacct.Column, ...]:
    """Give each row its account's name, as far as known; return the columns to show.

    A row holds the number only; the name is in the chart of accounts, if it was read.
    """
    known = _accounts(connection).filter(key__in=[record.key for record in records])
    names = dict(known.annotate(name=_TITLE).values_list("key", "name"))
    for record in records:
        record.body[NAME.field] = names.get(record.key)
    number, *amounts = TABLE.columns
    return (number, NAME, *amounts) if names else TABLE.columns


def called(connection: Connection, q: str) -> QuerySet[Record, str]:
    """Return the numbers of the accounts with `q` in their name."""
    found = _accounts(connection).alias(name=_TITLE).filter(name__icontains=q)
    return found.values_list("key", flat=True)


def totals(connection: Connection) -> figures.Body:
    """Return the sums of all rows, not of a page: debits and credits must agree."""
    amounts = [column.field for column in TABLE.columns if column.kind == "money"]
    bodies = connection.records.filter(dataset=TABLE.slug)
    return figures.sums(bodies.values_list("body", flat=True), amounts)


def _accounts(connection: Connection) -> QuerySet[Record]:
    return connection.records.filter(dataset="accounts")
