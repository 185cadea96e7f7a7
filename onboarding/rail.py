"""Where the customer is, as the rail and the heads of the pages show it."""

from dataclasses import dataclass

from onboarding.flow import Flow, Step, Text


@dataclass(frozen=True, slots=True)
class Stop:
    """One Step in the rail; `state` is done, now or todo.

    `is_seen`: the gateway shows that it is done, whatever its state; or a colleague
    has done it.
    """

    step: Step
    state: str
    needs_you: bool
    is_seen: bool

    @property
    def is_timed(self) -> bool:
        """Whether it is known when it was done."""
        return self.state == "done" and self.step.finished_at is not None


@dataclass(frozen=True, slots=True)
class Group:
    """Some Steps under one name."""

    name: Text
    stops: list[Stop]


@dataclass(frozen=True, slots=True)
class Rail:
    """All numbered Steps in their groups, and the place of the page in them."""

    groups: list[Group]
    number: int
    total: int
    in_group: int
    of_group: int

    @property
    def stops(self) -> list[Stop]:
        """Return the Steps without their groups."""
        return [stop for group in self.groups for stop in group.stops]


def rail(flow: Flow, shown: Step) -> Rail:
    """Return the rail of the page that shows one Step of a flow."""
    steps, flagged = flow.counted, flow.to_mend.step if flow.to_mend else ""
    groups: list[Group] = []
    for step in steps:
        if not groups or groups[-1].name != step.group:
            groups.append(Group(step.group, []))
        state, needs_you = _state(flow, step, shown), step.slug == flagged
        is_seen = step.is_seen() or bool(step.who and step.is_done())
        groups[-1].stops.append(Stop(step, state, needs_you, is_seen))
    mine = [step for step in steps if step.group == shown.group]
    return Rail(
        groups=groups,
        number=steps.index(shown) + 1 if shown in steps else 0,
        total=len(steps),
        in_group=mine.index(shown) + 1 if shown in mine else 0,
        of_group=len(mine),
    )


def _state(flow: Flow, step: Step, shown: Step) -> str:
    if step is shown:
        return "now"
    is_past = flow.steps.index(step) < flow.steps.index(flow.current)
    return "done" if is_past else "todo"
