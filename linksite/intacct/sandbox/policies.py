"""The modules of a pretend company, and what roles can allow in each of them."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from ..datasets import DATASETS, PERMISSIONS

RIGHTS = ("List", "View", "Add", "Edit", "Delete", "Run")
_LISTS = RIGHTS[:5]

# The codes of get_applications and the words of the screens.
MODULES: dict[str, str] = {
    "CO": "Company",
    "AD": "Administration",
    "GL": "General Ledger",
    "AR": "Accounts Receivable",
    "AP": "Accounts Payable",
    "CM": "Cash Management",
    "SO": "Order Entry",
    "PO": "Purchasing",
    "INV": "Inventory Control",
    "PA": "Projects",
    "CN": "Contracts",
    "TX": "Taxes",
    "ME": "Multi-Entity Management",
}
CODES = {name: code for code, name in MODULES.items()}
ALWAYS_ON = frozenset({"CO", "AD"})


@dataclass(frozen=True, slots=True)
class Policy:
    """One line of a role's Permissions page; `rights` are its tick boxes."""

    key: str
    module: str
    name: str
    rights: tuple[str, ...]

    @property
    def code(self) -> str:
        """The module's code."""
        return CODES[self.module]


def _slug(text: str) -> str:
    return text.lower().replace(" ", "-")


def _more(module: str, *names: str, rights: tuple[str, ...] = _LISTS) -> list[Policy]:
    return [
        Policy(f"{_slug(module)}.{_slug(name)}", module, name, rights) for name in names
    ]


_NEEDED = [
    Policy(
        each.key, each.module, each.name, ("Run",) if "Run" in each.rights else _LISTS
    )
    for each in PERMISSIONS
]
# What Linksite does not need: screens without them would not look like the real ones.
_OTHERS = [
    *_more("Company", "Departments", "Locations", "Entities", "Employees"),
    *_more("Administration", "Users", "Roles", "Audit trail", rights=("List", "View")),
    *_more("General Ledger", "Journal entries", "Journals", "Reporting periods"),
    *_more("General Ledger", "Financials", rights=("Run",)),
    *_more("Accounts Receivable", "Adjustments", "Posted payments"),
    *_more("Accounts Payable", "Adjustments", "Posted payments"),
    *_more("Cash Management", "Credit card accounts", "Deposits"),
    *_more("Order Entry", "Order entry transactions"),
    *_more("Purchasing", "Purchasing transactions"),
    *_more("Inventory Control", "Items"),
    *_more("Projects", "Projects", "Tasks"),
    *_more("Contracts", "Contract"),
    *_more("Taxes", "Tax records"),
]
_KNOWN = {policy.key for policy in _NEEDED}
POLICIES: tuple[Policy, ...] = (
    *_NEEDED,
    *(policy for policy in _OTHERS if policy.key not in _KNOWN),
)
POLICY_BY_KEY: Mapping[str, Policy] = {policy.key: policy for policy in POLICIES}
WANTED: Mapping[str, Set[str]] = {each.key: set(each.rights) for each in PERMISSIONS}
SEE = frozenset({"List", "View"})

# What a user of each type may be allowed at most; Business has no such limit.
TYPES: Mapping[str, Set[str]] = {
    "Business": set(CODES),
    "Employee": {"Company"},
    "Project manager": {"Company", "Projects"},
    "Warehouse": {"Company", "Inventory Control"},
}

ENTITIES, AUDIT = "company.entities", "administration.audit-trail"
PERIODS = "general-ledger.reporting-periods"
READ_ONLY: Mapping[str, Set[str]] = dict(WANTED) | dict.fromkeys(
    (ENTITIES, AUDIT, PERIODS), SEE
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of an object: its fields, its id, and the right it needs."""

    policy: str
    rights: Set[str]
    fields: tuple[str, ...]
    id: str = "RECORDNO"

    @property
    def module(self) -> str:
        """The code of the module it belongs to."""
        return POLICY_BY_KEY[self.policy].code


_BALANCE = "general-ledger.trial-balance"
OBJECTS: Mapping[str, Kind] = {
    source.object: Kind(
        source.permission.key,
        set(source.permission.rights),
        tuple(source.fields),
        "RECORDID" if "RECORDID" in source.fields else source.key,
    )
    for dataset in DATASETS
    for source in dataset.sources
    if source.object
} | {
    "LOCATIONENTITY": Kind(
        ENTITIES,
        SEE,
        ("RECORDNO", "LOCATIONID", "NAME", "CURRENCY", "STATUS"),
        "LOCATIONID",
    ),
    "REPORTINGPERIOD": Kind(
        PERIODS,
        SEE,
        ("RECORDNO", "NAME", "START_DATE", "END_DATE", "STATUS"),
        "NAME",
    ),
    "GLACCOUNTBALANCE": Kind(
        _BALANCE,
        {"Run"},
        (
            *("RECORDNO", "ACCOUNTNO", "PERIOD", "OPENBAL", "TOTDEBIT", "TOTCREDIT"),
            *("FORBAL", "ENDBAL"),
        ),
    ),
    "AUDITHISTORY": Kind(
        AUDIT,
        {"List"},
        ("ID", "OBJECTTYPE", "OBJECTKEY", "ACCESSMODE", "ACCESSTIME", "USERID"),
    ),
}
