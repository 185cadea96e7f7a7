"""What a Step of the Link flow is, and which Step the customer is on.

A Step answers three questions at different times: is it done (from facts, never
from a stored index), what is asked (a form and a template), and what to do with the
answer (one domain call; it says no with form.add_error, SentBack or Stopped).
"""

from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linksite import handing, linking, vault, watching
from linksite.models import Connection, LinkRequest, Watch
from onboarding import telling
from onboarding.telling import Told

Text = str | Promise

START = _("Start")
CONNECT = _("Connect")


class SentBack(Exception):
    """The gateway says that an earlier Step is not done after all."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class Stopped(Exception):
    """The answer could not be used, and no field of it is wrong."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.title)
        self.told = told


class Form(forms.Form):
    """A form of a Step: what is wrong is said by us, not by the browser."""

    use_required_attribute = False
    status = 422  # of the page that says what is wrong
    retry_after: int | None = None


class Step:
    """One page of the Link flow."""

    slug = ""
    title: Text = ""
    short: Text = ""
    group: Text = ""
    folder = "onboarding"
    minutes = 0  # how long it takes in the accounting system
    form_class: type[Form] = Form
    proves = False  # whether taking it proves who the visitor is
    asks_gateway = False  # whether taking it may last

    def __init__(self, flow: "Flow") -> None:
        self.flow = flow
        self.link = flow.link

    @property
    def template(self) -> str:
        """Return the name of the Step's template."""
        return f"{self.folder}/{self.slug}.html"

    @property
    def url(self) -> str:
        """Return the Step's address."""
        return reverse(self.flow.route, args=[self.slug])

    def is_done(self) -> bool:
        """Return whether the facts say that nothing is left to do here."""
        raise NotImplementedError

    def is_seen(self) -> bool:
        """Return whether the gateway shows it done, before sign-in proves it."""
        return False

    def is_denied(self) -> bool:
        """Return whether the gateway answered that it is not done."""
        return False

    def look_again(self) -> bool:
        """Look at what may have changed since, before an answer is taken; return
        whether there was anything to look at.
        """
        return False

    def form(self, data: Any = None) -> Form:
        """Return the Step's form, bound to `data` if there is any."""
        return self.form_class(data)

    def submit(self, form: Any) -> None:
        """Use a valid answer."""
        raise NotImplementedError

    def answer(self) -> dict[str, str]:
        """Return the answer that stands now, by field; empty if there is none."""
        return {}

    def is_answer(self, form: Any) -> bool:
        """Return whether a valid form says what stands already."""
        return all(
            str(form.cleaned_data.get(name, "")) == value
            for name, value in self.answer().items()
        )

    def overwrites(self, form: Any) -> bool:
        """Return whether a valid form says otherwise than what stands already."""
        return bool(self.answer()) and not self.is_answer(form)

    @property
    def standing(self) -> "Step":
        """Return the Step whose answer stands here: this one, unless one before."""
        return self

    @property
    def version(self) -> str:
        """Return what a page of this Step shows, in short: other facts, other text."""
        facts = repr((self.slug, sorted(self.answer().items())))
        return vault.digest("version", facts)[:16]

    @property
    def finished_at(self) -> datetime | None:
        """Return when the Step was last answered."""
        at = self.link.confirmed.get(self.slug, {}).get("at")
        return datetime.fromisoformat(at) if at else None

    @property
    def is_mine(self) -> bool:
        """Return whether it was this very device that answered last."""
        return bool(self.answered_by) and self.answered_by == self.link.device

    @property
    def answered_by(self) -> str:
        """Return which device, or which Handover, answered last."""
        return self.link.confirmed.get(self.slug, {}).get("by", "")

    @property
    def who(self) -> str:
        """Return the name of the colleague who answered last, if it was one."""
        return self.link.confirmed.get(self.slug, {}).get("who", "")

    @property
    def may_be_seen(self) -> bool:
        """Return whether this device may see what was entered here.

        A Link URL can be forwarded: another device sees only what is done, until it
        has shown who it is.
        """
        if self.link.is_proven or self.is_mine:
            return True
        return handing.was_asked_here(self.link, self.answered_by)

    def of(self, link: LinkRequest) -> "Step":
        """Return this Step for an invitation that was read again."""
        again = Flow(link, self.flow.classes)
        return again.steps[self.flow.steps.index(self)]

    def undo(self) -> None:
        """Note that the Step is not done after all, if only the customer said so."""

    def context(self) -> dict[str, object]:
        """Return what the Step's template shows beside the form."""
        return {}


class Flow:
    """All Steps of one LinkRequest, in order; the last is the end page."""

    route = "onboarding:step"
    look_route = "onboarding:look"

    def __init__(self, link: LinkRequest, steps: tuple[type[Step], ...]) -> None:
        self.link = link
        self.classes = steps
        self.steps = [step(self) for step in steps]

    @cached_property
    def connection(self) -> Connection | None:
        """Return the live Connection of the company, asked for once per page."""
        return linking.connection(self.link)

    @cached_property
    def watch(self) -> Watch | None:
        """Return what the live watch knows, asked for once per page."""
        return watching.facts(self.link)

    @cached_property
    def to_mend(self) -> Told | None:
        """Return what the customer has to mend now, and in which Step."""
        return telling.to_mend(self.link, self.connection)

    @cached_property
    def current(self) -> Step:
        """Return the first Step that is not done."""
        return next((step for step in self.steps if not step.is_done()), self.steps[-1])

    @property
    def counted(self) -> list[Step]:
        """Return the Steps that have a number: all but the end page."""
        return [step for step in self.steps if step.group]

    def get(self, slug: str) -> Step | None:
        """Return the Step with this slug, if there is one."""
        return next((step for step in self.steps if step.slug == slug), None)

    def by_slug(self, slug: str) -> Step:
        """Return the Step with this slug, which there is."""
        return self.steps[self.number(slug) - 1]

    def number(self, slug: str) -> int:
        """Return the number that the customer sees for a Step."""
        return [step.slug for step in self.steps].index(slug) + 1

    def is_open(self, step: Step) -> bool:
        """Return whether the customer may see a Step: its turn has come."""
        return self.steps.index(step) <= self.steps.index(self.current)

    def before(self, step: Step) -> Step | None:
        """Return the Step before, if there is one."""
        index = self.steps.index(step)
        return self.steps[index - 1] if index else None

    def left_off(self) -> "Step | None":
        """Return the Step answered last, wherever that was."""
        done = [step for step in self.counted if step.finished_at]
        return max(done, key=lambda step: step.finished_at, default=None)  # type: ignore[arg-type,return-value]
