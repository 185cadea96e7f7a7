"""Carries one background run from its claim to its end, whatever Sage Intacct says."""

import logging
import random
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from linksite import budget, intacct, integrations, vault
from linksite.models import Connection, Run

logger = logging.getLogger(__name__)

Work = Callable[[intacct.Client], None]

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
OFF_WAIT = timedelta(minutes=5)
MOST_ATTEMPTS = 12


class LeaseLost(Exception):
    """Another worker took this run over: what was not written yet must not be."""


def conduct(run: Run, connection: Connection, work: Work) -> None:
    """Claim `run` and let `work` talk to the Connection's company.

    `work` ends the run itself when all goes well. A failure ends or postpones it
    here, by who must act. Calling this twice, or for a finished run, is harmless.
    """
    if not run.claim():
        return
    settings = integrations.settings_for(connection.company.client)
    if connection.unlinked_at or not connection.password_sealed:
        run.finish("cancelled")
    elif not settings.is_ready:
        run.postpone("integration_disabled", OFF_WAIT)
    else:
        _conduct(run, connection, work)


def _conduct(run: Run, connection: Connection, work: Work) -> None:
    try:
        _talk(connection, work)
    except LeaseLost:
        logger.warning("%s was taken over by another worker", run)
    except intacct.GatewayUnavailable as error:
        run.postpone(error.outcome, wait(run.attempts, error.retry_after))
    except intacct.SenderRefused as error:
        settings = integrations.settings_for(connection.company.client)
        integrations.note_sender(settings, refused=True)
        run.postpone(error.outcome, max(OFF_WAIT, wait(run.attempts)))
    except intacct.SignInRefused as error:
        _sign_in_refused(connection, error)
        run.finish(error.outcome)
    except (intacct.SetupIncomplete, intacct.EntityRefused) as error:
        trouble(connection, error.outcome)
        run.postpone(error.outcome, wait(run.attempts))
    except vault.Unreadable:
        logger.exception("%s cannot open its password", run)
        _give_up(run, "unreadable")
    except Exception as error:
        logger.exception("%s failed", run)
        _give_up(run, getattr(error, "outcome", "unknown_error"))


def _talk(connection: Connection, work: Work) -> None:
    with integrations.client_for(connection) as client:
        try:
            work(client)
        finally:
            integrations.keep_session(connection, client.session)
    if connection.trouble:
        trouble(connection, "")
    settings = integrations.settings_for(connection.company.client)
    integrations.note_sender(settings, refused=False)


def _sign_in_refused(connection: Connection, error: intacct.SignInRefused) -> None:
    """No worker tries again until the customer has given new credentials."""
    if error.outcome == "bad_login":
        budget.note_failure(
            connection.intacct_company_id,
            connection.user_id,
            integrations.password_of(connection),
        )
    trouble(connection, error.outcome)


def trouble(connection: Connection, outcome: str) -> None:
    """Note what stops a Connection, or with "" that nothing does any more."""
    if connection.trouble == outcome:
        return
    connection.trouble = outcome
    connection.trouble_at = timezone.now() if outcome else None
    # Not if the customer has signed in anew meanwhile: it was the old password.
    Connection.objects.filter(
        pk=connection.pk, password_sealed=connection.password_sealed
    ).update(trouble=outcome, trouble_at=connection.trouble_at)


def _give_up(run: Run, outcome: str) -> None:
    if run.attempts < MOST_ATTEMPTS:
        run.postpone(outcome, wait(run.attempts))
    else:
        run.finish(outcome)


def delayed_by(connection: Connection) -> str:
    """Return the outcome that the next attempt of a run waits on, "" if none does."""
    for runs in (connection.probes, connection.syncs):
        run = runs.unfinished().exclude(outcome="").first()
        if run:
            return str(run.outcome)
    return ""


def wait(attempts: int, asked: float | None = None) -> timedelta:
    """Return how long to wait before the next attempt: doubling, with jitter.

    `asked` is the number of seconds the gateway asked for, if it did.
    """
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts, 12))
    # Jitter is no secret.
    chosen: timedelta = longest * random.uniform(0.5, 1.0)  # noqa: S311
    return max(chosen, timedelta(seconds=asked or 0))
