"""What stopped a sign-in of a visit: noted, so that both faces can tell it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from linksite import intacct, vault, visiting
from linksite.models import LinkRequest

# Our own outcome: a stored secret that none of our keys opens.
UNREADABLE = "unreadable"


@contextmanager
def noted(link: LinkRequest, *, user_id: str) -> Iterator[None]:
    """Note what stops the sign-in within, and let it pass on."""
    try:
        yield
    except (intacct.IntacctError, vault.Unreadable) as error:
        note(link, error, user_id=user_id)
        raise


def note(link: LinkRequest, error: Exception, *, user_id: str) -> None:
    """Keep what stopped a sign-in, and since when; a person is there who tried."""
    outcome = getattr(error, "outcome", UNREADABLE)
    now, visit = timezone.now(), link.visit
    told = ("number", "text", "support_id", "retry_after")
    answer = {name: getattr(error, name, None) for name in told}
    visiting.keep(
        link,
        trouble=outcome,
        trouble_at=visit.trouble_at if visit.trouble == outcome else now,
        answer=answer | {"at": now.isoformat(), "user_id": user_id, "by": link.device},
    )
    visiting.settle(link)


def mended(link: LinkRequest) -> None:
    """Forget the cause, which is said to be mended; what was tried stays."""
    visiting.keep(link, trouble="", trouble_at=None)


def clear(link: LinkRequest) -> None:
    """Forget all of it: a sign-in was accepted."""
    visiting.keep(link, trouble="", trouble_at=None, answer={})


def tried(link: LinkRequest) -> dict[str, str]:
    """Return what was tried and answered last, to whom may see it: else nothing."""
    answer: dict[str, str] = link.visit.answer
    is_mine = bool(answer.get("by")) and answer["by"] == link.device
    return answer if link.is_proven or is_mine else {}
