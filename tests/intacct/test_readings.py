"""What results mean, where a mistake would lose rows without a word."""

import pytest

from linksite.intacct import GatewayUnavailable, Page, readings
from linksite.intacct.wire import Reply, Result


def make_page(
    *numbers: str | None, after: str = "", remaining: int | None = 0, size: int = 10
) -> Page:
    rows = [{"RECORDNO": number} for number in numbers]
    result = Result(rows, len(rows), len(rows), remaining)
    return readings.page(Reply((result,), None), after, size)


def test_the_cursor_is_the_last_number_of_the_page() -> None:
    assert make_page("4", "17", after="3").cursor == "17"
    assert make_page(after="17").cursor == "17"


@pytest.mark.parametrize(
    ("remaining", "size", "is_last"),
    [(0, 2, True), (5, 10, False), (None, 10, True), (None, 2, False)],
)
def test_a_page_is_the_last_when_nothing_remains(
    remaining: int | None, size: int, is_last: bool
) -> None:
    assert make_page("1", "2", remaining=remaining, size=size).is_last is is_last


@pytest.mark.parametrize(
    "numbers", [("2", "1"), ("1", "1"), ("x",), (None,), ("-1",), ("5", "3")]
)
def test_rows_that_do_not_go_up_are_refused(numbers: tuple[str | None, ...]) -> None:
    with pytest.raises(GatewayUnavailable):
        make_page(*numbers)


def test_a_page_that_begins_before_the_cursor_is_refused() -> None:
    with pytest.raises(GatewayUnavailable):
        make_page("9", after="9")


def test_an_empty_page_with_more_to_come_is_refused() -> None:
    with pytest.raises(GatewayUnavailable):
        make_page(remaining=3)
