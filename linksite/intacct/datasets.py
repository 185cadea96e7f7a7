"""The data types we read: one row of DATASETS for each.

To add one:
1. If its right is not in this file yet, add a Permission: `module` and `name` are
   the words of Sage Intacct's own screens in English, `rights` what to tick.
2. Add a Dataset to DATASETS, in the place where people should read it: the object
   of each Source with the field that is unique in it, the fields to ask for
   (RECORDNO is always asked for), the five to seven Columns that staff see, and
   whether the customer may leave it out (`is_required=False`).
3. Add the object's rows to `sandbox/books.py`, so that the Sandbox can show it.
Every `label`, `module` and `name` is a message of the translations: keep the `_()`.
"""

from dataclasses import dataclass

_ = str  # Marks a text for xgettext; whoever shows it translates it.


@dataclass(frozen=True, slots=True)
class Permission:
    """A right in Sage Intacct, in the words of its screens; `key` is ours."""

    key: str
    module: str
    name: str
    rights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One object (or one function without object) that a Dataset is read from.

    `key` is the field whose value becomes the key of a Record.
    """

    object: str
    key: str
    fields: tuple[str, ...]
    permission: Permission
    function: str = "query"


@dataclass(frozen=True, slots=True)
class Column:
    """A field that staff see; `kind` is "text", "date", "money" or "tag"."""

    field: str
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data type: where it is read from and what staff see of it.

    One that is not required may be left out by the customer: no figure needs it.
    """

    slug: str
    label: str
    sources: tuple[Source, ...]
    columns: tuple[Column, ...]
    is_required: bool = True

    @property
    def dated(self) -> str:
        """Return the field of a row's date; "" if its rows have none."""
        return next((each.field for each in self.columns if each.kind == "date"), "")


_SEE = ("List", "View")
_PARTY = """
    STATUS CURRENCY TOTALDUE TERMNAME TAXID PARENTID
    DISPLAYCONTACT.CONTACTNAME DISPLAYCONTACT.EMAIL1 DISPLAYCONTACT.PHONE1
    DISPLAYCONTACT.MAILADDRESS.ADDRESS1 DISPLAYCONTACT.MAILADDRESS.CITY
    DISPLAYCONTACT.MAILADDRESS.ZIP DISPLAYCONTACT.MAILADDRESS.COUNTRY"""
_PAPER = """
    RECORDID DOCNUMBER DESCRIPTION WHENPOSTED WHENDUE WHENPAID CURRENCY BASECURR
    TOTALENTERED TOTALPAID TOTALDUE TRX_TOTALENTERED TRX_TOTALPAID TRX_TOTALDUE
    STATE TERMNAME"""
_BANK = "BANKACCOUNTID BANKACCOUNTNO BANKNAME STATUS CURRENCY GLACCOUNTNO LOCATIONID"
_OWNER = "MEGAENTITYID MEGAENTITYNAME WHENCREATED WHENMODIFIED"


def _fields(*names: str) -> tuple[str, ...]:
    """Return names that stand in texts, one after another, RECORDNO first."""
    return ("RECORDNO", *" ".join(names).split())


ACCOUNTS = Source(
    "GLACCOUNT",
    "ACCOUNTNO",
    _fields("ACCOUNTNO TITLE ACCOUNTTYPE NORMALBALANCE CATEGORY STATUS", _OWNER),
    Permission("general-ledger.accounts", _("General Ledger"), _("Accounts"), _SEE),
)
CUSTOMERS = Source(
    "CUSTOMER",
    "CUSTOMERID",
    _fields("CUSTOMERID NAME CUSTTYPE CREDITLIMIT", _PARTY, _OWNER),
    Permission(
        "accounts-receivable.customers",
        _("Accounts Receivable"),
        _("Customers"),
        _SEE,
    ),
)
INVOICES = Source(
    "ARINVOICE",
    "RECORDNO",
    _fields("CUSTOMERID CUSTOMERNAME", _PAPER, _OWNER),
    Permission(
        "accounts-receivable.invoices", _("Accounts Receivable"), _("Invoices"), _SEE
    ),
)
SUPPLIERS = Source(
    "VENDOR",
    "VENDORID",
    _fields("VENDORID NAME VENDTYPE", _PARTY, _OWNER),
    Permission("accounts-payable.vendors", _("Accounts Payable"), _("Vendors"), _SEE),
)
BILLS = Source(
    "APBILL",
    "RECORDNO",
    _fields("VENDORID VENDORNAME", _PAPER, _OWNER),
    Permission("accounts-payable.bills", _("Accounts Payable"), _("Bills"), _SEE),
)
CHECKING_ACCOUNTS = Source(
    "CHECKINGACCOUNT",
    "BANKACCOUNTID",
    _fields(_BANK, _OWNER),
    Permission(
        "cash-management.checking-accounts",
        _("Cash Management"),
        _("Checking accounts"),
        _SEE,
    ),
)
SAVINGS_ACCOUNTS = Source(
    "SAVINGSACCOUNT",
    "BANKACCOUNTID",
    _fields(_BANK, _OWNER),
    Permission(
        "cash-management.savings-accounts",
        _("Cash Management"),
        _("Savings accounts"),
        _SEE,
    ),
)
TRIAL_BALANCE = Source(
    "",
    "glaccountno",
    ("glaccountno", "startbalance", "debits", "credits", "endbalance"),
    Permission(
        "general-ledger.trial-balance",
        _("General Ledger"),
        _("Trial balance"),
        ("Run",),
    ),
    function="get_trialbalance",
)

DATASETS: tuple[Dataset, ...] = (
    Dataset(
        "accounts",
        _("Chart of accounts"),
        (ACCOUNTS,),
        (
            Column("ACCOUNTNO", _("Account"), "text"),
            Column("TITLE", _("Name"), "text"),
            Column("ACCOUNTTYPE", _("Type"), "tag"),
            Column("NORMALBALANCE", _("Normal balance"), "tag"),
            Column("STATUS", _("Status"), "tag"),
        ),
        is_required=False,
    ),
    Dataset(
        "customers",
        _("Customers"),
        (CUSTOMERS,),
        (
            Column("CUSTOMERID", _("Customer ID"), "text"),
            Column("NAME", _("Name"), "text"),
            Column("DISPLAYCONTACT.MAILADDRESS.CITY", _("City"), "text"),
            Column("TERMNAME", _("Terms"), "text"),
            Column("TOTALDUE", _("Amount due"), "money"),
            Column("STATUS", _("Status"), "tag"),
        ),
        is_required=False,
    ),
    Dataset(
        "invoices",
        _("Invoices"),
        (INVOICES,),
        (
            Column("RECORDID", _("Invoice number"), "text"),
            Column("CUSTOMERNAME", _("Customer"), "text"),
            Column("WHENCREATED", _("Date"), "date"),
            Column("WHENDUE", _("Due date"), "date"),
            Column("TOTALENTERED", _("Total"), "money"),
            Column("TOTALDUE", _("Amount due"), "money"),
            Column("STATE", _("State"), "tag"),
        ),
    ),
    Dataset(
        "suppliers",
        _("Suppliers"),
        (SUPPLIERS,),
        (
            Column("VENDORID", _("Supplier ID"), "text"),
            Column("NAME", _("Name"), "text"),
            Column("DISPLAYCONTACT.MAILADDRESS.CITY", _("City"), "text"),
            Column("TERMNAME", _("Terms"), "text"),
            Column("TOTALDUE", _("Amount due"), "money"),
            Column("STATUS", _("Status"), "tag"),
        ),
        is_required=False,
    ),
    Dataset(
        "bills",
        _("Bills"),
        (BILLS,),
        (
            Column("RECORDID", _("Bill number"), "text"),
            Column("VENDORNAME", _("Supplier"), "text"),
            Column("WHENCREATED", _("Date"), "date"),
            Column("WHENDUE", _("Due date"), "date"),
            Column("TOTALENTERED", _("Total"), "money"),
            Column("TOTALDUE", _("Amount due"), "money"),
            Column("STATE", _("State"), "tag"),
        ),
    ),
    Dataset(
        "bank-accounts",
        _("Bank accounts"),
        (CHECKING_ACCOUNTS, SAVINGS_ACCOUNTS),
        (
            Column("BANKACCOUNTID", _("Bank account ID"), "text"),
            Column("BANKNAME", _("Bank"), "text"),
            Column("BANKACCOUNTNO", _("Account number"), "text"),
            Column("CURRENCY", _("Currency"), "tag"),
            Column("GLACCOUNTNO", _("Ledger account"), "text"),
            Column("STATUS", _("Status"), "tag"),
        ),
    ),
    Dataset(
        "trial-balance",
        _("Trial balance"),
        (TRIAL_BALANCE,),
        (
            Column("glaccountno", _("Account"), "text"),
            Column("startbalance", _("Opening balance"), "money"),
            Column("debits", _("Debits"), "money"),
            Column("credits", _("Credits"), "money"),
            Column("endbalance", _("Closing balance"), "money"),
        ),
    ),
)

BY_SLUG: dict[str, Dataset] = {dataset.slug: dataset for dataset in DATASETS}

PERMISSIONS: tuple[Permission, ...] = tuple(
    dict.fromkeys(source.permission for row in DATASETS for source in row.sources)
)

PERMISSION_BY_KEY: dict[str, Permission] = {each.key: each for each in PERMISSIONS}


# The modules as get_applications names them.
MODULE_CODES = {
    "General Ledger": "GL",
    "Accounts Receivable": "AR",
    "Accounts Payable": "AP",
    "Cash Management": "CM",
    "Company": "CO",
}


def least_privilege() -> dict[str, tuple[Permission, ...]]:
    """Return all that a role must grant, and nothing more, by module."""
    modules = dict.fromkeys(permission.module for permission in PERMISSIONS)
    return {
        module: tuple(each for each in PERMISSIONS if each.module == module)
        for module in modules
    }


def needed_for(permission: Permission) -> tuple[Dataset, ...]:
    """Return the Datasets that cannot be read without `permission`."""
    return tuple(
        dataset
        for dataset in DATASETS
        if any(source.permission == permission for source in dataset.sources)
    )


def is_required(permission: Permission) -> bool:
    """Return whether a Dataset that cannot be left out needs `permission`."""
    return any(dataset.is_required for dataset in needed_for(permission))


def source_for(permission: Permission) -> Source:
    """Return a Source that `permission` opens; KeyError if there is none."""
    for dataset in DATASETS:
        for source in dataset.sources:
            if source.permission == permission:
                return source
    raise KeyError(permission.key)
