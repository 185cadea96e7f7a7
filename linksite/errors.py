"""What people and logs see when something breaks: never a secret."""

import logging
import re
import secrets
from collections.abc import ItemsView
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.debug import SafeExceptionReporterFilter

# No letter or digit that looks like another.
LETTERS = "23456789ACDEFGHJKLMNPQRTUVWXYZ"
TOKEN_IN_PATH = re.compile(r"(/l/)[A-Za-z0-9_-]{10,}")


logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show the page for a request the site cannot read."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show the page for something this person may not do."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show the page for a form whose cookie is missing or old."""
    return render(request, "403.html", {"is_csrf": True}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show the page for an address that leads nowhere."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Show the page for our own mistake, with a reference that the log has, too."""
    reference = "".join(secrets.choice(LETTERS) for _ in range(4))
    # Django logs what broke right after this line.
    logger.error("what follows is shown to somebody as Ref. %s", reference)
    return render(request, "500.html", {"reference": reference}, status=500)


class ReporterFilter(SafeExceptionReporterFilter):
    """Error reports without local variables, form values, cookies or settings."""

    def is_active(self, request: HttpRequest | None) -> bool:
        """Filter in development as well."""
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """Return no form value at all."""
        return {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: Any
    ) -> ItemsView[str, Any]:
        """Return no local variable at all."""
        return {}.items()

    def get_safe_settings(self) -> dict[str, Any]:
        """Return no setting at all."""
        return {}

    def get_safe_cookies(self, request: HttpRequest | None) -> dict[str, Any]:
        """Return no cookie at all."""
        return {}


class LineFormatter(logging.Formatter):
    """One line per message: Link tokens masked, control characters escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text that cannot forge another line."""
        text = TOKEN_IN_PATH.sub(r"\1…", super().format(record))
        return "".join(
            char if char.isprintable() or char == " " else _escaped(char)
            for char in text
        )


def _escaped(char: str) -> str:
    # A traceback is easier to read on its own lines; they start with a mark.
    return "\n  | " if char == "\n" else char.encode("unicode_escape").decode()
