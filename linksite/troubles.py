"""What stopped the sign-in of an invitation: noted, so that both faces can tell it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from linksite import intacct, vault
from linksite.models import LinkRequest

# Our own outcome: a stored secret that none of our keys opens.
UNREADABLE = "unreadable"
_FIELDS = ("trouble", "trouble_at", "answer")


@contextmanager
def noted(link: LinkRequest) -> Iterator[None]:
    """Note what stops the sign-in within, and let it pass on."""
    try:
        yield
    except (intacct.IntacctError, vault.Unreadable) as error:
        note(link, error)
        raise


def note(link: LinkRequest, error: Exception) -> None:
    """Keep what stopped a sign-in; the moment is that of the first of its kind."""
    outcome = getattr(error, "outcome", UNREADABLE)
    now = timezone.now()
    if link.trouble != outcome:
        link.trouble, link.trouble_at = outcome, now
    link.answer = {
        name: getattr(error, name, "") for name in ("number", "text", "support_id")
    }
    wait = getattr(error, "retry_after", None)
    link.answer |= {"at": now.isoformat(), "retry_after": wait}
    link.save(update_fields=_FIELDS)


def clear(link: LinkRequest) -> None:
    """Forget it: the sign-in was accepted, or its cause is said to be mended."""
    if link.trouble:
        link.trouble, link.trouble_at, link.answer = "", None, {}
        link.save(update_fields=_FIELDS)
