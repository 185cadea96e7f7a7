"""Invites the people whom a Solutions Engineer adds in the admin."""

import logging
from functools import partial
from typing import cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linksite.models import Client, Member, User
from portal import account_mails

Members = BaseInlineFormSet[Member, Client, ModelForm[Member]]

logger = logging.getLogger(__name__)


def invite(request: HttpRequest, user: User) -> None:
    """Mail a person who has never signed in a link to choose a password, and say so."""
    names = {"email": user.email}
    if not user.is_active or user.last_login:
        words = _("Not invited: %(email)s has signed in before, or is not active.")
        messages.warning(request, words % names)
        return
    try:
        account_mails.send_invitation(user, by=cast(User, request.user))
    except OSError:
        logger.warning("the mail server did not take the invitation of %s", user.pk)
        messages.error(request, _UNSENT % names)
    else:
        messages.success(request, _("Invitation sent to %(email)s") % names)


_UNSENT = gettext_lazy(
    "The invitation to %(email)s could not be sent. Everything is saved: try again "
    "later with “Send an invitation” in the list of users."
)


def invite_new(request: HttpRequest, members: Members) -> None:
    """Invite the people who have just become Members, once that is certain."""
    moved = [row for row, fields in members.changed_objects if "user" in fields]
    for member in [*members.new_objects, *moved]:
        transaction.on_commit(partial(invite, request, member.user))


@admin.action(permissions=["change"], description=gettext_lazy("Send an invitation"))
def send_invitations(
    users: admin.ModelAdmin[User], request: HttpRequest, chosen: QuerySet[User]
) -> None:
    """Invite the people who were ticked in the list."""
    for user in chosen:
        invite(request, user)
