"""Documents spoilt at random: none crashes us, none takes long, none eats memory."""

import random
import time
from contextlib import suppress
from pathlib import Path

import pytest

from linksite.intacct import IntacctError, wire
from linksite.intacct.explain import explain
from linksite.intacct.outcomes import OUTCOMES

from .conftest import SAMPLES, make_request

MOST_SECONDS = 1.0  # of work on one document, however busy the machine is
MOST_MEMORY = 150  # MB for all of them
WHOLE = [path.read_bytes() for path in sorted(SAMPLES.iterdir())]
PIECES = [
    b"<", b">", b"</", b"/>", b"&", b"&amp;", b"&#0;", b"&#x110000;", b"&x;", b"]]>",
    b"<![CDATA[", b"<!--", b"-->", b"<?pi ", b"<!DOCTYPE r [", b"<!ENTITY a '&a;'>",
    b"<result>", b"</result>", b"<status>success</status>", b"<data/>", b"<error/>",
    b"<control>", b"</response>", b'count="9"', b'count="-1"', b'count="1e9"',
    b" xmlns='x'", b"x:", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b"<a>" * 70, b"9" * 5000, b"x" * 20_000, b"<a/>" * 2000, b"[", b"{", b",", b'"',
]  # fmt: skip


def spoilt(chosen: random.Random) -> bytes:
    """Return a sample with one to eight things wrong with it."""
    body = bytearray(chosen.choice(WHOLE) or b"<response/>")
    for _ in range(chosen.randrange(1, 9)):
        at, other = sorted(chosen.randrange(len(body) + 1) for _ in "ab")
        match chosen.randrange(6):
            case 0 if at < len(body):
                body[at] = chosen.randrange(256)
            case 1:
                body[at:at] = chosen.choice(PIECES)
            case 2:
                del body[at : at + chosen.randrange(1, 40)]
            case 3:
                body[at:at] = body[at:other][:10_000]
            case 4:
                donor = chosen.choice(WHOLE)
                start = chosen.randrange(len(donor) + 1)
                body[at:other] = donor[start : start + chosen.randrange(1, 400)]
            case 5 if chosen.random() < 0.2:
                del body[at:]
        body = body or bytearray(b"<")
    return bytes(body)


def _high_water() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0


def fuzz(seed: int, number: int) -> tuple[float, int]:
    """Read spoilt documents; return the longest time, and the memory in MB."""
    chosen, longest, outcomes = random.Random(seed), 0.0, set()  # noqa: S311
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    before = _high_water()
    request = make_request("query")
    for index in range(number):
        body = spoilt(chosen)
        started = time.thread_time()
        outcomes.add(explain(body, status=chosen.choice((200, 200, 400))).outcome)
        with suppress(IntacctError):
            wire.parse(body, request)
        took = time.thread_time() - started
        assert took < MOST_SECONDS, f"seed {seed}, document {index}"
        longest = max(longest, took)
    assert outcomes <= set(OUTCOMES)
    return longest, _high_water() - before


def report(seed: int, number: int) -> None:
    longest, grown = fuzz(seed, number)
    figures = f"{number} documents, seed {seed}: longest {longest:.3f} s, {grown} MB"
    print(f"\n{figures}")  # noqa: T201 the figures
    assert grown <= MOST_MEMORY


def test_two_thousand_spoilt_documents_are_survived() -> None:
    report(seed=1, number=2_000)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
def test_two_hundred_thousand_spoilt_documents_are_survived(seed: int) -> None:
    report(seed, number=20_000)
