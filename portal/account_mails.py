"""The mails about a person's account: the way to a password, and what was changed.

allauth or a Solutions Engineer decides when; the words and the frame are ours. Each
may raise what the mail server raises (OSError; smtplib's errors are OSErrors).
"""

from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linksite import envelope
from linksite.models import Member, User

_CHOSEN = _("A new password was chosen")
# allauth's name of a change: what the mail says of it.
CHANGES = {
    "account/email/password_changed": _CHOSEN,
    "account/email/password_reset": _CHOSEN,
    "account/email/password_set": _CHOSEN,
    "mfa/email/totp_activated": _("An authenticator app was added"),
    "mfa/email/totp_deactivated": _("The authenticator app was removed"),
    "mfa/email/webauthn_added": _("A security key was added"),
    "mfa/email/webauthn_removed": _("A security key was removed"),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made"),
}


def send_password(user: User) -> None:
    """Mail somebody who forgot their password the link to choose a new one."""
    _send("password", user, _way_in(user))


def send_invitation(user: User, *, by: User) -> None:
    """Mail a new person who invited them, and the link to choose a password."""
    member = Member.objects.select_related("client").filter(user=user).first()
    context = {
        **_way_in(user),
        "inviter": str(by),
        "client": member.client.name if member else "",
        "sign_in_url": _sign_in_url(),
    }
    _send("invitation", user, context, reply_to=by.email)


def send_change(user: User, *, change: str) -> None:
    """Mail a person what was just changed in their account."""
    context = {
        "change": CHANGES.get(change, _("Your account was changed")),
        "at": timezone.now(),
        "url": _sign_in_url(),
    }
    _send("account-change", user, context)


def _send(
    name: str, user: User, context: dict[str, object], *, reply_to: str = ""
) -> None:
    envelope.send(
        name,
        {"email": user.email, **context},
        client=None,
        to=user.email,
        language=user.language,
        reply_to=reply_to,
    )


def _way_in(user: User) -> dict[str, object]:
    """Return the link that sets a password, once, and until when."""
    key = {
        "uidb36": user_pk_to_url_str(user),
        "key": default_token_generator.make_token(user),
    }
    path = reverse("account_reset_password_from_key", kwargs=key)
    lasts = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    # Not the host of whoever asked: the link is somebody's key.
    return {"url": settings.SITE_URL + path, "expires_at": timezone.now() + lasts}


def _sign_in_url() -> str:
    url: str = settings.SITE_URL + reverse("account_login")
    return url
