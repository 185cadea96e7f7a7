"""A pretend Sage Intacct gateway, with companies for everything that can happen."""

from .companies import (
    SANDBOX_PASSWORD,
    SANDBOX_SENDER_ID,
    SANDBOX_SENDER_PASSWORD,
    SANDBOX_USER,
    SandboxCompany,
)
from .gateway import Call, Sandbox
from .scenarios import (
    ATELIER_BRUME,
    COOP_RIVES,
    FRESH,
    HARROW_TEXTILES,
    HUGE,
    HUGE_SIZE,
    PAPETERIES_LAC,
    SCENARIOS,
    Scenario,
)

__all__ = [
    "ATELIER_BRUME",
    "COOP_RIVES",
    "FRESH",
    "HARROW_TEXTILES",
    "HUGE",
    "HUGE_SIZE",
    "PAPETERIES_LAC",
    "SANDBOX_PASSWORD",
    "SANDBOX_SENDER_ID",
    "SANDBOX_SENDER_PASSWORD",
    "SANDBOX_USER",
    "SCENARIOS",
    "Call",
    "Sandbox",
    "SandboxCompany",
    "Scenario",
]
