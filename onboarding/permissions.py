"""What a Probe found, in the words and the order of the permissions page."""

from dataclasses import dataclass, replace

from django.contrib.humanize.templatetags.humanize import apnumber
from django.template.defaultfilters import capfirst
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from linksite import firstlook, intacct, integrations, labels, probing, reach
from linksite.models import Connection
from onboarding import paths, telling

ASK = _lazy("One question is left: is this the right company?")
BOXES = ("List", "View", "Add", "Edit", "Delete")


@dataclass(frozen=True, slots=True)
class Box:
    """One column of the tick table."""

    label: str
    english: str  # empty where the label is English itself
    is_wanted: bool

    def __str__(self) -> str:
        return f"{self.label} ({self.english})" if self.english else self.label


@dataclass(frozen=True, slots=True)
class Row:
    """One Permission on the page; `id` may stand in an HTML id."""

    id: str
    name: str
    module: str
    state: str
    is_first: bool
    is_optional: bool
    needed_for: str
    rights: str
    right_count: int
    boxes: list[Box]

    @property
    def wanted(self) -> str:
        """Return every right the role needs, with commas."""
        return ", ".join(str(box) for box in self.boxes if box.is_wanted)


def page(connection: Connection, *, role: str) -> dict[str, object]:
    """Return what the permissions page shows of a Connection, as of one moment."""
    reach.hold_still(connection)
    outcome = _outcome(connection)
    trouble = telling.later(connection, outcome)
    rows = _rows(_in_order(probing.findings(connection)))
    if trouble and trouble.step:
        rows = [_held_up(row) for row in rows]
    is_passed = probing.is_enough(connection)
    groups = {state: [row for row in rows if row.state == state] for state in STATES}
    missing, granted, absent = (groups[s] for s in ("missing", "granted", "absent"))
    ours = [*groups["checking"], *groups["unchecked"]]
    return {
        "rows": rows,
        "missing": missing,
        "ours": ours,
        "granted": granted,
        "absent": absent,
        "is_everything_missing": probing.is_everything_missing(connection),
        "is_passed": is_passed,
        "is_known": bool(missing or granted or absent),
        "may_continue": not is_passed and probing.may_continue_without(connection),
        "unread": _unread(missing),
        "question": probing.question(connection) if is_passed else "",
        "left_out": left_out(connection),
        "look": firstlook.of(connection) if is_passed else None,
        "sizes": sizes(connection) if is_passed else [],
        "only_entity": _only_entity(connection),
        "is_one_time": integrations.settings_for(connection.company.client).is_one_time,
        "may_write": _may_write(connection),
        "connection": connection,
        "heading": _("Everything needed is in place")
        if is_passed and missing
        else heading(
            len(rows) - len(absent),
            len(granted),
            len(missing),
            is_optional=probing.may_continue_without(connection),
        ),
        "trouble": trouble,
        "seen": "".join(row.state[0] for row in rows) + outcome + "!" * is_passed,
        "path": _way(role),
        "to_grant": _to_grant(role, missing) if missing else "",
        "user_path": paths.click_path(paths.TO["user-subscriptions"]),
        "users_path": paths.click_path(paths.TO["user"]),
        "role": role,
        "user_id": connection.user_id,
        "words": paths.Words(),
    }


def _may_write(connection: Connection) -> bool:
    """Return whether a customer who leaves the page can be mailed."""
    link = connection.link_request
    return bool(link and link.email and not link.reminders_stopped_at)


STATES = ("granted", "missing", "absent", "checking", "unchecked")


def heading(
    total: int, granted: int, missing: int, *, is_optional: bool = False
) -> str:
    """Return the page's heading: how the check stands."""
    if granted == total and granted:
        return _("All %(count)s permissions are in place") % {"count": total}
    if missing == 1:
        one = _("One permission is missing")
        return _("One optional permission is missing") if is_optional else one
    if missing:
        message = _("%(count)s permissions are missing")
        if is_optional:
            message = _("%(count)s optional permissions are missing")
        return str(capfirst(message % {"count": apnumber(missing)}))
    return _("Checking permissions")


def news(seen: str, page_now: dict[str, object]) -> str:
    """Return the sentence to speak since the page looked like `seen`; may be ""."""
    rows: list[Row] = page_now["rows"]  # type: ignore[assignment]
    if page_now["is_passed"]:
        linked_at = page_now["connection"].linked_at  # type: ignore[attr-defined]
        return f"{page_now['heading']}. {'' if linked_at else ASK}".strip()
    said = [
        _spoken(row)
        for row, before in zip(rows, seen.ljust(len(rows)), strict=False)
        if row.state[0] != before and row.state in ("granted", "missing", "absent")
    ]
    if len(said) > 2:
        return str(page_now["heading"])
    return ". ".join(said)


def changed(connection: Connection | None, seen: str) -> str:
    """Return what is another than on the page that asked the question `seen`."""
    if connection is None:
        return _("The connection was ended meanwhile.")
    if not connection.has_entity:
        return _("Another sign-in took place meanwhile, and no entity is chosen yet.")
    if seen.partition(".")[0] != probing.question(connection).partition(".")[0]:
        entity = f"{connection.entity_id} {connection.entity_name}".strip()
        words = {
            "company": connection.intacct_company_id,
            "entity": entity or _("Top level, all entities"),
        }
        message = _(
            "Another company or entity was chosen meanwhile: %(company)s, %(entity)s."
        )
        return message % words
    if not probing.is_enough(connection):
        return _("A permission is missing, or is being checked again.")
    if connection.trouble:
        return _("Sage Intacct no longer accepts our sign-in.")
    return _("What is left out is not the same any more.")


def sizes(connection: Connection) -> list[str]:
    """Return what the first look saw, as "312 suppliers" and the like."""
    look = firstlook.of(connection)
    counts = look.counts if look else {}
    return [_size(slug, counts[slug]) for slug in firstlook.LOOKED_AT if slug in counts]


def _size(slug: str, number: int) -> str:
    words = {
        "customers": ngettext("%(n)s customer", "%(n)s customers", number),
        "invoices": ngettext("%(n)s invoice", "%(n)s invoices", number),
        "suppliers": ngettext("%(n)s supplier", "%(n)s suppliers", number),
        "bills": ngettext("%(n)s bill", "%(n)s bills", number),
    }
    return words[slug] % {"n": number_format(number, force_grouping=True)}


def _unread(missing: list[Row]) -> str:
    """Return what will not be read without the missing Permissions."""
    return ", ".join(dict.fromkeys(row.needed_for for row in missing))


def _only_entity(connection: Connection) -> str:
    """Return the entity that was chosen by itself, there being no other."""
    if len(connection.entities) == 1 and connection.entity_id:
        return f"{connection.entity_id} {connection.entity_name}".strip()
    return ""


def left_out(connection: Connection) -> str:
    """Return what the customer goes without, in words."""
    rows = reach.datasets_left_out(connection)
    return ", ".join(_(dataset.label) for dataset in rows)


def as_text(role: str) -> str:
    """Return what the role must allow, as plain text to copy."""
    lines = [role]
    for module, rows in by_module():
        lines += ["", module, *(_line(row) for row in rows)]
    return "\n".join(lines)


def _to_grant(role: str, missing: list[Row]) -> str:
    """Return what is missing, for somebody who has no link, as plain text to copy."""
    words = {name: labels.Plain()[name] for name in ("permissions", "save")}
    how = _(
        "On the line of each application, select %(permissions)s, tick the boxes and "
        "select %(save)s. Select %(save)s once more in the window behind."
    )
    modules = dict.fromkeys(row.module for row in missing)
    lines = [_("In Sage Intacct, go to this role."), _written(_way(role)), how % words]
    for module in modules:
        lines += ["", module, *(_line(row) for row in missing if row.module == module)]
    return "\n".join(lines)


def _written(places: list[paths.Place]) -> str:
    named = [(place.label, place.english) for place in places]
    return " › ".join(
        f"{name} ({english})" if english else name for name, english in named
    )


def _way(role: str) -> list[paths.Place]:
    return paths.click_path(paths.TO["permissions"], ours=role)


def _line(row: Row) -> str:
    words = {"permission": row.name, "rights": row.wanted}
    line = _("- %(permission)s: %(rights)s") % words
    return f"{line} ({_('optional')})" if row.is_optional else line


def by_module() -> list[tuple[str, list[Row]]]:
    """Return every Permission the role needs, under the modules of Sage Intacct."""
    modules: dict[str, list[Row]] = {}
    for module, wanted in intacct.least_privilege().items():
        modules[labels.both(module)] = [
            _row(probing.Finding(permission, "checking", "", ""), is_first=False)
            for permission in wanted
        ]
    return list(modules.items())


def _spoken(row: Row) -> str:
    if row.state == "granted":
        return _("%(permission)s: permission granted") % {"permission": row.name}
    if row.state == "absent":
        return _("%(permission)s: not in your subscription") % {"permission": row.name}
    return _("%(permission)s: permission missing") % {"permission": row.name}


def _held_up(row: Row) -> Row:
    """Return a row that nobody checks while it is the customer's turn."""
    return replace(row, state="waiting") if row.state == "checking" else row


def _outcome(connection: Connection) -> str:
    last = probing.latest(connection)
    return connection.trouble or (last.outcome if last else "")


def _in_order(findings: list[probing.Finding]) -> list[probing.Finding]:
    """Return what is required first, each half in the order of the table."""
    return sorted(findings, key=lambda each: not intacct.is_required(each.permission))


def _rows(findings: list[probing.Finding]) -> list[Row]:
    first = next((f for f in findings if f.state == "missing"), None)
    return [_row(finding, is_first=finding is first) for finding in findings]


def _row(finding: probing.Finding, *, is_first: bool) -> Row:
    permission = finding.permission
    # A report is only run; an object has five boxes.
    boxes = BOXES if set(permission.rights) <= set(BOXES) else permission.rights
    marked = [_box(box, box in permission.rights) for box in boxes]
    rights = [str(box) for box in marked if box.is_wanted]
    return Row(
        id=permission.key.replace(".", "-"),
        name=labels.both(permission.name),
        module=labels.both(permission.module),
        state=finding.state,
        is_first=is_first,
        is_optional=not intacct.is_required(permission) or finding.may_be_left_out,
        needed_for=", ".join(_(dataset.label) for dataset in finding.datasets),
        rights=_("Needs: %(rights)s") % {"rights": ", ".join(rights)},
        right_count=len(rights),
        boxes=marked,
    )


def _box(right: str, is_wanted: bool) -> Box:
    label, english = str(paths.RIGHTS[right]), labels.text(right.lower(), "en")
    return Box(label, "" if label == english else english, is_wanted)
