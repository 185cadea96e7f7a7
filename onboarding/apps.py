"""The face that the business's person sees: Link."""

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """The Link flow; it keeps no tables of its own."""

    name = "onboarding"
