"""The rules that every page of ours keeps: what a machine can check of ux.md §10.

`faults(page)` says what is wrong with the page that is open; it leaves it unusable.
"""

import gzip
import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

RULES = Path(__file__).with_name("rules.js").read_text()
AXE = {
    "resultTypes": ["violations"],
    "selectors": False,
    "runOnly": {
        "type": "tag",
        "values": [
            "wcag2a",
            "wcag2aa",
            "wcag21a",
            "wcag21aa",
            "wcag22aa",
            "best-practice",
        ],
    },
    "rules": {"target-size": {"enabled": True}},
}
# The guide's own words keep their straight apostrophes and their English.
LABELS = [
    "Paramètres d'intégration",
    "Accès au niveau de l'entité requis",
    "Obtenez votre identifiant d'entreprise de Sage Intacct",
    "Activer l'intégration Sage Intacct",
    "Entrez votre identifiant d'entreprise Sage Intacct, "
    "nom d'utilisateur et mot de passe",
    "Sender ID",
    "Sender Password",
    "URL Link",
    "Identifiant (User ID)",
    "English",
]
SPACED = (
    "*{line-height:1.5!important;letter-spacing:.12em!important;"
    "word-spacing:.16em!important}p{margin-block-end:2em!important}"
)
LARGE = "html{font-size:200%!important}"
# Layout shifts are counted from the first paint on.
SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => {
  for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifted += e.value;
}).observe({ type: 'layout-shift', buffered: true });"""

FIRST_VISIT, LATER, HTML = 45 * 1024, 15 * 1024, 14 * 1024
PORTAL_FIRST_VISIT = 60 * 1024
# A page that polls asks for htmx as well; nobody's first page does.
MOST_REQUESTS = 6


class Traffic:
    """What one page load asked for, in bytes as they are sent packed."""

    def __init__(self, page: Page) -> None:
        self.answers: list[Response] = []
        self.packed: dict[str, int] = {}
        page.on("response", lambda answer: self.answers.append(answer))

    def clear(self) -> None:
        """Forget the page before."""
        self.answers.clear()

    def size(self, answer: Response) -> int:
        """Return the bytes of an answer; a file is measured once."""
        url = answer.url.split("#")[0]
        if "/static/" not in url:
            return len(gzip.compress(answer.body()))
        if url not in self.packed:
            self.packed[url] = len(gzip.compress(answer.body()))
        return self.packed[url]

    def faults(self, home: str) -> list[str]:
        """Return what is too heavy, too much, or from elsewhere."""
        foreign = [a.url for a in self.answers if not a.url.startswith(home)]
        ours = [a for a in self.answers if a.url.startswith(home) and not _leads_on(a)]
        pages = sum(self.size(a) for a in ours if "/static/" not in a.url)
        files = sum(self.size(a) for a in ours if "/static/" in a.url)
        self.first, self.later, self.count = pages + files, pages, len(ours)
        polls = any("/htmx" in answer.url for answer in ours)
        # A Client's own logo and colour come beside ours.
        brand = sum("/link/brand/" in answer.url for answer in ours)
        most = PORTAL_FIRST_VISIT if "/portal/" in ours[0].url else FIRST_VISIT
        wrong = {
            f"from elsewhere: {foreign}": foreign,
            f"page of {pages} bytes": pages > min(HTML, LATER),
            f"first visit of {self.first} bytes": self.first > most,
            f"{self.count} requests": self.count - polls - brand > MOST_REQUESTS,
        }
        return [fault for fault, is_so in wrong.items() if is_so]


def _leads_on(answer: Response) -> bool:
    return answer.request.redirected_to is not None


def violations(page: Page) -> list[str]:
    """Return the rules that axe says are broken, each with the first place."""
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{row['id']}: {row['nodes'][0]['html'][:200]}" for row in found]


def faults(page: Page, *, language: str) -> list[str]:
    """Return what is wrong with this page: words, structure, size, every layout."""
    run = f"names => names.flatMap(n => rules[n]({LABELS}))"
    page.evaluate(RULES)
    found = [f"shifted by {page.evaluate('shifted')}"] * bool(page.evaluate("shifted"))
    found += page.evaluate(run, ["structure", "passwords", "targets", "errors"])
    lang = page.locator("html").get_attribute("lang")
    found += [f"lang={lang}"] * (lang != language)
    if language == "fr":
        found += page.evaluate(run, ["french"])
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found += violations(page)
    return found + _preferences(page, run) + _layouts(page, run)


def _preferences(page: Page, run: str) -> list[str]:
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    found = page.evaluate(run, ["edges", "stillness"])
    page.emulate_media(forced_colors="none", reduced_motion="no-preference")
    return found


def _layouts(page: Page, run: str) -> list[str]:
    """Narrow, large, spaced, mirrored, and with longer words: nothing runs over."""
    found = []

    def look(name: str, width: int, style: str = "") -> None:
        page.set_viewport_size({"width": width, "height": 800})
        names = ["fits", "whole"] if style else ["fits"]
        faults = page.evaluate(
            f"([css, names]) => {{ rules.dress(css); return ({run})(names); }}",
            [style, names],
        )
        found.extend(f"{name}: {fault}" for fault in faults)

    size = page.viewport_size
    look("at 320", 320)
    look("at 360", 360)
    look("spaced at 360", 360, SPACED)
    look("spaced at 1280", 1280, SPACED)
    look("large at 1280", 1280, LARGE)
    page.evaluate("document.documentElement.dir = 'rtl'")
    look("mirrored at 1280", 1280)
    look("mirrored at 390", 390)
    page.evaluate("document.documentElement.dir = 'ltr'; rules.lengthen()")
    look("longer at 320", 320)
    look("longer at 1280", 1280)
    page.set_viewport_size(size)
    return found


def tab_faults(page: Page) -> list[str]:
    """Press Tab through the page: every control is reached, in order, and seen."""
    page.evaluate(RULES)
    page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
    wanted = page.evaluate("rules.reachable()")
    places: list[int] = []
    found: list[str] = []
    for _ in range(len(wanted) + 2):
        page.keyboard.press("Tab")
        seen = page.evaluate("rules.reached()")
        if seen is None:
            continue
        places.append(seen["place"])
        found += seen["faults"]
    page.evaluate("document.activeElement?.blur()")
    missed = [
        row["name"] for row in wanted if row["place"] not in places and not row["radio"]
    ]
    order = list(dict.fromkeys(places))
    turns = sum(now < before for before, now in zip(order, order[1:], strict=False))
    found += [f"Tab does not reach {name}" for name in missed]
    return found + ["Tab does not follow the page"] * (turns > 1)


def script_faults(page: Page, plain: Page) -> list[str]:
    """Compare a page with the same one without JavaScript: it says the same."""
    plain.evaluate(RULES)
    texts = [_words(one.evaluate("rules.readable()")) for one in (page, plain)]
    dead = plain.locator("[data-js]:visible").count()
    found = [f"{dead} dead controls without JavaScript"] * bool(dead)
    return found + ["without JavaScript it says something else"] * (
        texts[0] != texts[1]
    )


def _words(text: str) -> str:
    """Return the words but for how long ago something was."""
    ago = r"\b(?:il y a\s)?(?:\d+|an?|une|now|maintenant)(?:\s(?:second|minute)\w*)?"
    ago += r"(?:\sago)?"
    return re.sub(ago, "…", " ".join(text.split()))
