"""The first two Steps, and which Steps follow for each accounting system."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linksite import integrations, linking, requesting
from linksite.intacct import DATASETS
from linksite.integrations import Integration
from linksite.mailing import Place
from linksite.models import LinkRequest
from onboarding import intacct
from onboarding.flow import START, Flow, Form, Step


class SoftwareForm(Form):
    """The tile that was pressed."""

    software = forms.CharField(
        error_messages={"required": _("Choose one of the tiles")}
    )


class ChooseSoftware(Step):
    """Recognise one's own software among the tiles."""

    slug = "software"
    title = _("Select your accounting software")
    short = _("Choose your software")
    group = START
    form_class = SoftwareForm

    def is_done(self) -> bool:
        """Return whether a tile was pressed, or the company is connected anyway."""
        return bool(self.link.integration or self.flow.connection)

    def submit(self, form: Any) -> None:
        """Note the tile, if it is one that the Client has switched on."""
        slug = form.cleaned_data["software"]
        if slug not in [tile.slug for tile in tiles(self.link)]:
            form.add_error("software", _("Choose one of the tiles"))
            return
        linking.choose_software(self.link, integration=slug)

    def answer(self) -> dict[str, str]:
        """Return the tile that was pressed."""
        slug = self.link.integration
        return {"software": slug} if slug else {}

    def context(self) -> dict[str, object]:
        """Return the tiles to choose from, and what will be read."""
        return {
            "tiles": tiles(self.link),
            "datasets": DATASETS,
            "is_one_time": requesting.is_one_time(self.link),
            "contact": self.link.contact,
        }


def tiles(link: LinkRequest, query: str = "") -> list[Integration]:
    """Return the systems that the Client has switched on and that match `query`."""
    wanted = query.strip().casefold()
    return [
        row
        for row in integrations.CATALOGUE
        if wanted in row.name.casefold()
        and integrations.settings_for(link.client, row.slug).is_ready
    ]


class ConsentForm(Form):
    """The consent, given once."""

    agree = forms.BooleanField(
        error_messages={
            "required": _("Confirm that you are allowed to share this data")
        }
    )

    def __init__(self, data: Any, *, company: str) -> None:
        super().__init__(data)
        label = _("I am allowed to share this data on behalf of %(company)s")
        self.fields["agree"].label = label % {"company": company}


class BeforeYouStart(Step):
    """Learn what is needed and what is read, and agree."""

    slug = "before-you-start"
    title = short = _("Before you start")
    group = START

    def is_done(self) -> bool:
        """Return whether somebody agreed, or the company is connected anyway."""
        return bool(self.link.agreed_at or self.flow.connection)

    def form(self, data: Any = None) -> ConsentForm:
        """Return the consent box, in the company's name."""
        return ConsentForm(data, company=self.link.company.name)

    def submit(self, form: Any) -> None:
        """Note the consent."""
        linking.agree(self.link)

    def answer(self) -> dict[str, str]:
        """Return the consent."""
        return {"agree": "True"} if self.link.agreed_at else {}

    def context(self) -> dict[str, object]:
        """Return what will be read."""
        return {
            "datasets": DATASETS,
            "is_one_time": requesting.is_one_time(self.link),
        }


# One line per accounting system: the Steps that follow the first two.
FOLLOWING: dict[str, tuple[type[Step], ...]] = {
    "sage-intacct": intacct.STEPS,
}


def flow(link: LinkRequest) -> Flow:
    """Return the Steps of an invitation; the first system's until one is chosen."""
    following = FOLLOWING.get(link.integration, intacct.STEPS)
    return Flow(link, (ChooseSoftware, BeforeYouStart, *following))


def place(link: LinkRequest) -> Place:
    """Return where the customer is, for a mail to tell (settings.LINK_PLACE)."""
    steps = flow(link)
    step = steps.current
    return Place(steps.number(step.slug), len(steps.counted), step.short)
