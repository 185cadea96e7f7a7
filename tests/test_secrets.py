"""Planted secrets are looked for everywhere, in every disguise, and never found."""

import base64
import json
import logging
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection as database
from django.test import Client as Visitor

from linksite import integrations, linking, requesting
from linksite.errors import LineFormatter
from linksite.models import Connection
from tests.conftest import PASSWORD

CUSTOMER_PASSWORD = "Kept<&>Quiet 7Qk2vXo9"
WRONG_PASSWORD = "Wrong<&>Quiet 3Zr8tYw1"
SENDER_PASSWORD = "Sender<&>Quiet 5Lm4nBc6"

pytestmark = pytest.mark.django_db(transaction=True)


class Witness:
    """Keeps all that the site says: pages, headers and log lines."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.heard = visitor, []

    def get(self, path: str) -> None:
        """Open a page."""
        self.listen(self.visitor.get(path))

    def post(self, path: str, **fields: str) -> None:
        """Send a form, and open the page that follows."""
        answer = self.visitor.post(path, fields)
        self.listen(answer)
        if answer.status_code == 303:
            self.get(answer.headers["Location"])

    def listen(self, answer) -> None:
        """Keep an answer."""
        self.heard += [answer.content.decode(), str(answer.headers)]


def disguises(secret: str) -> Iterator[bytes]:
    """Yield a secret as it could look in a file, a page, an address or a log."""
    raw = secret.encode()
    yield from (raw, quote(secret).encode(), escape(secret).encode())
    yield from (repr(secret)[1:-1].encode(), json.dumps(secret)[1:-1].encode())
    yield from (
        secret.encode("utf-16-le"),
        secret.encode("utf-16-be"),
        raw.hex().encode(),
    )
    # Base64 of a longer text that holds the secret, at each of the three offsets.
    for offset in range(3):
        encoded = base64.b64encode(b"x" * offset + raw)
        yield encoded[4:-4]


def hidden_in(haystack: bytes, secret: str) -> bool:
    """Return whether the secret can be found."""
    return any(shape in haystack for shape in disguises(secret))


def stored() -> bytes:
    """Return all that the database keeps: the files themselves, or every row."""
    if database.vendor == "sqlite":
        path = Path(str(database.settings_dict["NAME"]))
        files = [path, *path.parent.glob(f"{path.name}-*")]
        # Another process reads them: closing the file in this one would drop the
        # locks that SQLite holds on it, and the next writer could spoil it.
        return subprocess.check_output(["cat", *files])
    rows = [list(model.objects.values_list()) for model in apps.get_models()]
    return repr(rows).encode()


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Collect every log line of every level, as the site's own handler writes it."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler, root = Keeper(), logging.getLogger()
    handler.setFormatter(LineFormatter("{name}: {message}", style="{"))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def walked(sandbox, company, member, finish, monkeypatch, logged) -> dict[str, bytes]:
    """Walk both faces with planted secrets; return all that could hold one."""
    sandbox.senders["linksite-sandbox"] = SENDER_PASSWORD
    sandbox.companies["CoopRives"].set_password("alderfinch_ws", CUSTOMER_PASSWORD)
    staff, customer = Witness(Visitor()), Witness(Visitor())
    staff.visitor.login(email=member.user.email, password=PASSWORD)
    set_up(staff)
    _, url = requesting.request_data(company, by=member.user, email="c@example.com")
    path = url.removeprefix(integrations.site.SITE_URL)
    walk(customer, path, monkeypatch)
    finish(Connection.objects.get())
    customer.get("/link/linked/")
    look_around(staff, company)
    # All of it really happened, with these very secrets.
    connection = Connection.objects.get()
    use = integrations.settings_for(company.client)
    assert connection.status == "linked"
    assert integrations.password_of(connection) == CUSTOMER_PASSWORD
    assert integrations.sender_of(use).password == SENDER_PASSWORD
    return {
        "token": path.split("/")[2].encode(),
        "pages": "".join(staff.heard + customer.heard).encode(),
        "database": stored(),
        "logs": "\n".join(logged).encode(),
        "mails": "".join(str(m.message()) for m in mail.outbox).encode(),
    }


def set_up(staff: Witness) -> None:
    """Enter the partner credentials."""
    settings = "/portal/settings/integrations/accounting/sage-intacct/"
    staff.get(settings)
    page = "".join(staff.heard)
    staff.post(
        settings,
        changed_at=re.search(r'name="changed_at" value="([^"]+)"', page).group(1),
        sender_id="linksite-sandbox",
        sender_password=SENDER_PASSWORD,
        mode="continuous",
        refresh_hours="24",
        test="yes",
    )


def walk(customer: Witness, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign in: once wrongly, once into a broken site, once rightly."""
    customer.visitor.post(path)
    customer.post("/link/software/", software="sage-intacct")
    customer.post("/link/before-you-start/", agree="on")
    customer.post("/link/company-id/", company_id="CoopRives")
    for step in ("web-services", "sender", "web-services-user"):
        customer.post(f"/link/{step}/")
    details = {"company_id": "CoopRives", "user_id": "alderfinch_ws"}
    customer.post("/link/sign-in/", **details, password=WRONG_PASSWORD)
    with monkeypatch.context() as broken:
        broken.setattr(linking, "_store", fall_over)
        customer.visitor.raise_request_exception = False
        customer.post("/link/sign-in/", **details, password=CUSTOMER_PASSWORD)
    customer.post("/link/sign-in/", **details, password=CUSTOMER_PASSWORD)


def fall_over(*args: object) -> None:
    raise RuntimeError("planted: a mistake of ours, with secrets in every frame")


def look_around(staff: Witness, company) -> None:
    """Open every page of staff that could show too much."""
    for page in ("", "request-data/", "data/invoices/"):
        staff.get(f"/portal/companies/{company.pk}/{page}")
    staff.post(
        f"/portal/companies/{company.pk}/request-data/send/",
        email="a@b.example",
        language="fr",
    )
    staff.get("/portal/settings/integrations/accounting/sage-intacct/")
    staff.get("/portal/companies/")


def test_no_password_and_no_link_token_is_found_anywhere(walked) -> None:
    passwords = (CUSTOMER_PASSWORD, WRONG_PASSWORD, SENDER_PASSWORD)
    token = walked.pop("token").decode()

    for place, kept in walked.items():
        assert kept, place
        # The mail is where the token belongs.
        secrets = passwords if place == "mails" else (*passwords, token)
        found = [number for number, one in enumerate(secrets) if hidden_in(kept, one)]
        assert found == [], place


@pytest.mark.parametrize("shape", range(11))
def test_the_search_itself_finds_every_disguise(shape: int) -> None:
    disguise = list(disguises(CUSTOMER_PASSWORD))[shape]

    assert hidden_in(b"...." + disguise + b"....", CUSTOMER_PASSWORD)


def test_a_log_line_masks_the_token_and_forges_no_other() -> None:
    record = logging.LogRecord(
        "x", 20, "", 0, "GET /l/%s/ %s", ("a" * 43, 'u\r\n{"x"\x1b'), None
    )

    line = LineFormatter("{message}", style="{").format(record)

    assert line == 'GET /l/…/ u\\r\n  | {"x"\\x1b'
