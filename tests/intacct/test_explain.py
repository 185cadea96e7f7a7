"""Every meaning of an answer, read from the answer alone."""

import pytest

from linksite.intacct.explain import Part, explain
from linksite.intacct.outcomes import OUTCOMES, RULES, retry

from .conftest import SAMPLES

# Whole answers, besides the refusals that RULES names: file, status, outcome.
ANSWERS = [
    ("answer-ok.xml", 200, "ok"),
    ("answer-empty.xml", 200, "ok_empty"),
    ("answer-mixed.xml", 200, "mixed"),
    ("answer-rolled-back.xml", 200, "rolled_back"),
    ("answer-key.xml", 200, "ok"),
    ("answer-status-only.xml", 200, "ok"),
    ("answer-old-list.xml", 200, "ok"),
    ("answer-inspect.xml", 200, "ok"),
    ("answer-word.xml", 200, "unknown_error"),
    ("answer-accepted.xml", 200, "async_ack"),
    ("answer-cut.xml", 200, "malformed_response"),
    ("answer-doctype.xml", 200, "malformed_response"),
    ("answer-rows.csv", 200, "ok"),
    ("answer-rows.json", 200, "ok"),
    ("answer-page.html", 200, "transient"),
    ("answer-page.html", 403, "transport_blocked"),
    ("answer-page.html", 502, "transient"),
    ("answer-nothing.txt", 200, "transient"),
    ("answer-nothing.txt", 429, "throttled"),
    ("answer-nothing.txt", 524, "unknown_outcome"),
    ("rows-vendor.xml", 200, "ok"),
]


@pytest.mark.parametrize(("name", "status", "outcome"), ANSWERS)
def test_an_answer_means_what_its_sample_says(
    name: str, status: int, outcome: str
) -> None:
    body = (SAMPLES / name).read_bytes()

    assert explain(body, status=status).outcome == outcome


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_sample_of_a_refusal_means_the_same_without_its_request(rule) -> None:
    body = (SAMPLES / f"{rule.name}.xml").read_bytes()

    assert explain(body).outcome == rule.outcome


def test_every_outcome_has_a_sample() -> None:
    shown = {outcome for _, _, outcome in ANSWERS} | {rule.outcome for rule in RULES}

    assert shown == set(OUTCOMES)


def test_each_function_has_its_own_part() -> None:
    parts = explain((SAMPLES / "answer-mixed.xml").read_bytes()).results

    assert parts[0] == Part("success", "ok", "query", "VENDOR", 1)
    assert (parts[1].status, parts[1].outcome) == ("failure", "permission_missing")
    assert parts[1].object


def test_the_errors_are_told_with_their_support_ids() -> None:
    told = explain((SAMPLES / "permission-missing.xml").read_bytes()).errors

    assert [(e.number, e.support_id) for e in told] == [("PL04000005", "k3J9~Zx81")]


def test_a_status_decides_and_the_gateways_own_words_are_kept() -> None:
    found = explain((SAMPLES / "gateway-error.xml").read_bytes(), status=503)

    assert found.outcome == "transient"
    assert [e.number for e in found.errors] == ["GW-0001"]


def test_a_session_id_is_not_told() -> None:
    body = (SAMPLES / "session-invalid.xml").read_bytes()

    assert "qQ7f" not in repr(explain(body))


@pytest.mark.parametrize(
    ("outcome", "advice"),
    [
        ("transient", "later"),
        ("session_invalid", "new session"),
        ("bad_login", "no"),
        ("permission_missing", "no"),
        ("unknown_error", "no"),
    ],
)
def test_only_what_may_mend_is_tried_again(outcome: str, advice: str) -> None:
    assert retry(outcome) == advice


@pytest.mark.parametrize(
    "body",
    [b"[1, 2]", b"[" * 100_000, b"{}", b"plain, words", b"\xff\xfe,", b"A,B\n1\n"],
)
def test_rows_without_an_envelope_are_rows_or_nothing(body: bytes) -> None:
    assert explain(body).outcome == "malformed_response"


def test_a_part_of_the_envelope_may_be_missing_above_results() -> None:
    body = (SAMPLES / "answer-ok.xml").read_text()
    shorn = body.replace("<status>success</status>", "", 2)

    assert explain(shorn.encode()).outcome == "ok"
    assert explain(b"<response><control/></response>").outcome == "malformed_response"
