"""Records in bulk: the fastest way into each database, and the sweep of old ones."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import orjson
from django.db import connection as database
from django.db.models import Count

from linksite.models import Connection, Record

Row = tuple[str, dict[str, str | None], str]  # key, body, modified
Values = tuple[UUID | str, str, str, str, str, datetime | str]

_COLUMNS = "connection_id, dataset, key, body, modified, read_at"
_MERGE = """
ON CONFLICT (connection_id, dataset, key) DO UPDATE SET
body = excluded.body, modified = excluded.modified, read_at = excluded.read_at
"""
_INSERT = f"""
INSERT INTO linksite_record ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s) {_MERGE}
"""  # noqa: S608 the only values put in are the constants above


def store(
    connection: Connection, dataset: str, rows: Iterable[Row], *, read_at: datetime
) -> None:
    """Insert or replace the Records of one page; call it inside a transaction."""
    is_postgresql = database.vendor == "postgresql"
    # SQLite keeps a UUID as hex and a moment as text, as Django's own fields do.
    owner = connection.pk if is_postgresql else connection.pk.hex
    moment = read_at if is_postgresql else str(read_at)
    # A key that comes twice in a page counts once: the last row wins.
    unique = {key: (body, modified) for key, body, modified in rows}
    values = [
        (owner, dataset, key, orjson.dumps(body).decode(), modified, moment)
        for key, (body, modified) in unique.items()
    ]
    if is_postgresql:
        _copy(values)
    else:
        with database.cursor() as cursor:
            cursor.executemany(_INSERT, values)


def _copy(values: Sequence[Values]) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS incoming "  # noqa: S608 constants
            "ON COMMIT DELETE ROWS "
            f"AS SELECT {_COLUMNS} FROM linksite_record WITH NO DATA"
        )
        with cursor.copy(f"COPY incoming ({_COLUMNS}) FROM STDIN") as copy:
            for row in values:
                copy.write_row(row)
        cursor.execute(
            f"INSERT INTO linksite_record ({_COLUMNS}) "  # noqa: S608 constants
            f"SELECT {_COLUMNS} FROM incoming {_MERGE}"
        )
        cursor.execute("TRUNCATE incoming")


def sweep(connection: Connection, dataset: str, *, before: datetime) -> int:
    """Delete the Records that a whole reading since `before` did not meet again."""
    gone, _ = Record.objects.filter(
        connection=connection, dataset=dataset, read_at__lt=before
    ).delete()
    return gone


def counts(connection: Connection) -> dict[str, int]:
    """Return how many Records there are, by Dataset slug."""
    from_rows = (
        Record.objects.filter(connection=connection)
        .values_list("dataset")
        .annotate(number=Count("pk"))
    )
    return dict(from_rows)
