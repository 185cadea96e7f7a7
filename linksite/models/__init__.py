"""The rows: who asks, who is asked, what was agreed, and what was read."""

from linksite.models.books import Reading, Record
from linksite.models.clients import (
    Branding,
    Client,
    Company,
    IntegrationSettings,
    Logo,
    Member,
    check_return_url,
)
from linksite.models.connections import (
    MAY_BE_READ,
    CallLedger,
    Connection,
    SignInBudget,
    Turn,
)
from linksite.models.labels import Label
from linksite.models.links import Handover, LinkRequest, LinkToken, Visit, Watch
from linksite.models.people import User, UserManager
from linksite.models.runs import Notice, Probe, Run, Sync, lease_length

__all__ = [
    "MAY_BE_READ",
    "Branding",
    "CallLedger",
    "Client",
    "Company",
    "Connection",
    "Handover",
    "IntegrationSettings",
    "Label",
    "LinkRequest",
    "LinkToken",
    "Logo",
    "Member",
    "Notice",
    "Probe",
    "Reading",
    "Record",
    "Run",
    "SignInBudget",
    "Sync",
    "Turn",
    "User",
    "UserManager",
    "Visit",
    "Watch",
    "check_return_url",
    "lease_length",
]
