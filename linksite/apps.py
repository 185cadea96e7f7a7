"""The core app, which refuses to start when a secret is missing or shared."""

import sys
from collections.abc import Iterator

from django.apps import AppConfig
from django.conf import settings

from linksite import vault

SHORTEST_SECRET = 32


class LinksiteConfig(AppConfig):
    """The core: every table of the site."""

    name = "linksite"
    verbose_name = "Linksite"

    def ready(self) -> None:
        """Stop here, with one clear line, rather than run unsafely."""
        if problem := next(problems(), ""):
            sys.exit(f"linksite: {problem}. See .env.example.")


def problems() -> Iterator[str]:
    """Yield what is wrong with the settings, in words that hold no secret."""
    if problem := vault.problem():
        yield problem
    for name in ("SECRET_KEY", "TOKEN_PEPPER"):
        if len(getattr(settings, name)) < SHORTEST_SECRET:
            yield f"{name} must have {SHORTEST_SECRET} characters or more"
    keys = [key.partition(":")[2] for key in settings.VAULT_KEYS]
    if len({settings.SECRET_KEY, settings.TOKEN_PEPPER, *keys}) != 2 + len(keys):
        yield "SECRET_KEY, TOKEN_PEPPER and VAULT_KEYS must all differ"
    if settings.GATEWAY_TEST_HOSTS and not settings.DEBUG:
        yield "GATEWAY_TEST_HOSTS is for DEBUG only: unset it"
