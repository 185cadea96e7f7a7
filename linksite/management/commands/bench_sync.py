"""Measures one task against any gateway: reads it through the product's own code."""

import os
import time
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection as database
from django.utils import timezone

from linksite import benching, intacct, integrations, records, syncing
from linksite.models import Client, Company, Connection, User

NAME = "Benchmark"
PATH = urlsplit(intacct.GATEWAY_URL).path
# The Sandbox's Sender and company; a test compares them.
DEFAULTS = {
    "GW_SENDER_ID": "linksite-sandbox",
    "GW_SENDER_PASSWORD": "Sandbox-Sender-1",
    "GW_COMPANY_ID": "AtelierBrume",
    "GW_USER_ID": "alderfinch_ws",
    "GW_PASSWORD": "Sandbox-Pass-1",
}
OBJECTS = [
    "ACCOUNTALLOCATION",
    "APADJUSTMENT",
    "APBILL",
    "APPYMT",
    "ARADJUSTMENT",
    "ARINVOICE",
    "ARPYMT",
    "CHECKINGACCOUNT",
    "CLASS",
    "CONTACT",
    "CUSTOMER",
    "DEPARTMENT",
    "EMPLOYEE",
    "EXPENSEREPORT",
    "GLACCOUNT",
    "GLBATCH",
    "GLENTRY",
    "ITEM",
    "LOCATION",
    "PROJECT",
    "SAVINGSACCOUNT",
    "TAXDETAIL",
    "TERM",
    "VENDOR",
    "WAREHOUSE",
]


class Command(BaseCommand):
    """Do TASK against the gateway at GW_URL and print one line of JSON."""

    help = (
        "Measure TASK (read, probe or import) against the gateway at GW_URL, in a "
        "database of its own or the empty one of DATABASE_URL."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Set up, do the task, print the figures."""
        task = TASKS.get(os.environ.get("TASK", "read"))
        if task is None:
            raise CommandError("TASK is read, probe or import")
        _point_at_gateway(os.environ.get("GW_URL", ""))
        connection = _make_connection()
        started = time.perf_counter()
        number, requests = task(connection)
        seconds = time.perf_counter() - started
        self.stdout.write(benching.line(number, seconds, requests), ending="")


def _point_at_gateway(address: str) -> None:
    """Make GW_URL the gateway of this process, whatever host it names."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise CommandError("GW_URL is the address of a gateway: http://127.0.0.1:8001")
    path = PATH if parts.path in ("", "/") else parts.path
    settings.GATEWAY_URL = f"{parts.scheme}://{parts.netloc}{path}"
    settings.GATEWAY_TEST_HOSTS = frozenset({parts.netloc})
    integrations.echoes_company = False
    if authority := os.environ.get("SSL_CERT_FILE"):
        intacct.trust(authority)


def _make_connection() -> Connection:
    """Make the tables, a Client with a Sender, and a Connection that is signed in."""
    _make_tables()
    if Client.objects.exclude(name=NAME).exists():
        raise CommandError("DATABASE_URL holds a site: bench_sync wants an empty one")
    Client.objects.filter(name=NAME).delete()
    by, _ = User.objects.get_or_create(email="bench@linksite.example")
    client = Client.objects.create(name=NAME)
    use = integrations.settings_for(client)
    given = DEFAULTS | {
        name: os.environ[name] for name in DEFAULTS if os.environ.get(name)
    }
    integrations.save_sender(
        use,
        sender_id=given["GW_SENDER_ID"],
        password=given["GW_SENDER_PASSWORD"],
        by=by,
    )
    integrations.switch(use, on=True, by=by)
    connection = Connection(
        company=Company.objects.create(client=client, name=NAME, is_test=True),
        intacct_company_id=given["GW_COMPANY_ID"],
        user_id=given["GW_USER_ID"],
        signed_in_at=timezone.now(),
        linked_at=timezone.now(),
        entity_id="",
    )
    integrations.seal_password(connection, given["GW_PASSWORD"])
    connection.save()
    return connection


def _make_tables() -> None:
    if database.introspection.table_names():
        return
    if database.vendor != "sqlite":
        call_command("migrate", verbosity=0, interactive=False)
        return
    # The tables as the migrations leave them, in a tenth of the time.
    with database.schema_editor() as editor:
        for model in apps.get_models():
            editor.create_model(model)


def _read(connection: Connection) -> tuple[int, int]:
    """Read every invoice into Records, as a worker does."""
    invoices = intacct.BY_SLUG["invoices"]
    sync = syncing.queue(connection)
    while sync.finished_at is None:
        syncing.run(sync.pk, [invoices])
        sync.refresh_from_db()
        _go_on_if_well(sync.outcome)
    _go_on_if_well(sync.readings.get().outcome)
    return records.counts(connection)[invoices.slug], sync.posts


def _go_on_if_well(outcome: str) -> None:
    if outcome:
        raise CommandError(f"the gateway: {outcome}")


def _probe(connection: Connection) -> tuple[int, int]:
    """Sign in and look at 25 objects, as a Probe looks at those it needs."""
    right = intacct.PERMISSIONS[0]
    sources = [intacct.Source(name, "RECORDNO", (), right) for name in OBJECTS]
    with integrations.client_for(connection) as client:
        checks = client.look(sources)
        return len(checks), client.posts


TASKS = {"read": _read, "probe": _probe}
