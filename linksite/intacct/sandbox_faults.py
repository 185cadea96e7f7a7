"""The ways in which the Sandbox can fail to answer."""

import time

from .sandbox_answers import Answer

FAULTS = ("down", "nonsense", "empty", "slow", "cut")

_HEADERS = [("Content-Type", "text/html; charset=UTF-8")]
_PAGE = b"<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>"


def broken(answer: Answer, fault: str | None, delay: float) -> Answer:
    """Return what arrives in place of `answer`; "slow" takes `delay` seconds."""
    status, headers, body = answer
    match fault:
        case "slow":
            time.sleep(delay)
        case "cut":
            return status, headers, body[: len(body) // 2]
        case "down":
            return "502 Bad Gateway", _HEADERS, _PAGE
        case "nonsense":
            return "200 OK", _HEADERS, _PAGE
        case "empty":
            return "503 Service Unavailable", _HEADERS, b""
    return answer
