"""The mails the site sends, in the reader's language."""

from django.conf import settings as site
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from linksite.models import LinkRequest, User


def send_link(link: LinkRequest, url: str, *, to: str, language: str, by: User) -> None:
    """Mail a Link URL, as text and HTML, in `language`; answers go to the staff member.

    Raises what the mail server raises (OSError, smtplib.SMTPException).
    """
    context = {
        "link": link,
        "requester": link.client.name,
        "company": link.company.name,
        "sender_name": by.name,
        "url": url,
        "expires_at": link.expires_at,
        "SUPPORT_EMAIL": site.SUPPORT_EMAIL,
    }
    with translation.override(language):
        mail = EmailMultiAlternatives(
            subject=_one_line("mail/link-subject.txt", context),
            body=render_to_string("mail/link.txt", context),
            to=[to],
            reply_to=[by.email],
        )
        mail.attach_alternative(
            render_to_string("mail/link.html", context), "text/html"
        )
    mail.send()


def send_code(link: LinkRequest, code: str) -> None:
    """Mail the six-digit code for a second device to the invited address."""
    context = {"link": link, "requester": link.client.name, "code": code}
    with translation.override(link.language or translation.get_language()):
        mail = EmailMessage(
            subject=_one_line("mail/code-subject.txt", context),
            body=render_to_string("mail/code.txt", context),
            to=[link.email],
        )
    mail.send()


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
    with translation.override(staff.language or translation.get_language()):
        mail = EmailMessage(
            subject=_one_line("mail/asked-subject.txt", context),
            body=render_to_string("mail/asked.txt", context),
            to=[staff.email],
        )
    mail.send()


def _one_line(template: str, context: dict[str, object]) -> str:
    return " ".join(render_to_string(template, context).split())
