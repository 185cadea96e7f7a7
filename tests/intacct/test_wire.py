"""Requests and answers as bytes: exact, complete, and ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from linksite.intacct import (
    GatewayUnavailable,
    Login,
    RequestRefused,
    Sender,
    Session,
    Unsendable,
    calls,
    wire,
)
from linksite.intacct.calls import Call
from linksite.intacct.datasets import BY_SLUG

from .conftest import SAMPLES, make_request

SENDER = Sender("linksite", "Sender-Pass")
LOGIN = Login("BoisClair", "lecteur", "User-Pass")
SESSION = Session("Session-Id", "https://api.intacct.com/", "", None)

HEAD = (
    b"<?xml version='1.0' encoding='UTF-8'?>\n<response><control><status>success"
    b"</status><controlid>sample</controlid></control><operation><authentication>"
    b"<status>success</status></authentication>"
)
TAIL = b"</operation></response>"
TWO = (
    b"<result><status>success</status><function>query</function><controlid>1"
    b'</controlid><data listtype="VENDOR" totalcount="2" count="2" numremaining="0">'
    b"<VENDOR><RECORDNO>1</RECORDNO><NAME>B\xc3\xa9raud</NAME></VENDOR><VENDOR>"
    b"<RECORDNO>2</RECORDNO><NAME/></VENDOR></data></result>"
)
PAGE = HEAD + TWO + TAIL

XML_TEXT = st.text(
    st.characters(
        blacklist_categories=("Cs",),
        blacklist_characters=[chr(n) for n in range(32) if n not in (9, 10, 13)]
        + ["\ufffe", "\uffff"],
    )
)


def sent(request: wire.Request) -> etree._Element:
    return etree.fromstring(request.body)


def test_a_request_says_what_it_wants_in_the_order_of_the_schema() -> None:
    root = sent(wire.build(SENDER, LOGIN, [calls.session()]))
    control = {e.tag: e.text for e in root.find("control")}

    assert list(control)[:3] == ["senderid", "password", "controlid"]
    assert control["uniqueid"] == "false"
    assert control["dtdversion"] == "3.0"
    assert control["includewhitespace"] == "false"
    assert control["showadditionalerrorinfo"] == "true"
    login = root.find("operation/authentication/login")
    assert [e.tag for e in login] == ["userid", "companyid", "password"]


def test_several_functions_go_in_one_request_each_with_its_own_id() -> None:
    asked = [calls.entity_details(), calls.one_row("VENDOR"), calls.one_row("APBILL")]
    root = sent(wire.build(SENDER, SESSION, asked))
    functions = root.findall("operation/content/function")

    assert [f[0].tag for f in functions] == ["readEntityDetails", "query", "query"]
    assert len({f.get("controlid") for f in functions}) == 3
    assert root.findtext("operation/authentication/sessionid") == "Session-Id"


def test_two_requests_never_share_an_id() -> None:
    made = [wire.build(SENDER, LOGIN, [calls.session()]) for _ in range(50)]

    assert len({request.controlid for request in made}) == 50


def test_a_page_is_asked_for_by_key_and_in_order() -> None:
    call = calls.query("VENDOR", ["RECORDNO", "NAME"], after="41", page_size=7)
    query = sent(wire.build(SENDER, SESSION, [call])).find(".//query")

    assert query.findtext("filter/greaterthan/field") == "RECORDNO"
    assert query.findtext("filter/greaterthan/value") == "41"
    assert query.findtext("orderby/order/field") == "RECORDNO"
    assert query.findtext("pagesize") == "7"
    assert query.find("offset") is None


@pytest.mark.parametrize(
    "name", ["create", "update", "delete", "create_supdoc", "post_arpayment", ""]
)
def test_nothing_that_writes_can_be_asked_for(name: str) -> None:
    with pytest.raises(ValueError, match="reading"):
        Call(name)


@given(password=XML_TEXT, user=XML_TEXT)
def test_whatever_xml_can_carry_arrives_as_typed(password: str, user: str) -> None:
    login = Login("BoisClair", user, password)
    block = sent(wire.build(SENDER, login, [calls.session()])).find(".//login")

    assert (block.findtext("password") or "") == password
    assert (block.findtext("userid") or "") == user


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_cannot_carry_is_refused_without_being_repeated(bad: str) -> None:
    login = Login("BoisClair", "lecteur", f"open{bad}sesame")

    with pytest.raises(Unsendable) as caught:
        wire.build(SENDER, login, [calls.session()])

    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("who", [LOGIN, SESSION])
def test_an_answer_that_repeats_our_secrets_tells_no_one(
    who: Login | Session,
) -> None:
    request = wire.build(SENDER, who, [calls.session()])
    secrets = f"{SENDER.password} User-Pass Session-Id"
    body = (SAMPLES / "schema.xml").read_text().replace("Line: 3", secrets)

    with pytest.raises(RequestRefused) as caught:
        wire.parse(body.replace(">sample<", f">{request.controlid}<").encode(), request)

    mine = "User-Pass" if who is LOGIN else "Session-Id"
    assert mine not in repr(caught.value)
    assert SENDER.password not in repr(caught.value)


def test_secrets_stand_in_no_repr() -> None:
    request = wire.build(SENDER, LOGIN, [calls.session()])
    told = repr([SENDER, LOGIN, SESSION, request])

    for secret in ("Sender-Pass", "User-Pass", "Session-Id"):
        assert secret not in told


def test_a_page_keeps_every_field_and_null_is_none() -> None:
    result = wire.parse(PAGE, make_request("query")).results[0]

    assert result.rows == [
        {"RECORDNO": "1", "NAME": "Béraud"},
        {"RECORDNO": "2", "NAME": None},
    ]
    assert (result.count, result.total, result.remaining) == (2, 2, 0)


def test_a_page_cut_at_any_byte_is_refused() -> None:
    for length in range(len(PAGE)):
        with pytest.raises(GatewayUnavailable) as caught:
            wire.parse(PAGE[:length], make_request("query"))
        assert caught.value.outcome == "malformed_response"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<response/>",
        PAGE.replace(b"<response>", b"<!DOCTYPE response><response>"),
        PAGE.replace(
            b"<response>", b'<!DOCTYPE r SYSTEM "file:///etc/hostname"><response>'
        ),
        PAGE.replace(
            b"<response>", b'<!DOCTYPE r [<!ENTITY x "y">]><response>'
        ).replace(b"NAME/>", b"NAME>&x;</NAME>"),
        PAGE.replace(b"<NAME/>", b"<NAME>&x;</NAME>"),
        PAGE.replace(b"response>", b"request>"),
        PAGE.replace(b">sample<", b">other<"),
        PAGE.replace(b"<controlid>sample</controlid>", b""),
        PAGE.replace(b"<controlid>1<", b"<controlid>2<"),
        PAGE.replace(b'count="2" num', b'count="3" num'),
        PAGE.replace(b' count="2" num', b" num"),
        PAGE.replace(b'count="2" num', b'count="two" num'),
        PAGE.replace(b"<NAME/>", b"<RECORDNO>9</RECORDNO>"),
        PAGE.replace(b"<NAME/>", b"<NAME><A>1</A></NAME>"),
        PAGE.replace(b"UTF-8", b"UTF-16"),
        PAGE.replace(b"UTF-8", b"windows-1252"),
        HEAD + TAIL,
        HEAD + TWO + TWO + TAIL,
        HEAD + b"<result><status>success</status></result>" + TAIL,
        HEAD.split(b"<operation>")[0] + b"</response>",
        HEAD.split(b"<authentication>")[0] + TWO + TAIL,
        PAGE.replace(b"<control>", b"<control>" + b"<A>" * 70 + b"</A>" * 70),
        PAGE.replace(b"<NAME/>", b"<NAME>" + b"x" * 1_000_001 + b"</NAME>"),
        PAGE.replace(b"<NAME/>", b"<NAME/>" * 500_000),
    ],
    ids=range(25),
)
def test_an_answer_that_breaks_the_protocol_is_no_answer(body: bytes) -> None:
    with pytest.raises(GatewayUnavailable) as caught:
        wire.parse(body, make_request("query"))

    assert caught.value.outcome == "malformed_response"


@pytest.mark.parametrize("word", [b"failure", b"aborted", b"Success", b"", b"ok"])
def test_only_the_word_success_is_success(word: bytes) -> None:
    result = TWO.replace(b">success<", b">" + word + b"<")

    reply = wire.parse(HEAD + result + TAIL, make_request("query"))

    assert reply.results[0].error is not None
    assert reply.results[0].rows == []


def test_each_function_has_its_own_result() -> None:
    failed = (
        b"<result><status>failure</status><controlid>2</controlid><errormessage>"
        b"<error><errorno>PL04000005</errorno><description2>You do not have permission"
        b"</description2></error></errormessage></result>"
    )

    reply = wire.parse(HEAD + TWO + failed + TAIL, make_request("query", "query"))

    assert [r.error and r.error.outcome for r in reply.results] == [
        None,
        "permission_missing",
    ]


def test_latin_1_is_read_when_it_is_declared() -> None:
    body = PAGE.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1")

    rows = wire.parse(body, make_request("query")).results[0].rows

    assert rows[0]["NAME"] == "Béraud"


def test_a_comment_does_not_hide_the_rest_of_a_value() -> None:
    body = PAGE.replace(b"B\xc3\xa9raud", b"B\xc3\xa9<!-- x -->raud")

    rows = wire.parse(body, make_request("query")).results[0].rows

    assert rows[0]["NAME"] == "Béraud"


@pytest.mark.parametrize("slug", list(BY_SLUG))
def test_the_sample_of_every_dataset_is_read(slug: str) -> None:
    for source in BY_SLUG[slug].sources:
        name = (source.object or source.function).lower()
        body = (SAMPLES / f"rows-{name}.xml").read_bytes()

        rows = wire.parse(body, make_request(source.function)).results[0].rows

        assert set(source.fields) == set(rows[0])
