"""Runs background work: a tick every second, and the queue's own worker."""

import logging
import threading
import time
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from linksite import tasks

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
QUEUE_SECONDS = 0.5
KEPT = timedelta(days=1)


class Command(BaseCommand):
    """Run Probes and Syncs and send mails until told to stop."""

    help = "Run background work: Probes, Syncs and mails."

    def handle(self, *args: Any, **options: Any) -> None:
        """Tick in a thread; take tasks in this one."""
        threading.Thread(target=_tick_for_ever, daemon=True).start()
        call_command(
            "db_worker", interval=QUEUE_SECONDS, startup_delay=False, reload=False
        )


def _tick_for_ever() -> None:
    while True:
        try:
            close_old_connections()
            tasks.tick()
            _forget_old_tasks()
        except Exception:
            # The next tick puts right what this one missed.
            logger.exception("the tick failed")
            connection.close()
        time.sleep(TICK_SECONDS)


def _forget_old_tasks() -> None:
    old = timezone.now() - KEPT
    DBTaskResult.objects.filter(enqueued_at__lt=old).delete()
