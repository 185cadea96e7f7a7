"""What a failed answer means: one table from the gateway's words to our errors.

Rows are tried in order and the first that fits wins. A row fits when its level,
its function and one of its numbers are those of the failure (an empty column
fits all) and all its words stand in the text, case-folded, ids removed. Level
comes before text because the gateway uses XL03000006 for the Sender at control
level and for the customer at authentication level. To add a row: one line here,
one sample `tests/samples/intacct/<name>.xml`.
"""

import html
import re
from dataclasses import dataclass
from urllib.parse import unquote

from .errors import (
    EntityRefused,
    GatewayUnavailable,
    IntacctError,
    PermissionMissing,
    RequestRefused,
    SenderRefused,
    SessionExpired,
    SetupIncomplete,
    SignInRefused,
)

CONTROL, AUTHENTICATION, RESULT = "control", "authentication", "result"
TEXT_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of an answer, as sent: its numbers and its texts."""

    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; `name` is also the name of its sample."""

    name: str
    outcome: str
    level: str = ""
    numbers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    function: str = ""

    def fits(self, level: str, function: str, fault: Fault, text: str) -> bool:
        """Say whether this row describes the failure."""
        return (
            self.level in ("", level)
            and self.function in ("", function)
            and (not self.numbers or not set(self.numbers).isdisjoint(fault.numbers))
            and all(word in text for word in self.words)
        )


_SIGN_IN = ("XMLGW_JPP0002", "UJPP0002")
_GATEWAY = ("GW-0011", "invalidRequest")
_SCHEMA = ("XL03000003",)
_REFUSED = "sign-in information is incorrect"

# developer.intacct.com/web-services/error-handling and, where that is silent,
# answers recorded in public test suites.
RULES: tuple[Rule, ...] = (
    # A refused sign-in must never look like something to try again.
    Rule("wrong-login-text", "bad_login", AUTHENTICATION, (), (_REFUSED,)),
    # Anywhere: the gateway is busy, or asleep.
    Rule("rate-limit", "throttled", numbers=("GW-0010",)),
    Rule("rate-limit-text", "throttled", words=("api rate limit exceeded",)),
    Rule("too-many-operations", "throttled", words=("too many operations",)),
    Rule("gateway-error", "transient", numbers=("GW-0001",)),
    Rule("off-line", "transient", words=("temporarily off-line",)),
    Rule("try-again-later", "transient", words=("please try again later",)),
    Rule("gateway-forbidden", "transport_blocked", numbers=("GW-0042",)),
    Rule("ip-denied", "ip_blocked", words=("ip address denied",)),
    # What Sage itself calls the failure, before any number and text.
    Rule("permission-category", "permission_missing", RESULT, ("Invalid permission",)),
    Rule("duplicate-category", "duplicate", RESULT, ("Duplication Prevention",)),
    # The control block: us and our Sender.
    Rule("unknown-company", "company_unknown_or_sender_inactive", CONTROL, _GATEWAY),
    Rule("demo-expired", "company_expired_demo", CONTROL, ("PL04000055",)),
    Rule("sign-in-at-gateway", "bad_login", CONTROL, _SIGN_IN),
    Rule("login-at-control", "bad_login", CONTROL, (), ("login information is",)),
    Rule("transport-policy", "client_bug", CONTROL, (), ("transport policy",)),
    Rule("schema", "client_bug", CONTROL, _SCHEMA),
    Rule("wrong-sender", "bad_partner_credential", CONTROL, ("XL03000006",)),
    Rule("control-unknown", "unknown_error", CONTROL),
    # Authentication: the company and its user.
    Rule(
        "session-invalid", "session_invalid", AUTHENTICATION, (), ("invalid session",)
    ),
    Rule(
        "sender-not-authorised",
        "sender_not_authorised",
        AUTHENTICATION,
        words=("sender id", "not authorized"),
    ),
    Rule(
        "web-services-off",
        "web_services_off",
        AUTHENTICATION,
        words=("not authorized to use web services",),
    ),
    Rule(
        "web-services-not-subscribed",
        "web_services_off",
        AUTHENTICATION,
        words=("web services", "subscri"),
    ),
    Rule(
        "web-services-no-xml",
        "web_services_off",
        AUTHENTICATION,
        words=("not authorized for xml transactions",),
    ),
    Rule("demo-expired-at-sign-in", "company_expired_demo", "", ("PL04000055",)),
    Rule("wrong-login", "bad_login", AUTHENTICATION),
    # One function.
    Rule("rolled-back", "rolled_back", RESULT, words=("rolled back",)),
    Rule(
        "entity-refused",
        "entity_denied_or_session_failed",
        RESULT,
        function="getAPISession",
    ),
    Rule(
        "session-failed",
        "entity_denied_or_session_failed",
        RESULT,
        words=("get api session failed",),
    ),
    Rule(
        "permission-missing",
        "permission_missing",
        RESULT,
        words=("do not have permission",),
    ),
    Rule(
        "action-not-authorised",
        "permission_missing",
        RESULT,
        words=("not authorized to perform this action",),
    ),
    Rule(
        "operation-impossible",
        "object_unavailable",
        RESULT,
        words=("cannot be performed on objects",),
    ),
    Rule(
        "object-unknown",
        "object_unavailable",
        RESULT,
        words=("object definition", "not found"),
    ),
    Rule(
        "module-not-subscribed",
        "object_unavailable",
        RESULT,
        words=("module is not subscribed",),
    ),
    Rule(
        "feature-disabled",
        "object_unavailable",
        RESULT,
        words=("feature is disabled for your company",),
    ),
    Rule("field-unknown", "field_unknown", RESULT, ("XL03000010",)),
    Rule("fields-invalid", "field_unknown", RESULT, words=("invalid fields list",)),
    Rule("cursor-expired", "result_set_expired", RESULT, words=("readmore",)),
    Rule(
        "already-recorded",
        "idempotent_repeat",
        RESULT,
        words=("successful transaction has already been recorded",),
    ),
    Rule("duplicate-value", "duplicate", RESULT, ("BL34000061", "BL03002185")),
    Rule("duplicate-text", "duplicate", RESULT, words=("duplicate",)),
    Rule("business-rule", "business_rule", RESULT, ("BL01001973", "BL03000018")),
    Rule("document-rule", "business_rule", RESULT, ("PL01000127", "XL03000027")),
    Rule("unknown", "unknown_error"),
)

RAISES: dict[str, type[IntacctError]] = {
    "transient": GatewayUnavailable,
    "throttled": GatewayUnavailable,
    "transport_blocked": GatewayUnavailable,
    "unknown_outcome": GatewayUnavailable,
    "malformed_response": GatewayUnavailable,
    "bad_partner_credential": SenderRefused,
    "bad_login": SignInRefused,
    "company_unknown_or_sender_inactive": SignInRefused,
    "company_expired_demo": SignInRefused,
    "sender_not_authorised": SetupIncomplete,
    "web_services_off": SetupIncomplete,
    "ip_blocked": SetupIncomplete,
    "entity_denied_or_session_failed": EntityRefused,
    "permission_missing": PermissionMissing,
    "object_unavailable": PermissionMissing,
    "session_invalid": SessionExpired,
}

# Every meaning that an answer can have; what raises nothing is good or not for us.
OUTCOMES = (
    "ok",
    "ok_empty",
    "mixed",
    "async_ack",
    *dict.fromkeys(rule.outcome for rule in RULES),
    "unknown_outcome",
    "malformed_response",
)

# What trying the same again may mend. Never a sign-in: users get locked out.
_LATER = {"transient", "throttled", "unknown_outcome", "malformed_response"}

_NO_SESSION = "Invalid session"
_IDS = re.compile(r"\[(?:Support|Request) ID: ?([^\]]*)\]")


def retry(outcome: str) -> str:
    """Return what to do with a read that ended so: no, later or new session."""
    if outcome == "session_invalid":
        return "new session"
    return "later" if outcome in _LATER else "no"


def error(
    outcome: str, text: str = "", support_id: str = "", number: str = ""
) -> IntacctError:
    """Return the error of the class that stands for `outcome`."""
    raised = RAISES.get(outcome, RequestRefused)
    return raised(outcome, text, support_id, number)


def malformed(text: str) -> IntacctError:
    """Return the error for an answer that breaks the protocol; `text` says how."""
    return error("malformed_response", text)


def classify(
    level: str,
    faults: tuple[Fault, ...],
    *,
    function: str = "",
    by_login: bool = True,
    hide: tuple[str, ...] = (),
) -> IntacctError:
    """Return (not raise) the error that a failed level of an answer means.

    `faults` are in the order sent; `function` is the name of the function that
    failed, at result level; `by_login` is false when a session was presented
    instead of a password; a text that repeats a string of `hide` is left out.
    """
    fault = _cause(faults)
    number, text, support_id = readable(fault, hide)
    outcome = matching(level, fault, function).outcome
    if outcome == "bad_login" and not by_login:
        outcome = "session_invalid"  # No password was sent that could be wrong.
        text = _NO_SESSION
    return error(outcome, text, support_id, number)


def matching(level: str, fault: Fault, function: str = "") -> Rule:
    """Return the row of the table that fits; the last row fits everything."""
    # The oldest answers put words where the number belongs.
    words = " ".join((*fault.numbers, _plain(fault)[0])).casefold()
    return next(rule for rule in RULES if rule.fits(level, function, fault, words))


def _cause(faults: tuple[Fault, ...]) -> Fault:
    """Return the first error that does not merely report the rollback."""
    causes = (f for f in faults if "rolled back" not in " ".join(f.texts))
    return next(causes, faults[0] if faults else Fault())


def _plain(fault: Fault) -> tuple[str, str]:
    """Return the whole text without ids, and the first id."""
    # Texts of the oldest answers are escaped twice.
    sent = html.unescape(" ".join(dict.fromkeys(t for t in fault.texts if t)))
    found = _IDS.search(sent)
    text = " ".join(_IDS.sub("", sent).split())
    return text, unquote(found[1]) if found else ""


def readable(fault: Fault, hide: tuple[str, ...] = ()) -> tuple[str, str, str]:
    """Return number, text and support id as people may see them."""
    text, support_id = _plain(fault)
    if "invalid session" in text.casefold():
        text = _NO_SESSION  # The gateway's own text repeats the session id.
    number = _hidden(fault.numbers[0], hide) if fault.numbers else ""
    text = _hidden(text, hide)
    support_id = _hidden(support_id, hide)
    return number[:TEXT_LIMIT], text[:TEXT_LIMIT], support_id[:TEXT_LIMIT]


def _hidden(text: str, secrets: tuple[str, ...]) -> str:
    """Return a text, or nothing of one that repeats a secret.

    A mark in its place would tell a short or ordinary password by what is left.
    """
    said = {form for secret in secrets if secret for form in _forms(secret)}
    return "" if any(form in text for form in said) else text


def _forms(secret: str) -> tuple[str, ...]:
    """Return a secret as the gateway may send it, and as `_plain` leaves it."""
    unescaped = html.unescape(secret)
    kept = (" ".join(form.split()) for form in (secret, unescaped))
    return tuple(filter(None, (secret, unescaped, *kept)))
