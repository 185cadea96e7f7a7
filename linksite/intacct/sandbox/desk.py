"""Where a function runs: in a company, at an entity, with a user's rights."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from .answers import Refusal
from .companies import OpenSession, SandboxCompany
from .conditions import Condition
from .policies import ENTITIES, MODULES, OBJECTS, POLICY_BY_KEY, Kind
from .tables import Edited, Listed, Row, us_day


@dataclass(frozen=True, slots=True)
class Desk:
    """A company, the session that asks it, and the day its books are closed on."""

    company: SandboxCompany
    session: OpenSession
    user_id: str
    today: date

    @property
    def entity_id(self) -> str:
        """The entity the session is in; "" is the top level."""
        return self.session.entity_id

    def opened(self, name: str, operation: str) -> Kind:
        """Return what is known of an object that the user may read.

        Refusal, in this order: the module is not subscribed, there is no such
        object, the right is missing.
        """
        upper = name.upper()
        if upper not in OBJECTS or (
            upper == "LOCATIONENTITY" and not self.company.entities
        ):
            text = f"Object definition {name} not found"
            raise Refusal("object_unavailable", "Query Failed", "", text, support=True)
        kind = OBJECTS[upper]
        if upper != "AUDITHISTORY":
            self.must_have(kind.policy, kind.rights, operation, name)
        elif not kind.rights <= self._rights(kind.policy):
            text = "You do not have permission to view audit history"
            raise Refusal("permission_missing", "", "", text, support=True)
        return kind

    def must_have(self, policy: str, rights: Set[str], operation: str, on: str) -> None:
        """Refuse unless the module is there and the user has the rights."""
        code = POLICY_BY_KEY[policy].code
        if self.company.lacks(code) and policy != ENTITIES:
            text = f"{MODULES[code].capitalize()} module is not subscribed"
            raise Refusal("object_unavailable", "", "", text, support=True)
        if not rights <= self._rights(policy):
            text = (
                "You do not have permission for API operation "
                f"{operation} on objects of type {on}"
            )
            raise Refusal(
                "permission_missing",
                "PL04000005",
                "",
                text,
                support=True,
                category="Invalid permission",
            )

    def _rights(self, policy: str) -> set[str]:
        user = self.company.users.get(self.user_id)
        return self.company.rights(user, policy) if user else set()

    def table(self, name: str, period: str = "") -> Edited:
        """Return the rows of an object; not all of them need be in view."""
        match name:
            case "LOCATIONENTITY":
                return Edited(Listed(self._entities()), {})
            case "REPORTINGPERIOD":
                return Edited(Listed(self._periods()), {})
            case "GLACCOUNTBALANCE":
                return Edited(Listed(self._balances(period)), {})
        return self.company.table(name)

    def found(
        self, table: Edited, condition: Condition, private: bool
    ) -> Sequence[int]:
        """Return the places of the rows in view that fit a condition."""
        sees = self._sight(private)
        places = range(max(0, condition.after + 1 - table.first), len(table))
        test = None if condition.is_only_after else condition.test
        if sees is None and test is None and not table.is_edited:
            return places

        def fits(at: int) -> bool:
            return (
                table.is_there(at)
                and (sees is None or sees(table.cell(at, "MEGAENTITYID")))
                and (test is None or test(partial(table.cell, at)))
            )

        return [at for at in places if fits(at)]

    def _sight(self, private: bool) -> Callable[[str], bool] | None:
        """Return what says whether an owner's rows are in view; None: all are.

        At top level the shared rows and those of entities that are not private;
        in an entity its own and the shared ones.
        """
        if self.entity_id:
            return lambda owner: owner in ("", self.entity_id)
        hidden = self.company.private
        if private or not hidden:
            return None
        return lambda owner: owner not in hidden

    def _entities(self) -> list[Row]:
        return [
            {
                "LOCATIONID": entity.id,
                "NAME": entity.name,
                "CURRENCY": entity.currency,
                "STATUS": "active",
            }
            for entity in self.company.entities
        ]

    def _periods(self) -> list[Row]:
        """Return this year, last year, and their months, by the names Sage gives."""
        rows = []
        for year in (self.today.year - 1, self.today.year):
            spans = [(f"Calendar Year Ended December {year}", 1, 12)]
            spans += [
                (f"Month Ended {date(year, m, 1):%B} {year}", m, m)
                for m in range(1, 13)
            ]
            for name, first, last in spans:
                end = date(year + last // 12, last % 12 + 1, 1) - timedelta(days=1)
                start = us_day(date(year, first, 1))
                row = {"NAME": name, "START_DATE": start, "END_DATE": us_day(end)}
                rows.append(row | {"STATUS": "active"})
        return rows

    def _balances(self, period: str) -> list[Row]:
        if period not in {row["NAME"] for row in self._periods()}:
            text = "A period filter is required"
            raise Refusal("client_bug", "Query Failed", "", text, support=True)
        return [
            {
                "ACCOUNTNO": row["glaccountno"],
                "PERIOD": period,
                "OPENBAL": row["startbalance"],
                "TOTDEBIT": row["debits"],
                "TOTCREDIT": row["credits"],
                "FORBAL": row["endbalance"],
                "ENDBAL": row["endbalance"],
            }
            for row in self.company.books.trial_balance(self.entity_id)
        ]
