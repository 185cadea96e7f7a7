"""Every way in which the gateway says no, and who must act on it."""

import pytest

from linksite.intacct import errors, wire
from linksite.intacct.bodies import refusal
from linksite.intacct.outcomes import RAISES, RULES, Fault, Rule, classify, matching

from .conftest import SAMPLES, make_request


def read_failure(body: bytes, function: str = "query") -> errors.IntacctError:
    """Return the error that an answer stands for, at whatever level."""
    try:
        reply = wire.parse(body, make_request(function))
    except errors.IntacctError as failure:
        return failure
    failure = reply.results[0].error
    assert failure is not None
    return failure


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_row_of_the_table_has_a_sample_that_means_it(rule: Rule) -> None:
    body = (SAMPLES / f"{rule.name}.xml").read_bytes()
    is_session = b"<function>getAPISession</function>" in body

    failure = read_failure(body, "getAPISession" if is_session else "query")

    assert failure.outcome == rule.outcome
    assert type(failure) is RAISES.get(rule.outcome, errors.RequestRefused)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_row_of_the_table_is_hidden_by_an_earlier_one(rule: Rule) -> None:
    fault = Fault(rule.numbers, (" … ".join(rule.words),))

    found = matching(rule.level, fault, rule.function)

    assert found is rule


@pytest.mark.parametrize(
    ("level", "outcome"),
    [
        ("control", "bad_partner_credential"),
        ("authentication", "bad_login"),
        ("result", "unknown_error"),
    ],
)
def test_the_level_decides_before_the_text(level: str, outcome: str) -> None:
    fault = Fault(("XL03000006",), ("Sign-in information is incorrect",))

    assert classify(level, (fault,)).outcome == outcome


def test_a_session_that_is_refused_is_never_a_wrong_password() -> None:
    failure = classify("authentication", (), by_login=False)

    assert isinstance(failure, errors.SessionExpired)


def test_an_unknown_failure_is_ours_to_look_at() -> None:
    failure = read_failure((SAMPLES / "unknown.xml").read_bytes())

    assert isinstance(failure, errors.RequestRefused)
    assert failure.number == "DL02000001"


def test_a_rollback_is_not_taken_for_its_cause() -> None:
    rolled = Fault(("XL03000009",), ("The transaction has been rolled back.",))
    cause = Fault(("Query Failed",), ("Object definition VENDOR9 not found",))

    assert classify("result", (rolled, cause)).outcome == "object_unavailable"


def test_the_support_id_is_split_off_and_decoded() -> None:
    failure = read_failure((SAMPLES / "permission-missing.xml").read_bytes())

    assert failure.support_id == "k3J9~Zx81"
    assert "Support ID" not in failure.text


@pytest.mark.parametrize("secret", ["s3cret-word", "<b>&amp;"])
def test_no_secret_of_ours_comes_back_in_an_error(secret: str) -> None:
    fault = Fault((secret,), (f"value {secret} is wrong", secret * 200))

    failure = classify("result", (fault,), hide=(secret,))

    told = repr(failure) + str(failure) + repr(vars(failure))
    assert secret not in told
    assert len(failure.text) <= 300


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("e", "The sign-in is incorrect"),
        ("0", "Code 10: the sign-in is incorrect"),
        ("incorrect", "The sign-in is incorrect"),
        ("two  blanks", "Not known: two  blanks"),
        ("a&lt;b", "Not known: a&amp;lt;b"),
        (" ", "The sign-in is incorrect"),
    ],
)
def test_a_password_is_not_told_by_what_is_left_of_the_text(
    secret: str, said: str
) -> None:
    failure = classify("authentication", (Fault(("XL7",), (said,)),), hide=(secret,))

    assert (failure.text, failure.number) == ("", "XL7")


@pytest.mark.parametrize("secret", ["XL", "9Zx"])
def test_a_password_is_told_by_no_number_and_no_support_id(secret: str) -> None:
    fault = Fault(("XL03000006",), ("Refused [Support ID: k3J9Zx81]",))

    failure = classify("authentication", (fault,), hide=(secret,))

    assert failure.text == "Refused"
    assert (failure.number, failure.support_id).count("") == 1
    assert secret not in repr(vars(failure))


def test_an_invalid_session_does_not_repeat_its_id() -> None:
    failure = read_failure((SAMPLES / "session-invalid.xml").read_bytes())

    assert "qQ7f" not in repr(failure)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b"", "transient"),
        (200, b"  \n", "transient"),
        (200, b"<!DOCTYPE html><title>Hello</title>", "transient"),
        (200, b"\xef\xbb\xbf <HTML><body>cf-error-details</body>", "transient"),
        (200, b"{}", "malformed_response"),
        (200, b"<?xml version='1.0'?>\n<!-- x --><html><p/></html>", "transient"),
        (200, b"<html>Error code: 1020</html>", "transport_blocked"),
        (401, b"<html>Sign-in information is incorrect</html>", "transport_blocked"),
        (403, b"<html>blocked</html>", "transport_blocked"),
        (404, b"", "transport_blocked"),
        (302, b"<response/>", "transport_blocked"),
        (307, b"", "transport_blocked"),
        (429, b"<response/>", "throttled"),
        (500, b"", "transient"),
        (502, b"<html></html>", "transient"),
        (503, b"<response/>", "transient"),
        (524, b"", "unknown_outcome"),
    ],
)
def test_what_is_no_answer_is_never_a_wrong_password(
    status: int, body: bytes, outcome: str
) -> None:
    failure = refusal(status, body)

    assert isinstance(failure, errors.GatewayUnavailable)
    assert failure.outcome == outcome


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_an_answer_in_xml_is_read_whatever_its_status(status: int) -> None:
    assert refusal(status, b"<?xml version='1.0'?><response/>") is None
