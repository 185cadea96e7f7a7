"""The XML of an answer, parsed within every cap."""

import re
from typing import TypeAlias

from lxml import etree

from .errors import AnswerTooBig
from .outcomes import malformed
from .pages import MAX_ELEMENTS

Element: TypeAlias = etree._Element

MAX_DEPTH = 64
MAX_FIELD = 1_000_000  # characters
_CHUNK = 65_536  # bytes
_ENCODINGS = {b"utf-8", b"iso-8859-1", b"us-ascii"}
_DECLARED = re.compile(rb"\s*<\?xml[^>]*\bencoding\s*=\s*[\"']([^\"']*)")


def tree(body: bytes, elements: int = 0) -> Element:
    """Return the root of a whole answer that keeps within the caps.

    `elements` were in it before. Raises GatewayUnavailable (malformed_response) for
    anything else.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    declared = _DECLARED.match(body)
    if declared and declared[1].lower() not in _ENCODINGS:
        raise malformed("an encoding other than UTF-8 or Latin-1")
    caps = _Caps(elements)
    try:
        for start in range(0, len(body), _CHUNK):
            parser.feed(body[start : start + _CHUNK])
            for event, element in parser.read_events():
                if isinstance(element, etree._Element):
                    caps.see(event, element)
        root: etree._Element = parser.close()
    except (etree.XMLSyntaxError, ValueError):
        # The parser's message may quote the answer: it is not passed on.
        raise malformed("not complete, well-formed XML") from None
    if root.tag != "response":
        raise malformed("not a response")
    return root


class _Caps:
    """Counts what the parser sees and stops it at the limits."""

    def __init__(self, elements: int) -> None:
        self.elements = elements
        self.depth = 0
        self._is_begun = False

    def see(self, event: str, element: etree._Element) -> None:
        """Count one event of the parser; raise GatewayUnavailable past a limit."""
        if event == "end":
            self.depth -= 1
            if len(element.text or "") > MAX_FIELD:
                raise malformed("a field is too long")
            return
        if not self._is_begun:
            _check_prolog(element)
            self._is_begun = True
        self.elements += 1
        self.depth += 1
        if self.elements > MAX_ELEMENTS or self.depth > MAX_DEPTH:
            raise AnswerTooBig("too many elements")


def _check_prolog(root: etree._Element) -> None:
    """Refuse any DOCTYPE: it could define entities."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise malformed("a DOCTYPE")
