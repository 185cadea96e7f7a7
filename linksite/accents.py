"""A Client's accent colour: whether people can read on it, and how it is used.

One colour is given; it fills the buttons of the light theme under white text. The
dark theme gets the same hue, made as light as its dark text needs.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

Colour = tuple[int, int, int]

SHAPE = re.compile(r"#[0-9a-f]{6}", re.ASCII)
# Those of static/css/tokens.css.
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
LIGHT_PAGE, DARK_SURFACE, DARK_INK = (243, 246, 246), (20, 31, 35), (6, 37, 44)
ENOUGH = 4.5  # WCAG 2.2, 1.4.3


def check(value: str) -> None:
    """Refuse what is no colour, or one that nobody could read on; say the ratio."""
    if not SHAPE.fullmatch(value):
        raise ValidationError(_("Enter a colour like #0a5565"))
    ratio = contrast(_colour(value), LIGHT_PAGE)
    if ratio < ENOUGH:
        raise ValidationError(
            _(
                "The contrast of this colour is %(ratio)s to 1, and text needs 4.5 to "
                "1. Choose a darker one"
            ),
            params={"ratio": number_format(int(ratio * 10) / 10, decimal_pos=1)},
        )


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def for_dark(colour: Colour) -> Colour:
    """Return the same hue, light enough for the dark theme."""
    for part in range(101):
        lighter = _mix(colour, WHITE, part / 100)
        if min(contrast(lighter, DARK_INK), contrast(lighter, DARK_SURFACE)) >= ENOUGH:
            return lighter
    return WHITE


def css(value: str) -> str:
    """Return the style sheet that fills the buttons with an accent colour."""
    light = _colour(value)
    dark = for_dark(light)
    in_light = _tokens(light, _mix(light, BLACK, 0.25), WHITE)
    in_dark = _tokens(dark, _mix(dark, WHITE, 0.35), DARK_INK)
    return (
        f":root{{{in_light}}}"
        "@media (prefers-color-scheme:dark)"
        f'{{:root:not([data-theme="light"]){{{in_dark}}}}}'
        f':root[data-theme="dark"]{{{in_dark}}}'
    )


def _tokens(fill: Colour, hover: Colour, text: Colour) -> str:
    return f"--fill:{_hex(fill)};--fill-hover:{_hex(hover)};--on-fill:{_hex(text)}"


def _colour(value: str) -> Colour:
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _mix(one: Colour, other: Colour, part: float) -> Colour:
    red, green, blue = (
        round(a + (b - a) * part) for a, b in zip(one, other, strict=True)
    )
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
