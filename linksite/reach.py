"""What of a company is within our reach: what the customer left out, what is read."""

from linksite import intacct
from linksite.models import Connection, Probe


def last_probe(connection: Connection) -> Probe | None:
    """Return the newest Probe that came to its end."""
    if "still_probe" in vars(connection):
        return connection.still_probe
    return connection.probes.filter(finished_at__isnull=False, outcome="").first()


def hold_still(connection: Connection) -> None:
    """Have all that is asked of this row from now on answered as of this moment.

    A worker may finish a Probe while a page is made, and the head of that page would
    contradict its foot.
    """
    connection.still_probe = last_probe(connection)
    # After the Probe: what its end wrote beside it is read then, too.
    connection.refresh_from_db(fields=["first_look"])


def left_out(connection: Connection) -> tuple[intacct.Permission, ...]:
    """Return the Permissions that are missing, and that the customer goes without.

    What the company has not subscribed to is not the customer's choice.
    """
    last = last_probe(connection) if connection.left_out_at else None
    results = last.results if last else {}
    return tuple(
        permission
        for permission in intacct.PERMISSIONS
        if (found := results.get(permission.key, {})).get("state") == intacct.MISSING
        and found["outcome"] != "object_unavailable"
        and not intacct.is_required(permission)
    )


def datasets_left_out(connection: Connection) -> tuple[intacct.Dataset, ...]:
    """Return the Datasets that the customer goes without, in the table's order."""
    missing = left_out(connection)
    return tuple(
        dataset
        for dataset in intacct.DATASETS
        if any(source.permission in missing for source in dataset.sources)
    )
