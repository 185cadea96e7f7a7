"""The parts that the Sandbox's pages are made of; lxml escapes every text in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from .answers import Answer, Element, make

NOTICE = "Sandbox: nothing here is real"
_POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its title, what it shows, where it stands, and links to its neighbours.

    `trail` are the menu words that lead here; `links` are pairs of words and address.
    """

    title: str
    content: Sequence[Element]
    trail: tuple[str, ...] = ()
    links: Sequence[tuple[str, str]] = ()
    here: str = ""


def answer(page: Page, status: str = "200 OK") -> Answer:
    """Return a whole page."""
    head = make(
        "head",
        make("meta", charset="utf-8"),
        make("meta", name="viewport", content="width=device-width"),
        make("title", f"{page.title} – {NOTICE}"),
        make("link", rel="stylesheet", href="/sandbox.css"),
    )
    skip = make("a", "Skip to the page", href="#main", class_="skip")
    home = make("a", "All companies", href="/")
    gateway = make("a", "The gateway", href="/gateway/")
    banner = make("header", make("p", NOTICE), make("p", home, gateway))
    main = make("main", *_top(page), *page.content, id="main")
    body = make("body", skip, banner, *_menu(page), main)
    root = make("html", head, body, lang="en")
    return written(
        status,
        "text/html",
        etree.tostring(
            root, method="html", encoding="utf-8", doctype="<!DOCTYPE html>"
        ),
    )


def written(status: str, kind: str, body: bytes) -> Answer:
    """Return an answer of any kind, with the headers that keep browsers strict."""
    headers = [
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Security-Policy", _POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ]
    return status, headers, body


def _top(page: Page) -> list[Element]:
    trail = make("p", " › ".join(page.trail), class_="trail")
    return [*([trail] if page.trail else []), make("h1", page.title)]


def _menu(page: Page) -> list[Element]:
    if not page.links:
        return []
    items = []
    for words, href in page.links:
        found = make("a", words, href=href)
        if href == page.here:
            found.set("aria-current", "page")
        items.append(make("li", found))
    menu = make("nav", make("ul", *items))
    menu.set("aria-label", "Company menu")
    return [menu]


def facts(*pairs: tuple[str, str]) -> Element:
    """Return names and their values."""
    inside = ((make("dt", name), make("dd", make("code", it))) for name, it in pairs)
    return make("dl", *(element for pair in inside for element in pair))


def table(
    caption: str, heads: Iterable[str], rows: Iterable[Sequence[Element | str]]
) -> Element:
    """Return a table; the first cell of a row names it. It scrolls if it is wide."""
    head = make("tr", *(make("th", name, scope="col") for name in heads))
    lines = [
        make(
            "tr",
            make("th", row[0], scope="row"),
            *(make("td", cell) for cell in row[1:]),
        )
        for row in rows
    ]
    inside = make(
        "table", make("caption", caption), make("thead", head), make("tbody", *lines)
    )
    around = make("div", inside, class_="wide", role="region", tabindex="0")
    around.set("aria-label", caption)
    return around


def link(words: str, href: str, unseen: str = "") -> Element:
    """Return a link; `unseen` tells apart those whose words are the same."""
    found = make("a", words, href=href)
    if unseen:
        found.append(make("span", f" {unseen}", class_="unseen"))
    return found


def form(
    change: str, title: str, *fields: Element, button: str = "", heading: bool = True
) -> Element:
    """Return a section with a form that asks for one kind of change."""
    words = button or ("Save" if fields else title)
    press = make("button", words, name="change", value=change)
    inside = make("form", *fields, make("p", press), method="post")
    return make("section", *([make("h2", title)] if heading else []), inside)


def text(
    name: str, label: str, value: str = "", *, kind: str = "text", ident: str = ""
) -> Element:
    """Return a field to type in."""
    field = make("input", id=ident or name, name=name, type=kind, value=value)
    field.set("autocomplete", "off")
    return make("p", make("label", label, for_=ident or name), field)


def choice(
    name: str, label: str, options: Iterable[tuple[str, str]], chosen: str = ""
) -> Element:
    """Return a field to choose from pairs of value and words."""
    every = []
    for value, words in options:
        selected = {"selected": "selected"} if value == chosen else {}
        every.append(make("option", words, value=value, **selected))
    return make(
        "p", make("label", label, for_=name), make("select", *every, id=name, name=name)
    )


def box(name: str, value: str, words: str, *, is_on: bool, number: int = 0) -> Element:
    """Return a box to tick; `number` keeps ids apart whatever the value holds."""
    checked = {"checked": "checked"} if is_on else {}
    ident = f"{name}-{number}" if number else f"{name}-{value}".replace(" ", "-")
    field = make("input", type="checkbox", id=ident, name=name, value=value, **checked)
    return make("p", field, make("label", words, for_=ident), class_="box")


def group(legend: str, *fields: Element) -> Element:
    """Return fields under one legend."""
    return make("fieldset", make("legend", legend), *fields)


def note(words: str) -> Element:
    """Return a sentence that stands out."""
    return make("p", words, class_="note")
