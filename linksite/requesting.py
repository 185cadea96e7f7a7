"""The verbs of an invitation: asking a Company for data, its Link URLs, its end."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings as site
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from linksite import integrations, vault, visiting
from linksite.models import (
    Company,
    IntegrationSettings,
    LinkRequest,
    LinkToken,
    User,
)

TOKEN_BYTES = 32
TOKEN_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class NotReady(Exception):
    """The Integration is off, or has no Sender: the Client's staff must act."""


class AlreadyOpen(Exception):
    """The Company has an open invitation, and one more Link URL was not asked for."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """The values we propose to paste into Sage Intacct."""

    user_id: str
    user_name: str
    role_name: str
    role_description: str
    sender_description: str


def request_data(
    company: Company,
    *,
    by: User | None,
    email: str = "",
    language: str = "",
    once: bool = False,
) -> tuple[LinkRequest, str]:
    """Invite a Company; return the invitation and a fresh Link URL.

    An open invitation is used again: its older Link URLs go on working. With `once`
    it is left alone. The token is in the URL only; we keep its HMAC. Raises NotReady,
    or AlreadyOpen.
    """
    if not integrations.settings_for(company.client).is_ready:
        raise NotReady
    with transaction.atomic():
        # Of two presses at once, the second waits and finds what the first has made.
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        known = company.link_requests.open().first()
        if known and once:
            raise AlreadyOpen
        link = known or LinkRequest(
            company=company,
            created_by=by,
            expires_at=timezone.now() + timedelta(days=site.LINK_DAYS),
        )
        is_new = link._state.adding
        link.email = email or link.email
        link.emailed_at = timezone.now() if email else link.emailed_at
        link.language = language or link.language
        link.save()
        if is_new:
            visiting.inherit(link)
        return link, fresh_url(link)


def fresh_url(link: LinkRequest) -> str:
    """Return one more Link URL of an invitation; its older ones go on working."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    LinkToken.objects.create(link_request=link, digest=_token_digest(token))
    return f"{site.SITE_URL}{reverse('onboarding:open', args=[token])}"


def find(token: str) -> LinkRequest | None:
    """Return the invitation behind a token, open or not; None if there is none."""
    shaped = token if TOKEN_SHAPE.fullmatch(token) else ""
    return LinkRequest.objects.filter(tokens__digest=_token_digest(shaped)).first()


def is_ready(link: LinkRequest) -> bool:
    """Return whether the Client's Integration can be used now."""
    return settings_of(link).is_ready


def is_one_time(link: LinkRequest) -> bool:
    """Return whether the company is read once, and its password then erased."""
    return settings_of(link).is_one_time


def sender_id(link: LinkRequest) -> str:
    """Return the Sender ID the customer must authorise (it is no secret)."""
    return settings_of(link).sender_id


def suggested(link: LinkRequest) -> Suggested:
    """Return the values to paste into Sage Intacct, made from the Client's name."""
    name = link.client.name
    stem = slugify(name).replace("-", "")[:20] or "linksite"
    return Suggested(
        user_id=f"{stem}_ws",
        user_name=_("%(requester)s, read-only") % {"requester": name},
        role_name=f"{stem}_readonly",
        role_description=_("Lets %(requester)s read, and nothing else")
        % {"requester": name},
        sender_description=_("%(requester)s, read-only") % {"requester": name},
    )


def stop_reminders(link: LinkRequest) -> None:
    """Remind the customer no more; once is for good."""
    link.reminders_stopped_at = link.reminders_stopped_at or timezone.now()
    link.save(update_fields=["reminders_stopped_at"])


def revoke(link: LinkRequest) -> None:
    """End every Link URL of an invitation at once."""
    link.revoked_at = link.revoked_at or timezone.now()
    link.save(update_fields=["revoked_at"])


def settings_of(link: LinkRequest) -> IntegrationSettings:
    """Return the Client's settings of the Integration that the invitation is about."""
    return integrations.settings_for(
        link.client, link.integration or integrations.SAGE_INTACCT.slug
    )


def _token_digest(token: str) -> str:
    return vault.digest("link", token)
