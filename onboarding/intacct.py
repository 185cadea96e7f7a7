"""The Sage Intacct Steps, in the order the customer meets them."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings as site
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linksite import (
    intacct,
    integrations,
    linking,
    probing,
    reach,
    requesting,
    syncing,
    troubles,
    visiting,
    watching,
)
from onboarding import paths, permissions, refusals, sighting, telling
from onboarding.flow import CONNECT, Form, Step, Stopped
from onboarding.forms import CompanyIdForm, EntityForm, SignInForm

IN_INTACCT = _("In Sage Intacct")
# What only a new sign-in can mend.
SIGN_IN_AGAIN = frozenset(
    {"bad_login", "company_unknown_or_sender_inactive", "company_expired_demo"}
)


class IntacctStep(Step):
    """A Step whose template stands among those of Sage Intacct."""

    folder = "onboarding/intacct"


class ToConfirm(IntacctStep):
    """Something to do in Sage Intacct; nothing is claimed until sign-in checks it."""

    group = IN_INTACCT

    def is_done(self) -> bool:
        """Return whether the customer says so, or a sign-in has proven it."""
        return self.slug in self.link.confirmed or self.flow.connection is not None

    def submit(self, form: Any) -> None:
        """Note that the customer says so."""
        linking.confirm(self.link, step=self.slug)

    def undo(self) -> None:
        """Note that the gateway says otherwise."""
        linking.unconfirm(self.link, step=self.slug)

    def context(self) -> dict[str, object]:
        """Return the way to the page in Sage Intacct, and what to paste there."""
        return paths.guide(self.slug) | {
            "suggested": requesting.suggested(self.link),
            "sender_id": requesting.sender_id(self.link),
        }


class CompanyId(IntacctStep):
    """Find the company ID and enter it, once."""

    slug = "company-id"
    title = _("Get your company ID from Sage Intacct")
    short = _("Company ID")
    minutes = 1
    group = IN_INTACCT

    def is_done(self) -> bool:
        """Return whether there is a company ID, given or signed in with."""
        return bool(self.link.intacct_company_id or self.flow.connection)

    def form(self, data: Any = None) -> Form:
        """Return the form, with what this device entered before."""
        known = self.link.intacct_company_id if self.may_be_seen else ""
        return CompanyIdForm(data, flow=self.flow, initial={"company_id": known})

    def submit(self, form: Any) -> None:
        """Keep the company ID."""
        linking.give_company_id(self.link, **form.cleaned_data)

    def answer(self) -> dict[str, str]:
        """Return the company ID that was entered."""
        company_id = self.link.intacct_company_id
        return {"company_id": company_id} if company_id else {}

    def context(self) -> dict[str, object]:
        """Return the way to the page in Sage Intacct."""
        return paths.guide(self.slug)


class Watched(ToConfirm):
    """Something the gateway shows while it is being done, before any user exists."""

    def is_seen(self) -> bool:
        """Return whether the gateway's answers show that it is done."""
        return self._sighting.state == sighting.DONE

    def is_denied(self) -> bool:
        """Return whether the gateway's last answer was that it is not done, or that
        there is no such company.
        """
        seen = self._sighting
        is_denied = seen.state == sighting.NOT_YET or seen.step == CompanyId.slug
        return bool(site.LIVE_WATCH) and is_denied

    def look_again(self) -> bool:
        """Look once more if the last answer was no: it may have been done since."""
        if not self.is_denied():
            return False
        return watching.look(self.link, by_hand=True, at_once=True)

    def context(self) -> dict[str, object]:
        """Return what is known of it, and whether to go on looking."""
        page = super().context()
        if self.flow.connection or not site.LIVE_WATCH:
            return page
        return page | {
            "sighting": self._sighting,
            "is_watching": sighting.is_watching(self.link, self._sighting),
            "may_ask": sighting.may_ask(self.link, self._sighting),
            "look_url": reverse(self.flow.look_route, args=[self.slug]),
            "sign_in_number": self.flow.number("sign-in"),
        }

    def submit(self, form: Any) -> None:
        """Note that the customer says so; ask them first if the gateway said no."""
        if self.is_denied() and not form.data.get("anyway"):
            raise Stopped(sighting.denial(self._sighting))
        super().submit(form)

    @cached_property
    def _sighting(self) -> sighting.Sighting:
        return sighting.sighting(self.link, self.slug, self.flow.watch)


class WebServices(Watched):
    """Switch Web Services on."""

    slug = "web-services"
    title = _("Turn on Web Services in Sage Intacct")
    short = _("Turn on Web Services")
    minutes = 2


class Sender(Watched):
    """Let our Sender in."""

    slug = "sender"
    title = _("Configure Web Services in Sage Intacct")
    short = _("Configure Web Services")
    minutes = 3


class WebServicesUser(ToConfirm):
    """Create the user we sign in as, with a role that may read and nothing else."""

    slug = "web-services-user"
    title = _("Create a Web Services user in Sage Intacct")
    short = _("Web Services user")
    minutes = 10

    def context(self) -> dict[str, object]:
        """Return what to paste, and what the role must allow."""
        role = requesting.suggested(self.link).role_name
        return super().context() | {
            "role_path": paths.click_path(paths.TO["permissions"], ours=role),
            "roles_elsewhere": paths.click_path(paths.TO["roles-elsewhere"]),
            "type_path": paths.click_path(paths.TO["permission-type"]),
            "modules": permissions.by_module(),
            "permissions_step": self.flow.number("permissions"),
        }


class SignIn(IntacctStep):
    """Sign in as the Web Services user; the first check of all the Steps before."""

    slug = "sign-in"
    title = _("Enter your Sage Intacct company ID, username and password")
    short = _("Sign-in details")
    group = CONNECT
    proves = True
    asks_gateway = True

    def is_done(self) -> bool:
        """Return whether a sign-in was accepted, and still is."""
        row = self.flow.connection
        return bool(row and row.trouble not in SIGN_IN_AGAIN)

    def form(self, data: Any = None) -> Form:
        """Return the form, with what is known from the Steps before."""
        row = self.flow.connection
        entered = self._entered_company_id()
        tried = troubles.tried(self.link).get("user_id")
        company_id, user_id = entered, requesting.suggested(self.link).user_id
        if row:
            company_id = (entered if tried else "") or row.intacct_company_id
            user_id = row.user_id
        initial = {"company_id": company_id, "user_id": tried or user_id}
        form = SignInForm(data, flow=self.flow, initial=initial)
        if row or entered:
            hint = _("From step %(number)s. Change it here if it is wrong.")
            number = {"number": self.flow.number("company-id")}
            form.fields["company_id"].help_text = hint % number
        if not data and initial["user_id"] == requesting.suggested(self.link).user_id:
            hint = _("We suggested this one in step %(number)s.")
            number = {"number": self.flow.number("web-services-user")}
            form.fields["user_id"].help_text = hint % number
        self._say_where_from(form)
        if data and data.get("replaces"):
            form.ask_to_replace()
        return form

    def _say_where_from(self, form: SignInForm) -> None:
        """Say beside the fields who knows what this customer has not seen."""
        row, first = self.flow.connection, self.flow.get("company-id")
        if row and row.linked_at:
            hint = _("The latest one that Sage Intacct emailed. You can paste it.")
            form.fields["password"].help_text = hint
        elif maker := self._maker():
            hint = _("Sage Intacct emailed it to the address that %(who)s gave.")
            form.fields["password"].help_text = hint % {"who": maker}
        if first and first.who and not (row or first.may_be_seen):
            hint = _("%(who)s entered it in step %(number)s: ask for it.")
            words = {"who": first.who, "number": self.flow.number("company-id")}
            form.fields["company_id"].help_text = hint % words

    def submit(self, form: Any) -> None:
        """Sign in, or say in the customer's words what stands in the way."""
        if visiting.is_hasty(self.link):  # a robot must not spend anybody's sign-ins
            raise refusals.too_quick()
        typed, row = form.cleaned_data, self.flow.connection
        for name in ("replaces", "meant", "blanks"):
            typed.pop(name, None)
        # A yes to one company is none to another that was typed since.
        another = form.data.get("replaces") == typed["company_id"]
        replaces = row.signed_in_at if row else None
        try:
            linking.sign_in(self.link, **typed, another=another, replaces=replaces)
        except linking.OtherCompany as error:
            self._ask_to_replace(form, error.known)
        except refusals.EXPECTED as error:
            refusals.say(form, error, self.link)
        else:
            self._say_accepted(form)

    def _say_accepted(self, form: SignInForm) -> None:
        """Say so to who comes back for this: they see no other change."""
        row, company_id = self.flow.connection, form.cleaned_data["company_id"]
        if row and row.linked_at and row.intacct_company_id == company_id:
            form.remarks.append(gettext("Sage Intacct accepted the password."))

    def _ask_to_replace(self, form: SignInForm, known: str) -> None:
        """Ask the customer; the old ID is for one who has signed in before only."""
        if self.flow.connection is None:
            known = f"{known[:1]}•••"
        new = form.cleaned_data["company_id"]
        message = gettext(
            "%(company)s was linked to the Sage Intacct company %(known)s before. "
            "You entered %(new)s"
        )
        words = {"company": self.link.company.name, "known": known, "new": new}
        form.add_error("company_id", message % words)
        form.ask_to_replace(known, new)

    @property
    def standing(self) -> Step:
        """Return the Step of the company ID until a sign-in was accepted."""
        return self if self.flow.connection else self.flow.by_slug("company-id")

    def answer(self) -> dict[str, str]:
        """Return the sign-in that stands, and since when; never the password.

        Before it, the company ID that it would correct.
        """
        row = self.flow.connection
        if row is None:
            return self.standing.answer()
        known = {"company_id": row.intacct_company_id, "user_id": row.user_id}
        return known | {"at": row.signed_in_at.isoformat()}

    def context(self) -> dict[str, object]:
        """Return the labels, for those who wait for the password, and who made the
        user, if that was a colleague.
        """
        return {"words": paths.Words(), "maker": self._maker()}

    def _maker(self) -> str:
        step = self.flow.get("web-services-user")
        return step.who if step and not self.flow.connection else ""

    @property
    def finished_at(self) -> datetime | None:
        """Return when the sign-in was accepted."""
        return self.flow.connection.signed_in_at if self.flow.connection else None

    def is_answer(self, form: Any) -> bool:
        """Return whether these sign-in details are the ones that work already."""
        row, typed = self.flow.connection, form.cleaned_data
        login = intacct.Login(typed["company_id"], typed["user_id"], typed["password"])
        return bool(row and not row.trouble and linking.is_same_login(row, login))

    def overwrites(self, form: Any) -> bool:
        """Return whether these details replace a sign-in, or another company ID."""
        if self.flow.connection:
            return super().overwrites(form)
        entered, typed = self.link.intacct_company_id, form.cleaned_data["company_id"]
        return bool(entered) and entered != typed

    def _entered_company_id(self) -> str:
        step = self.flow.get("company-id")
        return self.link.intacct_company_id if step and step.may_be_seen else ""


TOP_LEVEL = "top-level"
MANY = 50  # entities; a dropdown with more needs a filter


class Entity(IntacctStep):
    """Choose the entity to read from a dropdown."""

    slug = "entity"
    title = _("Select your Sage Intacct entity from the dropdown")
    short = _("Entity")
    group = CONNECT

    def is_done(self) -> bool:
        """Return whether an entity, or the top level, was chosen."""
        return bool(self.flow.connection and self.flow.connection.has_entity)

    def form(self, data: Any = None) -> Form:
        """Return the dropdown: the top level first, then the entities by their ID."""
        entities = sorted(self._entities(), key=lambda row: row["id"])
        form = EntityForm(data, initial={"entity": self._chosen(entities)})
        field: Any = form.fields["entity"]
        field.choices = [
            ("", _("Choose an entity")),
            (TOP_LEVEL, _("Top level, all entities")),
            *((row["id"], f"{row['id']} – {row['name']}") for row in entities),
        ]
        if len(entities) == 1:
            field.help_text = _(
                "The user may enter one entity: it is already selected."
            )
        return form

    def submit(self, form: Any) -> None:
        """Choose the entity, which starts the Probe."""
        row = self.flow.connection
        if row is None:  # never here: the Step opens after sign-in
            return
        chosen = form.cleaned_data["entity"]
        entity_id = "" if chosen == TOP_LEVEL else chosen
        try:
            linking.choose_entity(row, entity_id=entity_id)
            visiting.note(self.link, self.slug)
        except LookupError:
            field: Any = form.fields["entity"]
            form.add_error("entity", field.error_messages["invalid_choice"])

    def narrow(self, form: Any, q: str) -> bool:
        """Offer only the entities whose ID or name holds `q`; all if none does."""
        wanted, field = q.strip().casefold(), form.fields["entity"]
        kept = [row for row in field.choices[2:] if wanted in str(row[1]).casefold()]
        if kept:
            field.choices = [*field.choices[:2], *kept]
        return bool(kept)

    def answer(self) -> dict[str, str]:
        """Return the entity that was chosen."""
        row = self.flow.connection
        return {"entity": row.entity_id or TOP_LEVEL} if row and row.has_entity else {}

    def context(self) -> dict[str, object]:
        """Return the way to the user's entities, and whether they are many."""
        return {
            "path": paths.click_path(paths.TO["entities"]),
            "is_long": len(self._entities()) > MANY,
            "connection": self.flow.connection,
        }

    def _entities(self) -> list[dict[str, str]]:
        return self.flow.connection.entities if self.flow.connection else []

    def _chosen(self, entities: list[dict[str, str]]) -> str:
        row = self.flow.connection
        if row and row.has_entity:
            return row.entity_id or TOP_LEVEL
        return entities[0]["id"] if len(entities) == 1 else ""


class Permissions(IntacctStep):
    """See what the Probe found, and grant what is missing."""

    slug = "permissions"
    title = _("Checking permissions")
    short = _("Permissions")
    group = CONNECT

    def is_done(self) -> bool:
        """Return whether nothing is missing, and the customer said that it is right."""
        row = self.flow.connection
        return bool(row and row.linked_at and probing.is_enough(row))

    def submit(self, form: Any) -> None:
        """Nothing to use: "Check again" and "Finish" have addresses of their own."""

    def context(self) -> dict[str, object]:
        """Return what the Probe found, for the customer to act on."""
        connection = self.flow.connection
        if connection is None:
            return {}
        role = requesting.suggested(self.link)
        return permissions.page(connection, role=role.role_name)


class Linked(IntacctStep):
    """The end: what was linked, and the first reading as it goes."""

    slug = "linked"

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return the heading, with the company's name."""
        row = self.flow.connection
        if row and row.held_at:
            message = gettext("%(company)s waits for approval")
        else:
            message = gettext("%(company)s is linked")
        return message % {"company": self.link.company.name}

    def is_done(self) -> bool:
        """Return False: there is nothing after it."""
        return False

    def submit(self, form: Any) -> None:
        """Nothing to use."""

    def context(self) -> dict[str, object]:
        """Return the answers and how far the first reading is."""
        connection = self.flow.connection
        if connection is None:
            return {}
        reading = syncing.progress(connection)
        settings = integrations.settings_for(self.link.client, connection.integration)
        failed = [row for row in reading.datasets if row.state == syncing.FAILED]
        absent = [row for row in failed if row.outcome == "object_unavailable"]
        return {
            "connection": connection,
            "trouble": telling.later(connection, connection.trouble),
            "integration": integrations.get(connection.integration),
            "settings": settings,
            "permission_count": len(intacct.PERMISSIONS)
            - len(reach.left_out(connection)),
            "left_out": permissions.left_out(connection),
            "reading": reading,
            "has_gaps": len(failed) > len(absent),
            "absent": ", ".join(gettext(row.dataset.label) for row in absent),
        }


STEPS: tuple[type[Step], ...] = (
    CompanyId,
    WebServices,
    Sender,
    WebServicesUser,
    SignIn,
    Entity,
    Permissions,
    Linked,
)
