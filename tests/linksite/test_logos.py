"""Logos: drawn anew or rebuilt, and nothing of an upload that could act."""

import io
import struct
import zlib

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from linksite import logos

NS = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"'
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str, more: str = "") -> bytes:
    return f"<svg {NS} {XLINK} {more}>{inside}</svg>".encode()


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 8), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#0a5565").save(out, kind, **more)
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    checked = name + body
    return (
        struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))
    )


HOSTILE = {
    "a script": svg("<script>alert(1)</script>"),
    "a script in another case": svg("<SCRIPT>alert(1)</SCRIPT>"),
    "a script from afar": svg('<script href="https://evil.example/x.js"/>'),
    "an event": svg("<rect onclick='alert(1)'/>"),
    "an event of the root": svg("", "onload='alert(1)'"),
    "an event in odd case": svg("<rect OnLoad='alert(1)'/>"),
    "a foreign object": svg("<foreignObject><p>x</p></foreignObject>"),
    "a style sheet": svg("<style>@import url(https://evil.example)</style>"),
    "a picture from afar": svg('<image href="https://evil.example/x.png"/>'),
    "a link": svg('<a href="javascript:alert(1)"><rect/></a>'),
    "a use from afar": svg('<use href="https://evil.example/x.svg#a"/>'),
    "a use of data": svg('<use xlink:href="data:image/svg+xml,x#a"/>'),
    "an animation that sets": svg('<set attributeName="href" to="javascript:x"/>'),
    "an animation": svg('<rect><animate attributeName="x" to="9"/></rect>'),
    "a filter that fetches": svg('<filter><feImage href="//evil.example"/></filter>'),
    "a gradient from afar": svg(
        '<linearGradient id="a" xlink:href="https://evil.example/x.svg#a"/>'
    ),
    "a fill from afar": svg('<rect fill="url(https://evil.example/x.svg#a)"/>'),
    "a fill with an escape": svg(r'<rect fill="u\72l(//evil.example)"/>'),
    "a fill in quotes": svg("<rect fill='\"//evil.example\"'/>"),
    "a fill with a comment": svg('<rect fill="url/**/(//evil.example)"/>'),
    "a fill in a style": svg('<rect style="fill:url(//evil.example/#a)"/>'),
    "a mask from afar": svg('<rect mask="url(//evil.example/#m)"/>'),
    "an image set": svg("<rect fill='image-set(\"//evil.example\" 1x)'/>"),
    "an expression": svg('<rect fill="expression(alert(1))"/>'),
    "an embedded text": svg("<text>x</text>"),
    "a handler": svg("<handler>alert(1)</handler>"),
    "an iframe": svg('<iframe src="https://evil.example"/>'),
    "an entity": b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + svg("<title>&x;</title>"),
    "a thousand laughs": b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    + svg("<title>&b;</title>"),
    "a document type": b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">'
    + svg("<rect/>"),
    "another encoding": '<?xml version="1.0" encoding="utf-16"?><svg/>'.encode(
        "utf-16"
    ),
    "a page": b"<html><body><script>alert(1)</script></body></html>",
    "a page in XHTML": b'<html xmlns="http://www.w3.org/1999/xhtml"/>',
    "half a drawing": svg("<rect/>")[:-4],
    "no size": b'<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>',
    "no namespace": b"<svg><rect/></svg>",
    "too many parts": svg("<rect/>" * 2_001),
    "too deep": svg("<g>" * 500 + "</g>" * 500),
    "a style in a style in a style": svg(f'<rect style="{"style:" * 9_000}onx:1"/>')
    + b"<",
    "nothing": b"",
    "a text": b"hello",
    "a program": b"MZ\x90\x00" + b"\0" * 100,
    "half a picture": picture("PNG", (300, 300))[:80],
    "only a signature": b"\x89PNG\r\n\x1a\n",
    "an icon": picture("ICO", (16, 16)),
    "a bitmap": picture("BMP"),
    "a TIFF": picture("TIFF"),
    "a PDF": picture("PDF"),
    "a picture of a thousand million points": b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0" * 10_000))
    + chunk(b"IEND", b""),
    "a picture of twenty million points": picture("PNG", (5_000, 4_000)),
    "a large file": picture() + b"x" * logos.LARGEST,
}


@pytest.mark.parametrize("upload", HOSTILE.values(), ids=HOSTILE)
def test_what_could_act_or_is_no_picture_is_refused_in_words(upload):
    with pytest.raises(ValidationError) as refused:
        logos.clean(upload)

    assert refused.value.messages[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_becomes_a_png_no_larger_than_it_is_shown(kind):
    logo = logos.clean(picture(kind, (1200, 900)))

    with Image.open(io.BytesIO(logo.body)) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (267, 200))
    assert logo.content_type == "image/png"


@pytest.mark.parametrize(
    "upload",
    [
        picture("PNG") + b"<script>alert(1)</script>",
        picture("JPEG", comment=b"<script>alert(1)</script>"),
        picture("GIF", comment=b"*/alert(1)/*<script>"),
        b"\x89PNG\r\n\x1a\n"
        + picture("PNG")[8:33]
        + chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")
        + picture("PNG")[33:],
    ],
    ids=["after the end", "JPEG comment", "GIF comment", "PNG text"],
)
def test_what_a_picture_carries_besides_is_gone(upload):
    body = logos.clean(upload).body

    assert b"script" not in body and b"alert" not in body


def test_a_noisy_picture_is_made_small():
    noise = Image.effect_noise((600, 200), 100).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=70)

    assert len(logos.clean(out.getvalue()).body) <= logos.LARGEST_KEPT


def test_a_drawing_keeps_what_it_shows_and_loses_what_its_program_noted():
    upload = svg(
        "<!-- by Inkscape --><title>A &amp; F</title><metadata><x/></metadata>"
        '<sodipodi:namedview xmlns:sodipodi="http://sodipodi.example/x" onload="x"/>'
        '<html:script xmlns:html="http://www.w3.org/1999/xhtml">alert(1)</html:script>'
        '<defs><linearGradient id="g1"><stop offset="0" stop-color="#fff"/>'
        '</linearGradient><linearGradient id="g2" xlink:href="#g1"/></defs>'
        '<g transform="translate(1,2) rotate(45)" class="x" data-x="y">'
        '<path d="M0 0L5,5z" style="fill:#0a5565;stroke:none;-x-y:1;font:x"/>'
        '<rect width="5" height="5" fill="url(#g2)" inkscape="1"/></g>'
    )

    body = logos.clean(upload).body.decode()

    for part in (
        "<title>A &amp; F</title>",
        'fill="#0a5565" stroke="none"',
        'href="#g1"',
        'fill="url(#g2)"',
        'transform="translate(1,2) rotate(45)"',
        'viewBox="0 0 10 10"',
    ):
        assert part in body
    for part in (
        "Inkscape",
        "metadata",
        "sodipodi",
        "script",
        "style",
        "class",
        "font",
    ):
        assert part not in body
    assert logos.clean(upload).content_type == "image/svg+xml"
