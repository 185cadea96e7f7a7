"""What the refusal of a user who cannot exist shows of a company's set-up.

The gateway looks at the company, at Web Services, at the Sender's authorisation and
last at the user. Sage documents the answers, not their order: it is inferred.
"""

from dataclasses import dataclass

from .errors import IntacctError

# How authentication itself refuses; other refusals of a sign-in may come earlier.
_NUMBER, _WORDS = "XL03000006", "sign-in information"


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether each is done: True, False, or None for what the answer leaves open."""

    web_services: bool | None = None
    sender: bool | None = None


def sight(error: IntacctError) -> Sight:
    """Return what the refusal of a made-up user shows."""
    match error.outcome:
        case "web_services_off":
            return Sight(web_services=False, sender=False)
        case "sender_not_authorised":
            return Sight(web_services=True, sender=False)
        case "bad_login" if error.number == _NUMBER and _WORDS in error.text.casefold():
            return Sight(web_services=True, sender=True)
        case _:
            return Sight()
