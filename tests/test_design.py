"""Colours can be told apart, files are light, and the site sends them packed."""

import gzip
import re
from pathlib import Path

import django_htmx
import pytest
from django.conf import settings as configured
from django.contrib.staticfiles import storage
from django.core.management import call_command
from django.test import Client as Visitor

CSS = Path(configured.BASE_DIR, "static/css")
HTMX = Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.min.js"
SCRIPT = Path(configured.BASE_DIR, "static/js/ui.js")
COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})")

# What stands on what, and the contrast it needs: 4.5 for text, 7 for most of it,
# 3 for edges and marks.
PAIRS = {
    7: (
        "ink/surface ink/bg ink/sunken ink-2/surface ink/accent-tint ink/turn-tint "
        "ink/ok-tint ink/bad-tint rail-ink/rail"
    ),
    4.5: (
        "ink-2/bg ink-2/sunken ink-3/surface ink-3/bg ink-3/sunken accent/surface "
        "accent/bg accent/sunken accent/accent-tint accent-deep/accent-tint "
        "ink-2/accent-tint on-fill/fill on-fill/fill-hover turn/turn-tint turn/surface "
        "ink-2/turn-tint ok/ok-tint ok/surface bad/bad-tint bad/surface "
        "rail-ink-2/rail rail-ink-2/rail-2 rail-turn/rail rail-ok/rail"
    ),
    3: (
        "edge/surface edge/bg edge/sunken fill/surface fill/bg turn-mark/turn-tint "
        "turn-mark/surface ok-mark/surface ok-mark/ok-tint bad-mark/surface "
        "bad-mark/bad-tint focus-rail/rail focus/surface focus/bg focus/sunken "
        "focus/accent-tint focus/turn-tint focus/bad-tint c1/surface c3/surface"
    ),
    1.9: "c1/c2",
}
NEEDED = [(pair, least) for least, row in PAIRS.items() for pair in row.split()]


def _palettes() -> dict[str, dict[str, str]]:
    """Return the colours of the light theme, and of the dark one, written twice."""
    parts = re.split(
        r"@media \(prefers-color-scheme: dark\)|:root\[data-theme=\"dark\"\]",
        (CSS / "tokens.css").read_text(),
    )
    light, chosen, asked = (dict(COLOUR.findall(part)) for part in parts)
    return {"light": light, "dark": light | chosen, "dark asked for": light | asked}


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("pair", "least"), NEEDED)
def test_a_colour_can_be_told_from_what_it_stands_on(pair, least, theme):
    palette = _palettes()[theme]
    front, back = pair.split("/")

    assert _contrast(palette[front], palette[back]) >= least


def test_the_dark_theme_is_one_whether_preferred_or_chosen():
    palettes = _palettes()

    assert palettes["dark"] == palettes["dark asked for"]
    assert palettes["dark"] != palettes["light"]


@pytest.mark.parametrize(
    ("files", "kilobytes"),
    [(sorted(CSS.glob("[!a]*.css")), 12), ([SCRIPT], 4), ([HTMX], 17)],
    ids=["css", "ui.js", "htmx"],
)
def test_a_file_is_within_its_budget(files, kilobytes):
    packed = sum(len(gzip.compress(file.read_bytes())) for file in files)

    assert 0 < packed <= kilobytes * 1024


def test_a_page_is_sent_packed_and_padded(db):
    visitor = Visitor(headers={"accept-encoding": "gzip"})

    answers = [visitor.get("/account/login/") for _ in range(5)]

    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}
    assert "Accept-Encoding" in answers[0].headers["Vary"]
    assert b"<h1" in gzip.decompress(answers[0].content)
    # Its length tells nothing: the same page is never twice the same long.
    assert len({len(answer.content) for answer in answers}) > 1


def test_the_static_files_of_production_are_sent_packed(db, settings, tmp_path):
    settings.DEBUG = settings.WHITENOISE_USE_FINDERS = False
    settings.WHITENOISE_AUTOREFRESH = False
    settings.STATIC_ROOT = tmp_path
    backend = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": backend}}
    call_command("collectstatic", interactive=False, verbosity=0)

    visitor = Visitor(headers={"accept-encoding": "gzip"})
    answer = visitor.get(storage.staticfiles_storage.url("css/parts.css"))

    sent = b"".join(answer.streaming_content)
    answer.close()
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(sent)
    assert "immutable" in answer.headers["Cache-Control"]
    assert b"@layer parts" in gzip.decompress(sent)
