"""Rows taken out of an answer on the way are those that the parser reads from it."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linksite.intacct import IntacctError, pages, wire
from linksite.intacct.pages import Pages

from .conftest import make_request

HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n<response><control><status>success"
    "</status><controlid>sample</controlid></control><operation><authentication>"
    "<status>success</status></authentication><result><status>success</status>"
    "<function>query</function><controlid>1</controlid>"
)
TAIL = "</data></result></operation></response>"
FIELDS = ("RECORDNO", "CUSTOMER.NAME", "NOTE")

PLAIN = st.text("ab1 .;é€株😀", max_size=9)
# What a row may hold that is not plain text; some of it is not XML either.
PIECES = st.one_of(
    PLAIN,
    st.sampled_from(
        [
            "&amp;",
            "&lt;",
            "&gt;",
            "&quot;",
            "&apos;",
            "&#233;",
            "&#xE9;",
            "&#x20AC;",
            "&#13;",
            "&#10;",
            "&#0;",
            "&#xD800;",
            "&#xFFFE;",
            "&#x1F600;",
            "&#x110000;",
            "&nbsp;",
            "&amp",
            "&;",
            "&",
            "&#;",
            "&#99999999;",
            "]]>",
            ">",
            "\r",
            "\r\n",
            "\n",
            "\t",
            "\x0b",
            "\x00",
            "\x85",
            "\x7f",
            "\ufffe",
            "\uffff",
            "é",
            "株式会社",
            "😀",
            "<![CDATA[a<b&c]]>",
            "<![CDATA[</R><R><RECORDNO>9</RECORDNO></R>]]>",
            "<!--x-->",
            "<!--</R><R>-->",
            "<?x?>",
            "<A/>",
            "<A>1</A>",
            "</R>",
            "</R><R>",
            "<R/>",
            "</data>",
            "<data>",
            "</NOTE><NOTE>",
            "</NOTE>",
            "<",
            "<NOTE/>",
        ]
    ),
)


def one_in(number: int, strange: st.SearchStrategy, normal: st.SearchStrategy) -> Any:
    return st.integers(1, number).flatmap(lambda n: strange if n == 1 else normal)


STRANGE = st.lists(PIECES, max_size=3).map("".join)
TEXTS = one_in(12, STRANGE, PLAIN)


def field(name: str) -> st.SearchStrategy[str]:
    empty = st.sampled_from([f"<{name}/>", f"<{name}></{name}>"] * 9 + [f"<{name} />"])
    opening = st.sampled_from([name] * 40 + [f"{name} a='1'"])
    full = st.tuples(opening, TEXTS).map(lambda x: f"<{x[0]}>{x[1]}</{name}>")
    return st.one_of(full, full, empty)


USUAL = st.tuples(*map(field, FIELDS))
UNUSUAL = st.lists(st.one_of(*map(field, (*FIELDS, "R"))), max_size=5)
ROWS = st.lists(
    st.tuples(st.sampled_from(["R"] * 30 + ["S"]), one_in(25, UNUSUAL, USUAL)),
    min_size=2,
    max_size=25,
)


def written(head: str, space: str, rows: list[tuple[str, Sequence[str]]]) -> bytes:
    body = "".join(
        f"{space}<{tag}>{''.join(space + each for each in fields)}{space}</{tag}>"
        for tag, fields in rows
    )
    return f'{head}<data count="{len(rows)}">{body}{space}{TAIL}'.encode()


ODD_HEADS = (
    HEAD.replace("UTF-8", "ISO-8859-1"),
    HEAD.replace("UTF-8", "us-ascii"),
    HEAD.replace("UTF-8", "utf-8"),
    HEAD.partition("\n")[2],
    "\ufeff" + HEAD,
    "\n" + HEAD,
    HEAD.replace("<response>", "<!DOCTYPE response><response>"),
    HEAD.replace("<response>", '<!DOCTYPE r [<!ENTITY nbsp "y">]><response>'),
    HEAD.replace("<control>", "<!--<data>--><control>"),
    HEAD.replace("<operation>", "<operation><![CDATA[<data>]]>"),
    HEAD + "<data/>",
    HEAD + '<data count="0"></data>',
    HEAD.replace("<result>", "<result><status>failure</status></result><result>"),
    HEAD.replace("<operation>", "<operation/><operation>"),
    HEAD.replace("<result>", "<result><more>"),
    HEAD.replace("<status>success</status><function>", "<status>no</status><function>"),
    HEAD.replace(">sample<", ">other<"),
)
ANSWERS = st.builds(
    written,
    one_in(4, st.sampled_from(ODD_HEADS), st.just(HEAD)),
    st.sampled_from(["", "", "\n  ", "\r\n"]),
    ROWS,
)


def cut(body: bytes, size: int, block: int) -> tuple[bytes, Sequence[pages.Row]]:
    """Return what is left of an answer that came in pieces of `size`, and its rows."""
    taken = Pages(block)
    for start in range(0, len(body), size):
        taken.add(body[start : start + size])
    return taken.close(), taken.rows


def meaning(body: bytes, rows: Sequence[pages.Row] = ()) -> object:
    """Return all that an answer says, or why it is refused."""
    try:
        reply = wire.parse(body, make_request("query"), rows)
    except IntacctError as failure:
        return type(failure), failure.outcome
    return [
        (r.rows, [list(row) for row in r.rows], r.count, r.total, str(r.error))
        for r in reply.results
    ]


def simple(number: int, note: str = "plain") -> str:
    return f"<R><RECORDNO>{number}</RECORDNO><NOTE>{note}</NOTE></R>"


def page(*rows: str) -> bytes:
    return f'{HEAD}<data count="{len(rows)}">{"".join(rows)}{TAIL}'.encode()


@given(body=ANSWERS, size=st.integers(1, 400), block=st.integers(700, 3000))
@example(page(simple(1), simple(2, "&#13;&eacute;")), 1, 500)
@example(page(simple(1), simple(2, "<![CDATA[" + simple(9) + "]]>")), 50, 500)
def test_taken_rows_and_parsed_rows_are_the_same(
    body: bytes, size: int, block: int
) -> None:
    assert meaning(*cut(body, size, block)) == meaning(body)


@given(data=st.data(), block=st.integers(700, 3000))
def test_a_damaged_answer_means_the_same_to_both(data: Any, block: int) -> None:
    body = bytearray(data.draw(ANSWERS))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))

    assert meaning(*cut(bytes(body), 64, block)) == meaning(bytes(body))


@pytest.mark.parametrize("block", [1, 500, pages.BLOCK])
def test_an_answer_cut_at_any_byte_is_refused(block: int) -> None:
    body = page(*(simple(n) for n in range(1, 9)))

    for length in range(len(body)):
        said = meaning(*cut(body[:length], 40, block))
        assert isinstance(said, tuple) and said[1] == "malformed_response"


def test_rows_leave_the_answer_as_they_come() -> None:
    body = page(*(simple(n, "&lt;é&#x20AC;") for n in range(1, 3000)))

    left, rows = cut(body, 1000, pages.BLOCK)

    assert len(rows) == 2999
    assert rows[7] == {"RECORDNO": "8", "NOTE": "<é€"}
    assert len(left) < 1000


def test_from_the_first_strange_row_on_the_parser_reads() -> None:
    body = page(*map(simple, range(1, 9)), simple(9, "<!---->x"), simple(10))

    left, rows = cut(body, 10, 500)

    assert 0 < len(rows) <= 8
    assert left.count(b"<R>") == 10 - len(rows)
    assert meaning(left, rows) == meaning(body)


def test_rows_that_are_missing_are_missed() -> None:
    body = page(simple(1), simple(2)).replace(b'count="2"', b'count="3"')

    assert cut(body, 99, 500)[1]
    assert meaning(*cut(body, 99, 500)) == meaning(body)
    assert isinstance(meaning(body), tuple)


@pytest.mark.parametrize(
    "rows",
    [
        ["<R>" + "".join(f"<F{n}/>" for n in range(99)) + "</R>"] * 5001,
        [simple(1), simple(2, "x" * 1_000_001)],
        [simple(1), simple(2, "x" * 300_000)],
        [simple(1, "x" * 300_000)],
    ],
    ids=["elements", "field", "long", "first"],
)
def test_the_caps_hold_for_rows_on_the_way(rows: list[str]) -> None:
    body = page(*rows)

    assert meaning(*cut(body, 65_536, pages.BLOCK)) == meaning(body)
