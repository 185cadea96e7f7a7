"""What goes wrong when an ID is typed or pasted: recognised, explained, put right.

A slip never changes what was typed silently: the form comes back with the better
value in the field, for the person to accept. Blanks around an ID go, and the page
says so. Capitals stay, and nothing here ever sees a password.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from onboarding.flow import Form

EMAIL = re.compile(r"[^@\s|]+@[^@\s|]+\.[^@\s|.]{2,}")
# As people write it at Sage Intacct's own sign-in: user@company|entity.
WHOLE = re.compile(r"(?:(?P<user>[^@|\s]+)@)?(?P<company>[^@|\s]+)\|(?P<entity>[^|]*)")
PAIR = re.compile(r"(?P<user>[^@|\s]+)@(?P<company>[^@|\s.]+)")
WEB = re.compile(r"(?:https?:)?//|www\.|[^/\s]+\.[a-z]{2,}/", re.IGNORECASE)
LABELLED = re.compile(r"[^:：|@]{1,60}[:：]\s*(?P<id>\S+)")
QUOTES = "\"'`´“”„‟‘’‚‹›«»"


@dataclass(frozen=True, slots=True)
class Slip:
    """What was typed in place of an ID; `instead` is what we took it to mean."""

    text: str
    instead: str = ""


def tidy(typed: str) -> str:
    """Return what was typed without the blanks and invisible signs around it."""
    start, end = 0, len(typed)
    while start < end and _is_blank(typed[start]):
        start += 1
    while end > start and _is_blank(typed[end - 1]):
        end -= 1
    return typed[start:end]


def _is_blank(sign: str) -> bool:
    return sign.isspace() or _is_invisible(sign)


def _is_invisible(sign: str) -> bool:
    # Zero-width signs, soft hyphens and the like, which come along with a copy.
    return unicodedata.category(sign) == "Cf"


def company_id_slip(typed: str, *, entity_step: int) -> Slip | None:
    """Return what is wrong with a company ID, if it is one of the usual slips."""
    if WEB.match(typed):
        return Slip(_("This is a web address. Enter the company ID"))
    if found := WHOLE.fullmatch(typed):
        text = _(
            "What stands behind the bar is an entity: you choose it in step "
            "%(number)s. Check the company ID that we kept, and continue"
        )
        return Slip(text % {"number": entity_step}, found["company"])
    if "|" in typed:
        return Slip(_("A company ID has no bar |. Enter what stands before it"))
    if EMAIL.fullmatch(typed):
        return Slip(_("This looks like an email address. Enter the company ID"))
    if found := PAIR.fullmatch(typed):
        text = _(
            "You entered a user ID with it. We kept the company ID, from behind the @: "
            "check it, and continue"
        )
        return Slip(text, found["company"])
    return _wrapping(typed) or _with_spaces(typed)


def user_id_slip(
    typed: str, *, company_id: str, suggested: str, name: str, user_step: int
) -> Slip | None:
    """Return what is wrong with a user ID, if it is one of the usual slips."""
    if typed.casefold() == company_id.casefold():
        text = _(
            "This is the company ID. The user ID is the one from step %(number)s: "
            "%(user_id)s, unless you chose another"
        )
        return Slip(text % {"number": user_step, "user_id": suggested})
    if typed.casefold() == name.casefold():
        text = _(
            "This is the name of the user. We put its ID from step %(number)s here: "
            "check it, paste the password again and connect"
        )
        return Slip(text % {"number": user_step}, suggested)
    if WEB.match(typed):
        return Slip(_("This is a web address. Enter the user ID"))
    if EMAIL.fullmatch(typed):
        text = _(
            "This is a person’s email address. The user ID is the one from step "
            "%(number)s: %(user_id)s, unless you chose another"
        )
        return Slip(text % {"number": user_step, "user_id": suggested})
    found = WHOLE.fullmatch(typed) or PAIR.fullmatch(typed)
    if found and found["user"]:
        text = _(
            "What stands behind the @ is the company ID. Check the user ID that we "
            "kept, paste the password again and connect"
        )
        return Slip(text, found["user"])
    if "|" in typed:
        return Slip(_("A user ID has no bar |"))
    return _wrapping(typed)


def _wrapping(typed: str) -> Slip | None:
    """Return a slip for what was copied along with an ID."""
    visible = "".join(sign for sign in typed if not _is_invisible(sign))
    if visible and visible != typed:
        text = _("We left out signs that cannot be seen. Check the ID, and continue")
        return Slip(text, visible)
    found = LABELLED.fullmatch(typed)
    if found and found["id"].strip(QUOTES):
        text = _("We kept what stands behind the colon. Check it, and continue")
        return Slip(text, found["id"].strip(QUOTES))
    bare = tidy(typed.strip(QUOTES))
    if bare and bare != typed:
        text = _("We left out the quotation marks. Check the ID, and continue")
        return Slip(text, bare)
    return None


def _with_spaces(typed: str) -> Slip | None:
    is_split = any(_is_blank(sign) for sign in typed)
    return Slip(_("A company ID has no spaces")) if is_split else None


class TidyForm(Form):
    """A form whose `tidied` fields lose the blanks around them, and say so.

    `remarks` holds what to say about what was typed, if anything.
    """

    tidied: tuple[str, ...] = ()

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data if data is None else data.copy(), **more)
        self.remarks: list[str] = []
        for name in self.tidied if data is not None else ():
            self._tidy(name)

    def _tidy(self, name: str) -> None:
        typed = self.data.get(name, "")
        if typed == tidy(typed):
            return
        self._put(name, tidy(typed))
        remark = _("%(field)s: we left out the blanks around it, nothing else.")
        self.remarks.append(remark % {"field": self.fields[name].label})

    def refuse(self, name: str, slip: Slip | None) -> None:
        """Say what is wrong with a field, with the better value in it."""
        if slip is None:
            return
        if slip.instead:
            self._put(name, slip.instead)
        raise ValidationError(slip.text)

    def _put(self, name: str, value: str) -> None:
        self.data[name] = value  # type: ignore[index]  # a copy of our own
