"""Every request stands in the order of the gateway's schema, whatever it carries."""

import random
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from linksite.intacct import Login, Sender, Session, Unsendable, calls, wire
from linksite.intacct.calls import READING, Call, Window
from linksite.intacct.datasets import BY_SLUG, DATASETS

SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "request.xsd"))
SENDER = Sender("linksite", "Sender-Pass")
LOGIN = Login("BoisClair", "lecteur", "User-Pass")
SESSION = Session("Session-Id", "https://api.intacct.com/", "", None)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = Window.at(NOON - timedelta(hours=2), NOON, timedelta(hours=-7))
VENDOR = BY_SLUG["suppliers"].sources[0]

CALLS = [
    calls.session(),
    calls.session(""),
    calls.session("200"),
    calls.entity_details(),
    calls.applications(),
    calls.company_info(),
    calls.user_permissions("lecteur"),
    calls.user_formatting("lecteur"),
    calls.one_row("VENDOR"),
    calls.query("VENDOR", VENDOR.fields),
    calls.query("VENDOR", VENDOR.fields, after="41", page_size=2000),
    calls.query("VENDOR", VENDOR.fields, after="41", window=WINDOW),
    calls.query("VENDOR", VENDOR.fields, window=Window("01/01/2026 00:00:00")),
    calls.read_by_query("GLACCOUNTBALANCE", r"PERIOD = 'L\'an 1'", "*", 1000),
    calls.read_more("7765@x"),
    calls.trial_balance(date(2026, 1, 1), date(2026, 3, 2)),
]


def sent(who: Login | Session, *asked: Call) -> etree._Element:
    return etree.fromstring(wire.build(SENDER, who, asked).body)


@pytest.mark.parametrize("who", [LOGIN, SESSION], ids=["login", "session"])
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.function)
def test_a_request_is_valid(call: Call, who: Login | Session) -> None:
    SCHEMA.assertValid(sent(who, call))


def test_many_functions_in_one_request_are_valid() -> None:
    SCHEMA.assertValid(sent(SESSION, *CALLS))


def test_every_function_we_may_ask_is_tried_here() -> None:
    assert {call.function for call in CALLS} == READING


def test_every_source_of_a_dataset_makes_a_valid_request() -> None:
    sources = [s for d in DATASETS for s in d.sources if s.function == "query"]
    asked = [calls.query(s.object, s.fields, after="9") for s in sources]

    SCHEMA.assertValid(sent(SESSION, *asked))


@pytest.mark.parametrize(
    ("path", "first", "second"),
    [
        ("control", "senderid", "password"),
        ("control", "uniqueid", "dtdversion"),
        ("operation/authentication/login", "userid", "companyid"),
        ("operation", "authentication", "content"),
        (".", "control", "operation"),
    ],
)
def test_the_schema_knows_a_wrong_order(path: str, first: str, second: str) -> None:
    root = sent(LOGIN, calls.session())
    block = root.find(path)
    one, other = block.find(first), block.find(second)
    block.remove(one)
    other.addnext(one)

    assert not SCHEMA.validate(root)


def test_the_clock_of_a_window_is_the_users() -> None:
    assert Window("03/02/2026 03:00:00", "03/02/2026 05:00:00") == WINDOW
    wide = Window.anywhere(NOON, NOON)
    assert wide == Window("03/02/2026 00:00:00", "03/03/2026 02:00:00")


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        Window.at(datetime(2026, 3, 2), None, timedelta())


NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PIECES = [
    "]]>", "<!--", "-->", "<![CDATA[", "&amp;", "&#0;", "&x;", "</password>", "<?xml",
    "' OR 1=1--", "\x00", "\x1b", "\ufffe", "\ud800", "\r\n", "\u202e", "\u0301",
    "\U0001f600", "%s", "{0}", "../", "\u2028", "\ufeff", "é",
]  # fmt: skip


def words(seed: int, number: int) -> list[str]:
    """Return texts of every kind of character, the same for the same seed."""
    chosen = random.Random(seed)  # noqa: S311 a test's own dice
    limits = (0x80, 0x800, 0x10000, 0x110000)
    return [
        "".join(
            chosen.choice(PIECES)
            if chosen.random() < 0.2
            else chr(chosen.randrange(chosen.choice(limits)))
            for _ in range(chosen.randrange(1, 24))
        )
        for _ in range(number)
    ]


def carry(texts: list[str]) -> int:
    """Send texts as every kind of value; return how many were refused."""
    refused = 0
    for text in texts:
        try:
            root = sent(Login(text, text, text), calls.read_by_query("X", text, "*", 9))
        except Unsendable:
            assert NOT_XML.search(text)
            refused += 1
            continue
        assert not NOT_XML.search(text)
        SCHEMA.assertValid(root)
        where = "operation/content/function/readByQuery/query"
        login = root.find("operation/authentication/login")
        assert {value.text for value in login} | {root.findtext(where)} == {text}
    return refused


def test_ten_thousand_texts_arrive_unharmed_or_are_refused() -> None:
    refused = carry(words(seed=1, number=10_000))

    assert 1_000 < refused < 9_000


@pytest.mark.soak
def test_a_hundred_thousand_texts_arrive_unharmed_or_are_refused() -> None:
    refused = carry(words(seed=2, number=100_000))

    print(f"\n100,000 texts, seed 2: {refused} refused")  # noqa: T201
    assert refused > 10_000
