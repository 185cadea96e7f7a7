"""The screens of Sage Intacct that the guide leads to, by the same menu words."""

from . import role_screens, setup_screens, user_screens
from .screen import Place

# The address of each below its company's, as a pattern.
PLACES: dict[str, Place] = (
    setup_screens.PLACES | user_screens.PLACES | role_screens.PLACES
)
