"""The way through Sage Intacct to each page we name, in its own words.

French pages show the French label over the English one, because a French reader may
have the English interface. To change a label: its msgstr in locale/fr.
"""

from dataclasses import dataclass

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

COMPANY = pgettext_lazy("Sage Intacct", "Company")
SETUP = pgettext_lazy("Sage Intacct", "Setup")
ADMIN = pgettext_lazy("Sage Intacct", "Admin")
GENERAL = pgettext_lazy("Sage Intacct", "General information")
SECURITY = pgettext_lazy("Sage Intacct", "Security")
SUBSCRIPTIONS = pgettext_lazy("Sage Intacct", "Subscriptions")
WEB_SERVICES = pgettext_lazy("Sage Intacct", "Web Services")
WEB_SERVICES_USERS = pgettext_lazy("Sage Intacct", "Web Services users")
MULTI_ENTITY = pgettext_lazy("Sage Intacct", "Multi-Entity Management")
CONFIGURE = pgettext_lazy("Sage Intacct", "Configure")
USER_ENTITIES = pgettext_lazy("Sage Intacct", "User entities")
ROLES = pgettext_lazy("Sage Intacct", "Roles")
ADD = pgettext_lazy("Sage Intacct", "Add")

TO: dict[str, tuple[Promise | str, ...]] = {
    "company-id": (COMPANY, SETUP, COMPANY, GENERAL),
    "web-services": (COMPANY, ADMIN, SUBSCRIPTIONS, WEB_SERVICES),
    "sender": (COMPANY, SETUP, COMPANY, SECURITY),
    "web-services-user": (COMPANY, ADMIN, WEB_SERVICES_USERS, ADD),
    "user": (COMPANY, ADMIN, WEB_SERVICES_USERS),
    "entities": (COMPANY, ADMIN, WEB_SERVICES_USERS, USER_ENTITIES),
    "top-level": (COMPANY, ADMIN, SUBSCRIPTIONS, MULTI_ENTITY, CONFIGURE),
    "roles": (COMPANY, ADMIN, ROLES),
    "permissions": (COMPANY, ADMIN, ROLES, "", SUBSCRIPTIONS),
}

RIGHTS = {
    "List": pgettext_lazy("Sage Intacct", "List"),
    "View": pgettext_lazy("Sage Intacct", "View"),
    "Add": ADD,
    "Edit": pgettext_lazy("Sage Intacct", "Edit"),
    "Delete": pgettext_lazy("Sage Intacct", "Delete"),
    "Run": pgettext_lazy("Sage Intacct", "Run"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One thing to click; `english` is empty where the label is English itself."""

    label: str
    english: str = ""
    is_ours: bool = False


def click_path(places: tuple[Promise | str, ...], *, ours: str = "") -> list[Place]:
    """Return what to click, in order; "" stands for the name that is `ours`."""
    return [_place(place) if place else Place(ours, is_ours=True) for place in places]


def _place(label: Promise | str) -> Place:
    with translation.override("en"):
        english = str(label)
    shown = str(label)
    is_english = (translation.get_language() or "en").startswith("en")
    return Place(shown, "" if is_english else english)
