"""The ways in which the Sandbox can fail to answer."""

from .answers import NOT_SIGNED_IN, RATE_LIMIT, Answer, Refusal, failed

# What each does, in the words of the console.
FAULTS = {
    "down": "Down: a page with status 502",
    "nonsense": "Nonsense: a page in place of an answer, status 200",
    "empty": "Empty: status 503 and nothing else",
    "slow": "Slow: every answer takes its time",
    "cut": "Cut: answers break off in the middle",
    "throttled": "Throttled: status 429, the rate limit is reached",
    "gave-up": "Gave up: status 524, the front server stopped waiting",
    "blocked": "Blocked: a page with status 403",
    "unsigned": "Unsigned: status 401 in XML",
    "off-line": "Off-line: the service says so in its answer",
    "busy": "Busy: too many operations for this company",
}
# These are made by the gateway itself while it answers.
WITHIN = frozenset({"slow", "off-line", "busy"})

_HEADERS = [("Content-Type", "text/html; charset=UTF-8")]
_PAGE = b"<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>"
_BLOCKED = b"<!DOCTYPE html><html><body><h1>Error 1020</h1></body></html>"
_PAGES: dict[str, Answer] = {
    "down": ("502 Bad Gateway", _HEADERS, _PAGE),
    "nonsense": ("200 OK", _HEADERS, _PAGE),
    "empty": ("503 Service Unavailable", _HEADERS, b""),
    "gave-up": ("524 Origin Time-out", _HEADERS, b""),
    "blocked": ("403 Forbidden", _HEADERS, _BLOCKED),
}


def instead(fault: str | None) -> Answer | None:
    """Return what arrives in place of any answer, if nothing is answered at all."""
    if fault == "throttled":
        refusal = Refusal(*RATE_LIMIT)
        return failed("429 Too Many Requests", refusal, {}, ("Retry-After", "30"))
    if fault == "unsigned":
        return failed("401 Unauthorized", Refusal(*NOT_SIGNED_IN), {})
    return _PAGES.get(fault or "")


def cut(answer: Answer) -> Answer:
    """Return the first half of an answer."""
    status, headers, body = answer
    return status, headers, body[: len(body) // 2]
