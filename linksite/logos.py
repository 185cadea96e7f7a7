"""Makes an uploaded logo safe to serve: a picture is drawn anew, an SVG rebuilt.

Nothing of the uploaded bytes is passed on. A picture is decoded and encoded again,
without metadata and no larger than it is shown. An SVG is parsed, and only what a
drawing needs is written out again; what could act or fetch is refused.
"""

import io
import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from lxml import etree
from PIL import Image

LARGEST = 200_000  # bytes of an upload
MOST_PIXELS = 16_000_000
SIZE = (600, 200)
SMALLER = (300, 100)
LARGEST_KEPT = 150_000
MOST_ELEMENTS = 2_000
PICTURES = ("PNG", "JPEG", "GIF", "WEBP")

SVG = "{http://www.w3.org/2000/svg}"
NAMESPACES: Any = {None: SVG[1:-1]}
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
# No <use>: a few of them in each other draw a thousand million things.
_ELEMENTS = (
    "svg g defs path rect circle ellipse line polyline polygon linearGradient "
    "radialGradient stop clipPath mask title desc"
)
_ATTRIBUTES = (
    "id d x y x1 y1 x2 y2 cx cy r rx ry fx fy width height points viewBox version "
    "preserveAspectRatio transform gradientTransform gradientUnits spreadMethod "
    "offset clipPathUnits maskUnits maskContentUnits clip-path clip-rule mask fill "
    "fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap "
    "stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset opacity "
    "color stop-color stop-opacity display visibility"
)
ELEMENTS = frozenset(_ELEMENTS.split())
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
OWN_REFERENCE = re.compile(r"#[\w.-]+", re.ASCII)
OWN_PAINT = re.compile(r"url\(\s*#[\w.-]+\s*\)", re.ASCII)
PLAIN = re.compile(r"[\w\s.,%#+()-]*", re.ASCII)
FUNCTION = re.compile(r"([\w-]*)\s*\(", re.ASCII)
FUNCTIONS = frozenset(
    ("rgb", "rgba", "hsl", "hsla", "matrix", "translate", "scale", "rotate")
)


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that is safe to serve."""

    content_type: str
    body: bytes


def clean(upload: bytes) -> Logo:
    """Return a safe copy of an uploaded logo; raises ValidationError, in words."""
    if len(upload) > LARGEST:
        raise ValidationError(_("The file is too large: 200 KB at most"))
    start = upload.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return Logo("image/svg+xml", _drawing(upload))
    return Logo("image/png", _picture(upload))


def _picture(upload: bytes) -> bytes:
    unreadable = ValidationError(
        _("This is no picture we can read. Use PNG, JPEG, GIF, WebP or SVG")
    )
    try:
        with Image.open(io.BytesIO(upload), formats=PICTURES) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise unreadable
            drawn = picture.convert("RGBA")
            return _encoded(drawn, SIZE) or _encoded(drawn, SMALLER)
    except ValidationError:
        raise
    except Exception as error:  # a decoder chokes on bad bytes in many ways
        raise unreadable from error


def _encoded(drawn: Image.Image, size: tuple[int, int]) -> bytes:
    """Return a PNG no larger than `size`; b"" if it is still too heavy."""
    small = drawn.copy()
    small.thumbnail(size)
    small.info.clear()
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue() if size is SMALLER or out.tell() <= LARGEST_KEPT else b""


def _drawing(upload: bytes) -> bytes:
    root = _parsed(upload)
    if root.tag != SVG + "svg":
        raise _refused("svg")
    if sum(1 for _each in root.iter()) > MOST_ELEMENTS:
        raise ValidationError(_("This drawing is too complex. Use a PNG instead"))
    clean_root = _rebuilt(root)
    if not (clean_root.get("viewBox") or clean_root.get("width")):
        raise ValidationError(_("This SVG has no size: it needs a viewBox"))
    return etree.tostring(clean_root, encoding="utf-8", xml_declaration=True)


def _parsed(upload: bytes) -> "etree._Element":
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    if b"<!DOCTYPE" in upload:
        raise _refused("DOCTYPE")
    try:
        upload.decode("utf-8")
        return etree.fromstring(upload, parser)
    except (etree.XMLSyntaxError, UnicodeDecodeError) as error:
        raise ValidationError(_("This SVG cannot be read")) from error


def _rebuilt(element: "etree._Element") -> "etree._Element":
    """Return a copy of an element that holds what is listed, and nothing else."""
    name = str(element.tag).removeprefix(SVG)
    copy = etree.Element(SVG + name, nsmap=NAMESPACES)
    for key, value in element.attrib.items():
        _keep(copy, str(key), str(value))
    if name in ("title", "desc"):
        copy.text = element.text
    for child in element:
        if not isinstance(child.tag, str):
            raise _refused("entity")
        own = child.tag.removeprefix(SVG)
        if own in ELEMENTS:
            copy.append(_rebuilt(child))
        elif child.tag.startswith(SVG) and own != "metadata":
            raise _refused(own)
        # Else what a drawing program notes for itself.
    return copy


def _keep(copy: "etree._Element", key: str, value: str) -> None:
    if key.lower().startswith("on"):
        raise _refused(key)
    if key in ("href", XLINK_HREF):
        if not OWN_REFERENCE.fullmatch(value):
            raise _refused("href")
        copy.set("href", value)
    elif key == "style":
        for declaration in filter(str.strip, value.split(";")):
            name, _colon, setting = declaration.partition(":")
            if name.strip() != "style":
                _keep(copy, name.strip(), setting.strip())
    elif key in ATTRIBUTES:
        if not _is_harmless(value):
            raise _refused(key)
        copy.set(key, value)


def _is_harmless(value: str) -> bool:
    """Return whether a value names nothing outside the drawing."""
    if OWN_PAINT.fullmatch(value):
        return True
    return bool(PLAIN.fullmatch(value)) and set(FUNCTION.findall(value)) <= FUNCTIONS


def _refused(part: str) -> ValidationError:
    return ValidationError(
        _(
            "This SVG holds more than a drawing (%(part)s). Export it as a plain SVG, "
            "or use a PNG"
        ),
        params={"part": part},
    )
