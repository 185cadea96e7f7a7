"""The verbs from an invitation to a chosen Entity, and the way back."""

import hmac
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.utils import timezone

from linksite import (
    approval,
    budget,
    intacct,
    integrations,
    lanes,
    requesting,
    troubles,
    visiting,
)
from linksite.budget import SameAgain, TooManyTries
from linksite.lanes import Full
from linksite.models import (
    Connection,
    IntegrationSettings,
    LinkRequest,
    Notice,
    Probe,
)
from linksite.visiting import (
    agree,
    choose_software,
    confirm,
    give_company_id,
    start,
    unconfirm,
)

__all__ = [
    "Closed",
    "Full",
    "OtherCompany",
    "Overtaken",
    "SameAgain",
    "TooManyTries",
    "agree",
    "choose_software",
    "confirm",
    "give_company_id",
    "start",
    "unconfirm",
]


class Closed(Exception):
    """The invitation was revoked, or expired, in the meantime."""


class Overtaken(Exception):
    """Somebody else answered otherwise meanwhile; nothing was written over."""


class OtherCompany(Exception):
    """The Company was linked to another Sage Intacct company, with the ID `known`.

    The customer must say that the new one is meant.
    """

    def __init__(self, known: str = "") -> None:
        super().__init__(known)
        self.known = known


def connection(link: LinkRequest) -> Connection | None:
    """Return the live Connection of the invited Company, if there is one."""
    return link.company.connections.live().first()


def sign_in(
    link: LinkRequest,
    *,
    company_id: str,
    user_id: str,
    password: str,
    another: bool = False,
    replaces: datetime | Literal["any"] | None = "any",
) -> Connection:
    """Sign in at the gateway and keep the login, sealed, if it is accepted.

    With `another` it may be another Sage Intacct company than before: the Connection
    then waits for staff to approve it. `replaces` is when the sign-in that the
    customer was shown took place. One attempt, counted against the budget, within 20
    seconds. Raises requesting.NotReady, OtherCompany, Full, TooManyTries, SameAgain,
    Closed, Overtaken, vault.Unreadable, or what the gateway said
    (intacct.IntacctError, intacct.Unsendable); then nothing is stored but what
    stopped it.
    """
    settings = requesting.settings_of(link)
    if not settings.is_ready:
        raise requesting.NotReady
    known = _other_company(link, company_id)
    if known and not another:
        raise OtherCompany(known)
    login = intacct.Login(company_id, user_id, password)
    if company_id != link.intacct_company_id:
        _correct_company_id(link, company_id)
    with lanes.sign_ins.hold(), troubles.noted(link, user_id=user_id):
        entities = _try(settings, login)
    return _store(link, login, entities, replaces)


@transaction.atomic
def _correct_company_id(link: LinkRequest, company_id: str) -> None:
    if visiting.locked(link).intacct_company_id != link.intacct_company_id:
        raise Overtaken
    visiting.give_company_id(link, company_id=company_id)


def is_same_login(row: Connection, login: intacct.Login) -> bool:
    """Return whether this is the login that a Connection holds already."""
    if (row.intacct_company_id, row.user_id) != (login.company_id, login.user_id):
        return False
    return bool(row.password_sealed) and hmac.compare_digest(
        integrations.password_of(row).encode(), login.password.encode()
    )


def _try(settings: IntegrationSettings, login: intacct.Login) -> list[intacct.Entity]:
    ticket = budget.take(login.company_id, login.user_id, login.password)
    try:
        with integrations.client_for_sign_in(settings, login) as client:
            client.sign_in()
            ticket.accepted()
            integrations.note_sender(settings, refused=False)
            return client.entities()
    except intacct.SignInRefused as error:
        if error.outcome == "bad_login":
            ticket.refused()
        else:
            ticket.unused()
        raise
    except intacct.SenderRefused:
        ticket.unused()
        integrations.note_sender(settings, refused=True)
        raise
    except Exception:
        ticket.unused()
        raise


def _other_company(link: LinkRequest, company_id: str) -> str:
    """Return the ID of the company linked before, if `company_id` is another one."""
    known = approval.known_company_id(link.company)
    return known if known.casefold() != company_id.strip().casefold() else ""


@transaction.atomic
def _store(
    link: LinkRequest,
    login: intacct.Login,
    entities: list[intacct.Entity],
    replaces: datetime | Literal["any"] | None,
) -> Connection:
    if not visiting.locked(link).is_open:
        raise Closed
    known = connection(link)
    if replaces not in ("any", known.signed_in_at if known else None):
        if known and is_same_login(known, login):
            return known
        raise Overtaken
    row = known or Connection(
        company=link.company, integration=link.integration or "sage-intacct"
    )
    row.link_request = link
    before = _other_company(link, login.company_id)
    is_back = row.held_at is not None and not before
    if before:
        approval.hold(row, known=before)
    elif is_back:
        approval.release(row)
    was = _place(row)
    if row.intacct_company_id.casefold() != login.company_id.casefold():
        row.entity_id, row.entity_name = None, ""
    row.intacct_company_id, row.user_id = login.company_id, login.user_id
    row.signed_in_at = timezone.now()
    row.trouble, row.trouble_at = "", None
    row.entities = [
        {"id": entity.id, "name": entity.name, "currency": entity.currency}
        for entity in entities
    ]
    integrations.seal_password(row, login.password)
    _fit_entity(row)
    is_elsewhere = _place(row) != was
    if is_elsewhere:
        _ask_anew(row)
    row.save()
    if is_elsewhere:
        _drop_read(row)
    if before:
        approval.tell(row)
    # What was found of another company or Entity says nothing of this one.
    stale = row.probes.all() if is_elsewhere or is_back else row.probes.unfinished()
    stale.delete()
    if row.has_entity:
        Probe.objects.create(connection=row)
    troubles.clear(link)
    visiting.note(link, "sign-in")
    visiting.settle(link)
    return row


def _place(row: Connection) -> tuple[str, str | None]:
    """Return what the customer says yes to: which company, and which Entity."""
    return row.intacct_company_id.casefold(), row.entity_id


def _ask_anew(row: Connection) -> None:
    """Forget what was seen and said of another company or Entity."""
    row.first_look, row.left_out_at, row.linked_at = {}, None, None


def _drop_read(row: Connection) -> None:
    """Stop reading elsewhere, and delete what was read there.

    Unless no Entity is chosen yet, or staff have yet to decide whether it goes. After
    the Connection is saved, never before: a press on "Finish" may be under way.
    """
    row.syncs.unfinished().delete()
    if row.has_entity and not row.held_at:
        row.syncs.all().delete()
        row.records.all().delete()


def _fit_entity(row: Connection) -> None:
    known = {entity["id"] for entity in row.entities}
    if not known:
        row.entity_id, row.entity_name = "", ""
    elif row.entity_id and row.entity_id not in known:
        row.entity_id, row.entity_name = None, ""
    if row.entity_id is None and len(row.entities) == 1:
        only = row.entities[0]
        row.entity_id, row.entity_name = only["id"], only["name"]


@transaction.atomic
def choose_entity(row: Connection, *, entity_id: str) -> None:
    """Choose the Entity to read ("" is the top level) and ask for a Probe.

    Of another one than before nothing is read until the customer says that it is
    the right one. Raises LookupError when the user cannot enter it.
    """
    names = {entity["id"]: entity["name"] for entity in row.entities} | {"": ""}
    name = names[entity_id]
    is_elsewhere = row.entity_id != entity_id
    if is_elsewhere:
        _ask_anew(row)
    row.entity_id, row.entity_name = entity_id, name
    row.save(
        update_fields=[
            "entity_id",
            "entity_name",
            "first_look",
            "left_out_at",
            "linked_at",
        ]
    )
    if is_elsewhere:
        _drop_read(row)
        row.probes.all().delete()
    row.probes.unfinished().delete()
    Probe.objects.create(connection=row)


@transaction.atomic
def disconnect(row: Connection, *, asks_erasure: bool = False) -> None:
    """End a Connection: reading stops and the password is erased; Records stay.

    With `asks_erasure`, the customer asks the staff to delete them.
    """
    if row.held_at:
        approval.release(row)
    row.unlinked_at = timezone.now()
    row.erasure_asked_at = row.unlinked_at if asks_erasure else None
    row.password_sealed = ""
    row.save()
    row.probes.unfinished().delete()
    row.syncs.unfinished().delete()
    if row.link_request:
        for kind in (Notice.Kind.GONE, Notice.Kind.GONE_STAFF):
            row.link_request.notices.get_or_create(
                kind=kind, about=row.pk.hex, defaults={"connection": row}
            )
