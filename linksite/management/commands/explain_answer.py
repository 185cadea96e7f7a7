"""Says what a stored answer of Sage Intacct means, and who must act on it."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from linksite import answers
from linksite.intacct import explain

MAX_BYTES = 64 * 1024 * 1024


class Command(BaseCommand):
    """Read an answer from a file and print its meaning as JSON."""

    help = "Explain a stored answer of Sage Intacct; it is read, never sent anywhere."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask for the file and for what HTTP said about it."""
        parser.add_argument("file", help="the answer's body, or - for standard input")
        parser.add_argument("--status", type=int, default=200, help="HTTP status")
        parser.add_argument("--content-type", default="", help="HTTP content type")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the meaning; an answer that cannot be read has one as well."""
        answer = explain.explain(
            _read(options["file"]),
            status=options["status"],
            content_type=options["content_type"],
        )
        told = answers.explained(answer)
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))


def _read(name: str) -> bytes:
    try:
        if name == "-":
            return sys.stdin.buffer.read(MAX_BYTES)
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}", returncode=2) from None
