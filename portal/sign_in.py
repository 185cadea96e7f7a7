"""How people sign in: nobody signs up, and each lands where they work."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.urls import reverse

from linksite import vault
from linksite.models import Member, User

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


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # no types
    """What allauth's second factor asks of the site."""

    def encrypt(self, text: str) -> str:
        """Seal a seed or a recovery code."""
        return vault.seal(text, place=vault.SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a seed or a recovery code."""
        return vault.open_sealed(encrypted_text, place=vault.SECOND_FACTOR)
