"""The words on Sage Intacct's own screens and the ways to its pages, per language.

They are shipped here (French in locale/fr); staff correct them in the admin, and every
process shows a correction within seconds.
"""

import re
from collections.abc import Mapping

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from linksite import intacct
from linksite.models import Label, User

LABELS: dict[str, Promise] = {
    "applications": pgettext_lazy("Sage Intacct", "Applications"),
    "company": pgettext_lazy("Sage Intacct", "Company"),
    "setup": pgettext_lazy("Sage Intacct", "Setup"),
    "admin": pgettext_lazy("Sage Intacct", "Admin"),
    "company_information": pgettext_lazy("Sage Intacct", "Company information"),
    "company_info": pgettext_lazy("Sage Intacct", "Company info"),
    "general": pgettext_lazy("Sage Intacct", "General information"),
    "global_settings": pgettext_lazy("Sage Intacct", "Global settings"),
    "permission_type": pgettext_lazy("Sage Intacct", "Permission type"),
    "security": pgettext_lazy("Sage Intacct", "Security"),
    "options": pgettext_lazy("Sage Intacct", "Options"),
    "ip_filters": pgettext_lazy("Sage Intacct", "IP address filters"),
    "authorizations": pgettext_lazy("Sage Intacct", "Web Services authorizations"),
    "subscriptions": pgettext_lazy("Sage Intacct", "Subscriptions"),
    "web_services": pgettext_lazy("Sage Intacct", "Web Services"),
    "multi_entity": pgettext_lazy("Sage Intacct", "Multi-Entity Management"),
    "configure": pgettext_lazy("Sage Intacct", "Configure"),
    "top_level_only": pgettext_lazy(
        "Sage Intacct", "Restrict access to top level only"
    ),
    "users": pgettext_lazy("Sage Intacct", "Users"),
    "admin_privileges": pgettext_lazy("Sage Intacct", "Admin privileges"),
    "full": pgettext_lazy("Sage Intacct", "Full"),
    "users_roles_groups": pgettext_lazy("Sage Intacct", "Users, roles, and groups"),
    "web_services_users": pgettext_lazy("Sage Intacct", "Web Services users"),
    "user_entities": pgettext_lazy("Sage Intacct", "User entities"),
    "user_id": pgettext_lazy("Sage Intacct", "User ID"),
    "username": pgettext_lazy("Sage Intacct", "Username"),
    "user_type": pgettext_lazy("Sage Intacct", "User type"),
    "business": pgettext_lazy("Sage Intacct", "Business"),
    "employee": pgettext_lazy("Sage Intacct", "Employee"),
    "account_email": pgettext_lazy("Sage Intacct", "Account email address"),
    "reset_password": pgettext_lazy("Sage Intacct", "Reset password"),
    "roles": pgettext_lazy("Sage Intacct", "Roles"),
    "permissions": pgettext_lazy("Sage Intacct", "Permissions"),
    "top_level": pgettext_lazy("Sage Intacct", "Top level"),
    "status": pgettext_lazy("Sage Intacct", "Status"),
    "active": pgettext_lazy("Sage Intacct", "Active"),
    "inactive": pgettext_lazy("Sage Intacct", "Inactive"),
    "save": pgettext_lazy("Sage Intacct", "Save"),
    "create": pgettext_lazy("Sage Intacct", "Create"),
    "list": pgettext_lazy("Sage Intacct", "List"),
    "view": pgettext_lazy("Sage Intacct", "View"),
    "add": pgettext_lazy("Sage Intacct", "Add"),
    "edit": pgettext_lazy("Sage Intacct", "Edit"),
    "delete": pgettext_lazy("Sage Intacct", "Delete"),
    "run": pgettext_lazy("Sage Intacct", "Run"),
}
# Each way names its labels in the order of the clicks; "" is a name of ours. The
# ways "elsewhere" are those of an older or a deeper menu.
PATHS: dict[str, tuple[str, ...]] = {
    "company-id": ("company", "setup", "company", "general"),
    "company-id-elsewhere": ("company", "company_info", "general"),
    "web-services": ("company", "admin", "subscriptions", "web_services"),
    "web-services-elsewhere": ("applications", "company", "admin", "subscriptions"),
    "sender": ("company", "setup", "company", "security"),
    "sender-elsewhere": ("company", "company_info", "security"),
    "web-services-user": ("company", "admin", "web_services_users", "add"),
    "web-services-user-elsewhere": (
        "company",
        "admin",
        "users_roles_groups",
        "web_services_users",
        "add",
    ),
    "user": ("company", "admin", "web_services_users"),
    "user-subscriptions": ("company", "admin", "web_services_users", "subscriptions"),
    "entities": ("company", "admin", "web_services_users", "user_entities"),
    "top-level": ("company", "admin", "subscriptions", "multi_entity", "configure"),
    "roles": ("company", "admin", "roles"),
    "roles-elsewhere": ("company", "admin", "users_roles_groups", "roles"),
    "permissions": ("company", "admin", "roles", "", "subscriptions"),
    "permission-type": (
        "company",
        "setup",
        "company",
        "general",
        "global_settings",
        "permission_type",
    ),
    "admin-privileges": ("company", "admin", "users", "admin_privileges"),
}
# Module and permission names come with the table of Datasets, by their own words.
NAMES = tuple(
    dict.fromkeys(
        word for row in intacct.PERMISSIONS for word in (row.module, row.name)
    )
)
OURS = "…"  # stands for the name of ours where staff write a way
LONGEST = 200
SECONDS = 10  # until every process shows what one of them saved

_WAY, _NAME = "path: ", "name: "
_BETWEEN = re.compile(r"\s*[>›]\s*")
_MARKUP = re.compile(r"[<>{}%\x00-\x1f\x7f]")


class Way(tuple[Promise | str, ...]):
    """The labels to click, in order; it knows its key, so it can be corrected whole."""

    key: str

    def __new__(cls, slug: str) -> "Way":
        """Return the way to a page of PATHS."""
        way = super().__new__(cls, [label(key) if key else "" for key in PATHS[slug]])
        way.key = _WAY + slug
        return way


def keys() -> list[str]:
    """Return all that staff can correct: labels, ways, and names of the Datasets."""
    return [*LABELS, *(_WAY + key for key in PATHS), *(_NAME + name for name in NAMES)]


def shipped(key: str, language: str) -> str:
    """Return the shipped text of a key; a way is written Company > Setup."""
    with translation.override(language):
        if key.startswith(_WAY):
            words = (str(LABELS[k]) if k else OURS for k in PATHS[key[len(_WAY) :]])
            return " > ".join(words)
        return _(key[len(_NAME) :]) if key.startswith(_NAME) else str(LABELS[key])


def text(key: str, language: str) -> str:
    """Return a label as pages show it: corrected, or shipped."""
    return corrections().get(key, {}).get(language) or shipped(key, language)


def places(way: Way, language: str) -> list[str]:
    """Return what to click on a way, in order; "" is a name of ours."""
    if corrected := corrections().get(way.key, {}).get(language):
        return _split(corrected)
    slug = way.key[len(_WAY) :]
    return [text(key, language) if key else "" for key in PATHS[slug]]


def _here(key: str) -> str:
    return text(key, translation.get_language() or settings.LANGUAGE_CODE)


# The label in the language of the page that shows it.
label = lazy(_here, str)


class Plain:
    """The labels in a text without markup: %(edit)s is French with the English."""

    def __getitem__(self, key: str) -> str:
        """Return a label in the language of the page, the English one behind it."""
        if key not in LABELS:
            raise KeyError(key)
        shown, english = _here(key), text(key, "en")
        return shown if shown == english else f"{shown} ({english})"


def _filled(sentence: Promise | str) -> str:
    return str(sentence) % Plain()


# A sentence of ours with labels in it, in the language of whoever reads it.
filled = lazy(_filled, str)


def name(word: str) -> str:
    """Return a module's or permission's name, in the language of the page."""
    return _here(_NAME + word)


def both(word: str) -> str:
    """Return such a name with the English one behind it, where that is another."""
    shown, english = name(word), text(_NAME + word, "en")
    return shown if shown == english else f"{shown} ({english})"


def corrections() -> Mapping[str, dict[str, str]]:
    """Return what staff corrected: {key: {language: text}}; read once in a while."""
    found: dict[str, dict[str, str]] = cache.get_or_set("labels", _stored, SECONDS)  # type: ignore[assignment]
    return found


def _stored() -> dict[str, dict[str, str]]:
    return dict(Label.objects.exclude(texts={}).values_list("key", "texts"))


def correct(row: Label, *, texts: Mapping[str, str], by: User) -> None:
    """Keep staff's texts by language; an empty one goes back to what is shipped."""
    row.texts = {language: text for language, text in texts.items() if text}
    row.changed_by = by
    row.save()
    forget()


def forget() -> None:
    """Read the corrections anew for the next page of this process."""
    cache.delete("labels")


def list_all() -> None:
    """Give every key its row, so that staff find it; rows of no key go."""
    known = keys()
    rows = [Label(key=key) for key in known]
    Label.objects.bulk_create(rows, ignore_conflicts=True)
    Label.objects.exclude(key__in=known).delete()


def check(key: str, texts: Mapping[str, str]) -> None:
    """Raise ValidationError, by language, for what cannot stand on a page."""
    wrong = {code: _problem(key, text) for code, text in texts.items() if text}
    wrong = {code: problem for code, problem in wrong.items() if problem}
    if wrong:
        raise ValidationError(wrong)
    if key.startswith(_WAY):
        written = {code: text or shipped(key, code) for code, text in texts.items()}
        if len({len(_split(text)) for text in written.values()}) > 1:
            message = _("Write as many places in each language, with > between them")
            raise ValidationError(dict.fromkeys(written, message))


def _problem(key: str, text: str) -> str:
    is_way = key.startswith(_WAY)
    words = _BETWEEN.split(text) if is_way else [text]
    if any(_MARKUP.search(word) for word in words):
        return _("Leave out markup: < > { } and the percent sign")
    if not all(words):
        return _("Write each place between two >, as in Company > Setup")
    if is_way and words.count(OURS) != PATHS[key[len(_WAY) :]].count(""):
        message = _("Keep %(sign)s where the name that we propose belongs")
        return message % {"sign": OURS}
    return ""


def _split(text: str) -> list[str]:
    return ["" if word == OURS else word for word in _BETWEEN.split(text)]
