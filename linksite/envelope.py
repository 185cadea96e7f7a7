"""Puts a mail into the reader's language and its sender's name, and sends it."""

from collections.abc import Mapping
from email.utils import formataddr, parseaddr

from django.conf import settings as site
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext

from linksite.models import Branding, Client


def send(
    name: str,
    context: Mapping[str, object],
    *,
    client: Client | None,
    to: str,
    language: str = "",
    reply_to: str = "",
    headers: dict[str, str] | None = None,
) -> None:
    """Render the mail `name` and send it to one address, in the Client's name.

    Without a Client it comes from the Portal itself, under the brand's name.
    The templates get `context`, `requester`, `subject`, `SUPPORT_EMAIL` and `contact`,
    the address for questions: the Client's own, if they gave one. A `url` in the
    context becomes the button, and the address in full below it.
    """
    validate_email(to)  # One address: a comma would make it a list.
    branding = Branding.objects.filter(client=client).first() or Branding()
    with (
        translation.override(language or translation.get_language()),
        timezone.override(None),  # not that of whoever made us send it
    ):
        shared = {
            "requester": client.name if client else _portal(),
            "SUPPORT_EMAIL": site.SUPPORT_EMAIL,
            "contact": branding.support_email or site.SUPPORT_EMAIL,
        }
        context = {**shared, **context}
        subject = _one_line(render_to_string(f"mail/{name}-subject.txt", context))
        context["subject"] = subject
        mail = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string(f"mail/{name}.txt", context),
            from_email=_sender(client, branding),
            to=[to],
            reply_to=[reply_to] if reply_to else None,
            headers=headers,
        )
        html = render_to_string(f"mail/{name}.html", context)
        mail.attach_alternative(html, "text/html")
    mail.send()


def _portal() -> str:
    return gettext("%(BRAND_NAME)s Portal") % {"BRAND_NAME": site.BRAND_NAME}


def _sender(client: Client | None, branding: Branding) -> str:
    """Return our address under the Client's name: "Alder & Finch via Linksite"; or
    under that of the Portal.
    """
    ours, address = parseaddr(site.DEFAULT_FROM_EMAIL)
    if client is None:
        return formataddr((_portal(), address))
    name = _one_line(branding.mail_name or client.name)
    names = {"client": name, "site": ours or site.BRAND_NAME}
    return formataddr((gettext("%(client)s via %(site)s") % names, address))


def _one_line(text: str) -> str:
    # Not split(): it would take a no-break space for any other.
    return " ".join(filter(None, map(str.strip, text.splitlines())))
