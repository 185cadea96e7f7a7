"""How people sign in: nobody signs up, and each lands where they work."""

import logging
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from linksite import vault
from linksite.models import Member, User
from portal import account_mails

logger = logging.getLogger(__name__)

# The page that follows says it already.
QUIET = frozenset({"account/messages/logged_in.txt", "account/messages/logged_out.txt"})


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth asks of the site."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Close sign-up: Solutions Engineers make the users."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Send Members to the Portal, and staff who are none to the admin."""
        user = cast(User, request.user)  # allauth asks only once somebody is in
        if user.is_staff and not Member.objects.filter(user=user).exists():
            return reverse("admin:index")
        return reverse("portal:home")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Go back to the sign-in page."""
        return reverse("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Go back to the account's page."""
        return reverse("portal:account")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Leave out the messages that say what the next page shows."""
        if message_template not in QUIET:
            super().add_message(request, level, message_template, *args, **kwargs)

    def send_password_reset_mail(self, user: User, *args: Any) -> None:
        """Mail the way to a new password in our words, or say that it did not go."""
        try:
            account_mails.send_password(user)
        except OSError:
            logger.warning("the mail server did not take a new password's link")
            said = _("The email could not be sent. Try again later")
            messages.error(self.request, said)

    def send_notification_mail(
        self, template_prefix: str, user: User, *args: Any, **kwargs: Any
    ) -> None:
        """Mail what was changed in our words; the change itself stands anyway."""
        try:
            account_mails.send_change(user, change=template_prefix)
        except OSError:
            logger.warning("the mail server did not take %s", template_prefix)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # no types
    """What allauth's second factor asks of the site."""

    def get_totp_issuer(self) -> str:
        """Return the name that the authenticator app lists us under."""
        return str(settings.BRAND_NAME)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name us to the person's device; the host stays what it trusts."""
        host: dict[str, str] = super().get_public_key_credential_rp_entity()
        return host | {"name": settings.BRAND_NAME}

    def encrypt(self, text: str) -> str:
        """Seal a seed or a recovery code."""
        return vault.seal(text, place=vault.SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a seed or a recovery code."""
        return vault.open_sealed(encrypted_text, place=vault.SECOND_FACTOR)
