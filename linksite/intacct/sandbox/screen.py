"""What a screen of a pretend Sage Intacct company is, and how its form is read."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .answers import Element
from .companies import SandboxCompany

Form: TypeAlias = dict[str, list[str]]
Shown: TypeAlias = Sequence[Element]

LONGEST = 100  # characters of what is typed
STATUSES = (("active", "Active"), ("inactive", "Inactive"))

_NOT_SHOWN = re.compile("[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Refused(Exception):
    """A form that cannot be saved; its words say why."""


class Missing(Exception):
    """There is no such user, role or module."""


@dataclass(frozen=True, slots=True)
class Place:
    """A company's screen: what it shows, and what its form does.

    `args` are the parts of the address; `change` returns the address to go on to,
    relative to the company's own.
    """

    trail: tuple[str, ...]
    title: str
    show: Callable[[SandboxCompany, Sequence[str]], Shown]
    change: Callable[[SandboxCompany, Sequence[str], Form], str] | None = None


def typed(form_: Form, name: str, *, needed: str = "") -> str:
    """Return what was typed; Refused with a sentence if it is `needed` but is not."""
    found = "".join(form_.get(name, ())).strip()[:LONGEST]
    if _NOT_SHOWN.search(found):
        raise Refused("That holds a character that cannot be shown.")
    if needed and not found:
        raise Refused(f"{needed} is required.")
    return found
