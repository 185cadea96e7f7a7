"""The matrix of the states: each as a person meets it, in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from .conftest import SIGN_IN
from .states import STATES, State
from .ways import Scene, undone

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[2] / "docs" / "sandbox.md"
PRIMARY = "//main//*[contains(concat(' ', @class, ' '), ' btn ')]"
SECOND = {"btn-2", "btn-3", "btn-bad"}
# What says how things stand: one of them on a page.
MESSAGES = (
    "//*[@data-focus] | //article[contains(@class, 'state')]"
    " | //*[@id='resumed' or @id='handed' or @id='promised']"
    " | //*[contains(@class, 'page-head')]//*[contains(@class, 'note-turn')]"
)


@pytest.fixture(params=["en", "fr"])
def scene(request, member, sandbox, settings, worker) -> Iterator[Scene]:
    """Return an invitation of its own, in one language."""
    with undone(settings, member.client):
        yield Scene(member, sandbox, settings, worker, request.param)


def text(node: html.HtmlElement) -> str:
    """Return what can be read, its blanks as one."""
    return re.sub(r"[ \t\n]+", " ", node.text_content()).strip()


@pytest.mark.parametrize("name", STATES)
def test_a_state_answers_as_the_matrix_says(scene: Scene, name: str) -> None:
    state: State = STATES[name]

    answer = scene.show(state.reach(scene))

    page = html.fromstring(answer.text)
    assert answer.status_code == state.status
    assert page.get("lang") == scene.language
    assert [text(node) for node in page.iter("h1")] == [
        getattr(state.heading, scene.language)
    ]
    assert text(page.find(".//title")).startswith(
        getattr(state.heading, scene.language)
    ) or state.status in (422, 429)
    assert ("Retry-After" in answer.headers) == state.waits
    assert not state.waits or int(answer["Retry-After"]) > 0
    says_one_thing(page, state, scene.language)
    keeps(page, state)
    assert SIGN_IN["password"] not in answer.text


def says_one_thing(page: html.HtmlElement, state: State, language: str) -> None:
    """One message, at most one primary button, and the one thing to do."""
    messages = page.xpath(MESSAGES)
    primary = [node for node in page.xpath(PRIMARY) if not SECOND & set(node.classes)]
    main = page.find(".//main")
    actions = [text(node) for node in main.xpath(".//button | .//a")]
    if state.message:
        assert len(messages) == 1
        shown = messages[0].getparent() if messages[0].tag == "h2" else messages[0]
        assert getattr(state.message, language) in text(shown)
    assert len(messages) <= 1
    assert len(primary) <= 1
    wanted = state.next and getattr(state.next, language)
    assert not wanted or [said for said in actions if said.startswith(wanted)]


def keeps(page: html.HtmlElement, state: State) -> None:
    """What was typed stands in the form, never the password."""
    values = [node.get("value") for node in page.xpath("//main//input")]
    assert set(state.kept) <= set(values)
    assert not page.xpath("//input[@type='password'][@value]")


@pytest.mark.parametrize("name", STATES)
def test_the_document_says_how_to_get_there(name: str) -> None:
    rows = [line for line in DOCUMENT.read_text().splitlines() if line[:2] == "| "]

    assert [
        row for row in rows if row.startswith(f"| {name} | {STATES[name].status} |")
    ]


def test_our_mistake_has_a_reference_that_the_log_has_too(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    answer = scene.show(STATES["our mistake"].reach(scene))

    said = html.fromstring(answer.text).xpath("string(//main//b)")
    assert re.fullmatch(r"[2-9A-Z]{4}", said)
    assert f"Ref. {said}" in caplog.text


def test_what_was_refused_while_paused_is_taken_afterwards(scene: Scene) -> None:
    ask = STATES["integration disabled"].reach(scene)
    scene.show(ask)
    scene.switch(on=True)

    assert scene.show(ask)["Location"] == "/link/web-services-user/"
