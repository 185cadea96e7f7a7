"""The rows of an answer, taken out of its bytes while they arrive.

Rows come by the thousand and look alike: the first one teaches a pattern, and as
long as whole rows match it, one after another, they become plain values here and
leave the answer. Whatever is different stays in it, with all that follows, for the
XML parser of `wire`, which checks what is left of every answer. So the two say the
same, and only the parser ever refuses anything.
"""

import re
from collections.abc import Sequence
from typing import TypeAlias

from lxml import etree

Row: TypeAlias = dict[str, str | None]

MAX_ELEMENTS = 500_000
BLOCK = 65_536  # bytes
_LARGEST_ROW = 262_144  # bytes

_NAME = rb"[A-Za-z_][A-Za-z0-9_.-]*"
_SPACE = rb"([ \t\n]*)"
_DATA = re.compile(rb"<data(?:[ \t\n][^<>]*)?(?<!/)>")
_OPENING = re.compile(_SPACE + rb"<(" + _NAME + rb")>")
_FIELD = re.compile(_SPACE + rb"<(" + _NAME + rb")(?:/>|>[^<]*</\2>)")
_CLOSING = re.compile(_SPACE + rb"</(" + _NAME + rb")>")
_ENCODING = re.compile(rb"<\?xml[^>]*\bencoding\s*=\s*[\"'](?!utf-8[\"'])", re.I)
_ENDS = b"</data></result></operation></response>"

# What XML forbids in text, or changes when it reads it (a carriage return).
_CONTROLS = bytes(n for n in range(32) if n not in b"\t\n")
_FORBIDDEN = ("]]>", "\ufffe", "\uffff")
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|([a-z]{2,4}));|&")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class _Unlike(Exception):
    """These bytes are not rows like the first one."""


class Pages:
    """Takes the rows out of one answer; `rows` holds them.

    They are the first rows of the only result in the answer so far.
    """

    def __init__(self, block: int = BLOCK, *, are_rows: bool = True) -> None:
        """Look at `block` bytes together; take nothing unless `are_rows`."""
        self.rows: list[Row] = []
        self._block = block
        self._kept = bytearray()
        self._held = bytearray()
        self._form: _Form | None = None
        self._is_over = not are_rows

    def add(self, piece: bytes) -> None:
        """Take the next bytes of the answer, cut anywhere."""
        if self._is_over:
            self._kept += piece
            return
        self._held += piece
        if len(self._held) >= self._block:
            self._advance()

    def close(self) -> bytes:
        """Return what is left of the answer without its rows."""
        if not self._is_over:
            self._advance()
        return bytes(self._kept + self._held)

    def _advance(self) -> None:
        """Take out the whole rows that are held; stop for good at anything else."""
        try:
            form = self._form = self._form or self._begin()
            end = self._held.rfind(form.ending) + len(form.ending)
            if end < len(form.ending):
                raise _Unlike
            rows = form.rows(bytes(self._held[:end]))
            if (len(self.rows) + len(rows)) * form.size > MAX_ELEMENTS:
                raise _Unlike
        except (_Unlike, UnicodeDecodeError):
            self._kept += self._held
            self._held.clear()
            self._is_over = True
        else:
            self.rows += rows
            del self._held[:end]

    def _begin(self) -> "_Form":
        """Keep what stands before the rows, and learn from the first of them."""
        found = _DATA.search(self._held)
        if found is None or not _leads_to_rows(bytes(self._held[: found.end()])):
            raise _Unlike
        form = _learn(bytes(self._held[found.end() :]))
        self._kept += self._held[: found.end()]
        del self._held[: found.end()]
        return form


def _leads_to_rows(start: bytes) -> bool:
    """Say whether an answer that starts so stands right inside its only data.

    A closed copy tells: it is well-formed only if these elements are open.
    """
    if not start.startswith(b"<") or b"<!" in start or _ENCODING.match(start):
        return False
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(start + _ENDS, parser)
    except etree.XMLSyntaxError:
        return False
    places = ("operation", "operation/result", "operation/result/data")
    return root.tag == "response" and all(len(root.findall(p)) == 1 for p in places)


class _Form:
    """What every row must look like: these fields in this order, nothing else."""

    def __init__(self, names: Sequence[str], pattern: str, ending: bytes) -> None:
        self.ending = ending
        self.size = len(names) + 1  # elements
        self._names = tuple(names)
        self._match = re.compile(pattern).match

    def rows(self, block: bytes) -> list[Row]:
        """Return the rows that `block` consists of; raise _Unlike if it does not."""
        if len(block.translate(None, _CONTROLS)) != len(block):
            raise _Unlike
        text, at, rows = block.decode(), 0, []
        if any(each in text for each in _FORBIDDEN):
            raise _Unlike
        # Each match begins where the last one ended, so nothing is passed over.
        while at < len(text):
            found = self._match(text, at)
            if found is None or found.end() - at > _LARGEST_ROW:
                raise _Unlike
            values: Sequence[str | None] = found.groups()
            if text.find("&", at, found.end()) >= 0:
                values = [
                    _resolved(v) if v is not None and "&" in v else v for v in values
                ]
            rows.append(dict(zip(self._names, values, strict=True)))
            at = found.end()
        return rows


def _learn(rows: bytes) -> _Form:
    """Return the form of the row that `rows` begins with."""
    opening = _OPENING.match(rows)
    if opening is None:
        raise _Unlike
    names, pattern, at = [], [_literal(opening[0])], opening.end()
    while field := _FIELD.match(rows, at):
        name = field[2].decode()
        names.append(name)
        tag = re.escape(name)
        # An empty field matches without its group, which makes it None.
        pattern.append(_literal(field[1]))
        pattern.append(f"<{tag}(?:>([^<]+)</{tag}>|/>|></{tag}>)")
        at = field.end()
    closing = _CLOSING.match(rows, at)
    if closing is None or closing[2] != opening[2] or len(set(names)) != len(names):
        raise _Unlike
    pattern.append(_literal(closing[0]))
    return _Form(names, "".join(pattern), closing[0].lstrip())


def _literal(text: bytes) -> str:
    return re.escape(text.decode())


def _resolved(text: str) -> str:
    return _REFERENCE.sub(_character, text)


def _character(reference: re.Match[str]) -> str:
    """Return what a reference stands for; _Unlike if only a parser may say."""
    decimal, hexadecimal, name = reference.groups()
    if name in _ENTITIES:
        return _ENTITIES[name]
    number = int(decimal or "0") or int(hexadecimal or "0", 16)
    if 32 <= number < 0xD800 or number in (9, 10, 13):
        return chr(number)
    raise _Unlike
