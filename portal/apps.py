"""The Portal: where the Members of a Client ask for data and read it."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The staff's face of the site."""

    name = "portal"
    verbose_name = "Portal"
