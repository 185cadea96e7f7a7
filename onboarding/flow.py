"""What a Step of the Link flow is, and which Step the customer is on.

A Step answers three questions at different times: is it done (from facts, never
from a stored index), what is asked (a form and a template), and what to do with the
answer (one domain call; it says no with form.add_error, SentBack or Stopped).
"""

from functools import cached_property
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linksite import linking, watching
from linksite.models import Connection, LinkRequest, Watch
from onboarding import paths
from onboarding.paths import Place

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

    def __init__(
        self,
        title: Text,
        text: Text,
        *,
        status: int = 503,
        click_path: tuple[Text, ...] = (),
    ) -> None:
        super().__init__(title)
        self.title, self.text, self.status = title, text, status
        self.click_path = click_path

    @property
    def path(self) -> list[Place]:
        """Return what to click in Sage Intacct, if that helps."""
        return paths.click_path(self.click_path)


class Form(forms.Form):
    """A form of a Step: what is wrong is said by us, not by the browser."""

    use_required_attribute = False


class Step:
    """One page of the Link flow."""

    slug = ""
    title: Text = ""
    short: Text = ""
    group: Text = ""
    folder = "onboarding"
    minutes = 0  # how long it takes in the accounting system
    form_class: type[forms.Form] = Form
    proves = False  # whether taking it proves who the visitor is

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
        return reverse("onboarding:step", args=[self.slug])

    def is_done(self) -> bool:
        """Return whether the facts say that nothing is left to do here."""
        raise NotImplementedError

    def is_seen(self) -> bool:
        """Return whether the gateway shows it done, before sign-in proves it."""
        return False

    def form(self, data: Any = None) -> forms.Form:
        """Return the Step's form, bound to `data` if there is any."""
        return self.form_class(data)

    def submit(self, form: Any) -> None:
        """Use a valid answer."""
        raise NotImplementedError

    def context(self) -> dict[str, object]:
        """Return what the Step's template shows beside the form."""
        return {}


class Flow:
    """All Steps of one LinkRequest, in order; the last is the end page."""

    def __init__(self, link: LinkRequest, steps: tuple[type[Step], ...]) -> None:
        self.link = link
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
