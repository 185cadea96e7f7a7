"""A colleague who was handed something: how they come to it, and what they do."""

import re

from django.test import Client as Browser

from linksite.models import Visit

MARC = "marc.petit@atelier-brume.example"
PATH = re.compile(r"/l/[A-Za-z0-9_-]{43}/")
IN_INTACCT = ["company-id", "web-services", "sender", "web-services-user"]


def form(email: str = MARC, scope: str = "step", language: str = "en") -> dict:
    """Return a filled form."""
    return {"email": email, "scope": scope, "language": language}


def done() -> list[str]:
    """Return the Steps that somebody said are done, and are not checked yet."""
    return [slug for slug in IN_INTACCT[1:] if slug in Visit.objects.get().done]


def start(colleague: Browser) -> None:
    """Press Start, and go where it leads."""
    answer = colleague.post(colleague.path)
    assert answer.status_code == 303, answer.content.decode()
    colleague.at = answer["Location"]
