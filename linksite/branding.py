"""How a Client shows itself: its logo, kept in a row of its own."""

import hashlib

from django.db import transaction

from linksite.logos import Logo as CleanLogo
from linksite.models import Branding, Logo

ENDINGS = {"image/png": "png", "image/svg+xml": "svg"}


@transaction.atomic
def save(branding: Branding, *, logo: CleanLogo | None, without: bool = False) -> None:
    """Save a Client's branding, with a new logo if there is one, or `without` any."""
    if logo or without:
        Logo.objects.filter(client=branding.client).delete()
        branding.logo_name = ""
    if logo:
        digest = hashlib.sha256(logo.body).hexdigest()[:32]
        branding.logo_name = f"{digest}.{ENDINGS[logo.content_type]}"
        Logo.objects.create(
            client=branding.client,
            name=branding.logo_name,
            content_type=logo.content_type,
            body=logo.body,
        )
    branding.save()


def logo(name: str) -> Logo | None:
    """Return the logo at an address; two Clients with one logo share it."""
    return Logo.objects.filter(name=name).first()
