"""Requests, read as strictly as the gateway reads them."""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from lxml import etree

from .answers import Element, Refusal, schema

MOST = 5  # errors that are told at once

_LOCK = threading.Lock()
_SCHEMA = etree.XMLSchema(file=str(Path(__file__).with_name("requests.xsd")))


def read(body: bytes) -> Element:
    """Return the root of a request; Refusal if it is not as the schema wants it."""
    try:
        root = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None
    except ValueError:
        raise schema("Document is empty", kind="Fatal Error 4", where=_at()) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise schema("DOCTYPE is not allowed.", where=_at())
    with _LOCK:  # The schema keeps the errors of the last request only.
        found = [] if _SCHEMA.validate(root) else _errors()
    if found:
        found[0].others = tuple(found[1:MOST])
        raise found[0]
    return root


def glance(body: bytes) -> Element:
    """Return as much of a request as can be made out."""
    try:
        root = etree.fromstring(body, _parser(recover=True))
    except (etree.XMLSyntaxError, ValueError):
        root = None
    return etree.Element("request") if root is None else root


def _parser(*, recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=recover
    )


def _malformed(error: etree.XMLSyntaxError) -> Refusal:
    """Return the refusal of what is not XML, in the parser's own words."""
    words = (error.msg or "Document is empty").partition(", line ")[0]
    line, column = error.position
    code = getattr(error, "code", 0)  # The stubs do not know it.
    return schema(words, kind=f"Fatal Error {code}", where=_at(line, column))


def _invalid(error: "etree._LogEntry") -> Refusal:
    where = _at(error.line, error.column)
    return schema(error.message, kind=f"Error {error.type}", where=where)


def _errors() -> list[Refusal]:
    entries = cast("Iterable[etree._LogEntry]", _SCHEMA.error_log)
    return [_invalid(error) for error in entries]


def _at(line: int = 1, column: int = 1) -> str:
    return f" Line: {line}, column: {column}."
