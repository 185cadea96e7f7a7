"""The mails the site sends, in the reader's language, as text and HTML.

A mail `x` is three templates: `mail/x-subject.txt`, `mail/x.txt` (extends
`mail/base.txt`) and `mail/x.html` (extends `mail/base.html`), and one function here.
Each may raise what the mail server raises (OSError; smtplib's errors are OSErrors).
"""

from collections.abc import Mapping
from email.utils import formataddr, parseaddr

from django.conf import settings as site
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from linksite.models import Client, Handover, LinkRequest, User


def send_link(link: LinkRequest, url: str, *, to: str, language: str, by: User) -> None:
    """Mail a Link URL; answers go to the staff member."""
    context = {
        "company": link.company.name,
        "sender_name": by.name,
        "url": url,
        "expires_at": link.expires_at,
    }
    _send(
        "link",
        context,
        client=link.client,
        to=to,
        language=language,
        reply_to=by.email,
    )


def send_code(link: LinkRequest, code: str) -> None:
    """Mail the six-digit code for a second device to the invited address."""
    context = {"code": code}
    _send("code", context, client=link.client, to=link.email, language=link.language)


def send_handover(handover: Handover, url: str) -> None:
    """Mail a colleague their own link, in words that nobody can change."""
    link = handover.link_request
    context = {
        "company": link.company.name,
        "is_single": handover.is_single,
        "url": url,
        "expires_at": link.expires_at,
    }
    _send(
        "handover",
        context,
        client=link.client,
        to=handover.email,
        language=handover.language,
        reply_to=site.SUPPORT_EMAIL,
    )


def send_asked(link: LinkRequest, *, is_sent: bool) -> None:
    """Tell the staff member who invited that somebody holds a dead link of theirs.

    `is_sent`: a new one was mailed already; else it is for staff to decide.
    """
    staff = link.created_by
    if staff is None or not staff.is_active:
        return
    page = reverse("portal:request-data", args=[link.company_id])
    context = {
        "company": link.company.name,
        "email": link.email,
        "is_sent": is_sent,
        "is_revoked": link.revoked_at is not None,
        "url": site.SITE_URL + page,
    }
    _send(
        "asked",
        context,
        client=link.client,
        to=staff.email,
        language=staff.language or translation.get_language() or "",
        reply_to=site.SUPPORT_EMAIL,
    )


def _send(
    name: str,
    context: Mapping[str, object],
    *,
    client: Client,
    to: str,
    language: str = "",
    reply_to: str = "",
    headers: dict[str, str] | None = None,
) -> None:
    """Render the mail `name` and send it to one address, in the Client's name.

    The templates get `context`, `requester`, `subject` and `SUPPORT_EMAIL`. A `url`
    in the context becomes the button, and the address in full below it.
    """
    validate_email(to)  # One address: a comma would make it a list.
    shared = {"requester": client.name, "SUPPORT_EMAIL": site.SUPPORT_EMAIL}
    context = {**shared, **context}
    with translation.override(language or translation.get_language()):
        subject = _one_line(render_to_string(f"mail/{name}-subject.txt", context))
        context["subject"] = subject
        mail = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string(f"mail/{name}.txt", context),
            from_email=_sender(client),
            to=[to],
            reply_to=[reply_to] if reply_to else None,
            headers=headers,
        )
        html = render_to_string(f"mail/{name}.html", context)
        mail.attach_alternative(html, "text/html")
    mail.send()


def _sender(client: Client) -> str:
    """Return our address under the Client's name: "Alder & Finch via Linksite"."""
    ours, address = parseaddr(site.DEFAULT_FROM_EMAIL)
    names = {"client": _one_line(client.name), "site": ours or site.BRAND_NAME}
    return formataddr((_("%(client)s via %(site)s") % names, address))


def _one_line(text: str) -> str:
    return " ".join(text.split())
