"""Errors of the gateway package, named by who must act.

IntacctError                  outcome, text, support_id, number
 |- GatewayUnavailable        nobody: try later (retry_after in seconds)
 |   '- AnswerTooBig           nobody: the client asks for a smaller page
 |- SenderRefused             our staff: the Sender ID or Sender Password
 |- SignInRefused             the customer: company ID, user ID or password
 |- SetupIncomplete           the customer's administrator: Web Services,
 |                            our Sender's authorisation, IP filter
 |- EntityRefused             the customer's administrator: entity access
 |- PermissionMissing         the customer's administrator: rights, modules
 |- SessionExpired            nobody: the client signs in again by itself
 '- RequestRefused            us: a request the gateway would not accept
Unsendable(ValueError)        the typist: a character XML cannot carry
"""


class IntacctError(Exception):
    """A conversation that failed.

    `outcome` names what happened, `text` is the gateway's own text without
    secrets and ids (at most 300 characters), `support_id` is what Sage's support
    asks for, `number` the gateway's error number. All but `outcome` may be empty.
    """

    def __init__(
        self, outcome: str, text: str = "", support_id: str = "", number: str = ""
    ) -> None:
        super().__init__(outcome, text, support_id, number)
        self.outcome = outcome
        self.text = text
        self.support_id = support_id
        self.number = number

    def __str__(self) -> str:
        return f"{self.outcome}: {self.text}" if self.text else self.outcome


class GatewayUnavailable(IntacctError):
    """Nobody needs to act: try again, after `retry_after` seconds when known."""

    retry_after: float | None = None


class AnswerTooBig(GatewayUnavailable):
    """The answer passed a cap: the same in smaller pages may not."""

    def __init__(self, text: str) -> None:
        super().__init__("malformed_response", text)


class SenderRefused(IntacctError):
    """Our staff must correct the Sender ID or the Sender Password."""


class SignInRefused(IntacctError):
    """The customer must check the company ID, user ID and password."""


class SetupIncomplete(IntacctError):
    """The customer's administrator must finish the Web Services set-up."""


class EntityRefused(IntacctError):
    """The customer's administrator must open the entity to the user."""


class PermissionMissing(IntacctError):
    """The customer's administrator must grant a right or subscribe a module."""


class SessionExpired(IntacctError):
    """The session is no longer known; a second one in a row reaches the caller."""


class RequestRefused(IntacctError):
    """We sent something wrong, or the gateway said something we do not know."""


class Unsendable(ValueError):
    """A value holds a character that XML 1.0 cannot carry; nothing was sent."""
