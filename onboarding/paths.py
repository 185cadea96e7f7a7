"""The way through Sage Intacct to each page we name, in its own words.

French pages show the French label over the English one, because a French reader may
have the English interface. The words are in linksite/labels.py; staff correct them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from linksite import labels
from linksite.labels import Way, label

TO: dict[str, Way] = {slug: Way(slug) for slug in labels.PATHS}

RIGHTS = {
    "List": label("list"),
    "View": label("view"),
    "Add": label("add"),
    "Edit": label("edit"),
    "Delete": label("delete"),
    "Run": label("run"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One thing to click; `english` is empty where the label is English itself."""

    label: str
    english: str = ""
    is_ours: bool = False


def click_path(places: Sequence[Promise | str], *, ours: str = "") -> list[Place]:
    """Return what to click, in order; "" stands for the name that is `ours`."""
    language = _language()
    shown, english = _words(places, language), _words(places, "en")
    if language == "en" or len(english) != len(shown):
        english = [""] * len(shown)
    return [
        Place(word, below) if word else Place(ours, is_ours=True)
        for word, below in zip(shown, english, strict=True)
    ]


class Names:
    """The labels in a sketch: {{ names.edit }}."""

    def __getitem__(self, key: str) -> str:
        """Return a label in the language of the page."""
        if key not in labels.LABELS:
            raise KeyError(key)
        return labels.text(key, _language())


class Words(Names):
    """The labels in running text: {{ words.edit }} is French with the English."""

    def __getitem__(self, key: str) -> SafeString:
        """Return a label, marked as a word of Sage Intacct's screen."""
        shown, english = super().__getitem__(key), labels.text(key, "en")
        if shown == english:
            return format_html('<b translate="no">{}</b>', shown)
        behind = '<b>{}</b> <i class="xs" lang="en" translate="no">({})</i>'
        return format_html(behind, shown, english)


class _Places(dict[str, object]):
    """What stands in a sentence: names of ours, else the labels."""

    def __missing__(self, key: str) -> SafeString:
        return Words()[key]


def worded(sentence: str, names: Mapping[str, object] | None = None) -> SafeString:
    """Return a sentence of ours as HTML: %(active)s is a label, unless a name."""
    known = {name: escape(text) for name, text in (names or {}).items()}
    return SafeString(escape(sentence) % _Places(known))


def guide(slug: str) -> dict[str, object]:
    """Return what a guide's page names: its way, other menus' way, and the labels."""
    return {
        "path": click_path(TO[slug]),
        "elsewhere": click_path(TO[f"{slug}-elsewhere"]),
        "privileges_path": click_path(TO["admin-privileges"]),
        "names": Names(),
        "words": Words(),
        "plain": labels.Plain(),
    }


def _language() -> str:
    return (translation.get_language() or settings.LANGUAGE_CODE).split("-")[0]


def _words(places: Sequence[Promise | str], language: str) -> list[str]:
    if isinstance(places, Way):
        return labels.places(places, language)
    with translation.override(language):
        return [str(place) for place in places]
