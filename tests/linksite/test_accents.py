"""The accent colour: readable in both themes, or refused with its contrast."""

import pytest
from django.core.exceptions import ValidationError

from linksite import accents

GOOD = ["#0a5565", "#000000", "#b00020", "#5b2a86", "#00695c", "#1a237e", "#6b6b00"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("#ffd400", "1.3"),
        ("#ffffff", "1.0"),
        ("#777777", "4.1"),
        ("#7fcbd6", "1.6"),
        ("#ff0000", "3.6"),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused_with_its_contrast(value, said):
    with pytest.raises(ValidationError) as refused:
        accents.check(value)

    assert f"is {said} to 1" in refused.value.messages[0]


@pytest.mark.parametrize(
    "value",
    [
        "0a5565",
        "#0a556",
        "#0a55655",
        "#0A5565 ",
        "red",
        "#0a5565;}",
        "#0a556\n",
        "#٠٠٠٠٠٠",
        "url(x)",
    ],
)
def test_what_is_no_colour_is_refused(value):
    with pytest.raises(ValidationError, match="like #0a5565"):
        accents.check(value)


@pytest.mark.parametrize("value", GOOD)
def test_a_good_colour_can_be_read_in_both_themes(value):
    colour = accents._colour(value)
    dark = accents.for_dark(colour)

    accents.check(value)
    assert accents.contrast(colour, accents.WHITE) >= 4.5
    assert accents.contrast(dark, accents.DARK_INK) >= 4.5
    assert accents.contrast(dark, accents.DARK_SURFACE) >= 4.5


def test_contrast_is_that_of_wcag():
    assert round(accents.contrast(accents.WHITE, accents.BLACK), 1) == 21.0
    assert round(accents.contrast((10, 85, 101), accents.WHITE), 2) == 8.4


def test_our_own_colour_gives_the_style_of_both_themes():
    css = accents.css("#0a5565")

    assert css.startswith(":root{--fill:#0a5565;--fill-hover:#08404c;--on-fill:#ffffff")
    assert css.count("--on-fill:#06252c") == 2
