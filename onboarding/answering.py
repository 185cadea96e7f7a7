"""Taking the answer to a Step: never over a newer one that its page did not show."""

from typing import Any

from django.db import transaction

from linksite import linking, visiting
from onboarding.flow import Step


class Overtaken(Exception):
    """Another device, or another tab, answered this Step in the meantime."""


def take(shown: Step, form: Any, version: str) -> None:
    """Use a valid answer, in one piece with the look at what it would replace.

    An answer that says what is there already just goes on. Raises Overtaken, and
    what the Step's `submit` raises; then nothing was written.
    """
    if shown.asks_gateway:  # too slow to hold others up; it looks again on storing
        if not _is_there_already(shown, form, version):
            shown.submit(form)
        return
    with transaction.atomic():
        link = visiting.locked(shown.link)
        if not link.is_open:
            raise linking.Closed
        step = shown.of(link)
        if not _is_there_already(step, form, version):
            step.submit(form)


def _is_there_already(step: Step, form: Any, version: str) -> bool:
    if version == step.version:
        return False
    if step.overwrites(form):
        raise Overtaken
    return bool(step.answer()) and step.is_answer(form)
