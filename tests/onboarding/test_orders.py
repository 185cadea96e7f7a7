"""Two people, two tabs each, in any order: nobody overwrites what they did not see."""

import re

import pytest
from django.test import Client as Browser
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linksite.models import Connection, LinkRequest, Visit

from .conftest import ANSWERS, SIGN_IN

pytestmark = pytest.mark.django_db

COMPANIES = ("AtelierBrume", "CoopRives")
CHOICES = {
    "software": [{"software": "sage-intacct"}],
    "before-you-start": [{"agree": "on"}],
    "company-id": [{"company_id": name} for name in COMPANIES],
    "web-services": [{}],
    "sender": [{}],
    "web-services-user": [{}],
    "sign-in": [SIGN_IN | {"company_id": name} for name in COMPANIES],
    "entity": [{"entity": "100"}, {"entity": "200"}, {"entity": "top-level"}],
}
TABS = [("Léa", 1), ("Léa", 2), ("Marc", 1), ("Marc", 2)]
MOVES = st.one_of(
    st.tuples(st.sampled_from(TABS), st.sampled_from(list(CHOICES)), st.none()),
    *(
        st.tuples(st.sampled_from(TABS), st.just(slug), st.sampled_from(answers))
        for slug, answers in CHOICES.items()
    ),
)
ORDERS = st.tuples(
    st.integers(0, len(ANSWERS)), st.lists(MOVES, min_size=1, max_size=16)
)
# Orders that chance seldom makes: one looks, another answers, the first one answers.
LEA, MARC = ("Léa", 1), ("Marc", 2)
OLD_SIGN_IN = [
    (LEA, "sign-in", None),
    (MARC, "company-id", None),
    (MARC, "company-id", {"company_id": "CoopRives"}),
    (LEA, "sign-in", SIGN_IN),
]
OLD_ENTITY = [
    (LEA, "entity", None),
    (MARC, "entity", None),
    (MARC, "entity", {"entity": "200"}),
    (LEA, "entity", {"entity": "100"}),
]


class World:
    """One invitation, two browsers with two tabs each, and what each tab has seen."""

    def __init__(self, link: LinkRequest, walked: int) -> None:
        Connection.objects.all().delete()
        Visit.objects.all().delete()
        self.link = link
        self.browsers = {"Léa": Browser(), "Marc": Browser()}
        for browser in self.browsers.values():
            browser.post(link.path)
        for slug in list(ANSWERS)[:walked]:
            self.browsers["Léa"].post(f"/link/{slug}/", ANSWERS[slug])
        self.versions: dict[tuple, str] = {}
        self.seen: dict[tuple, str] = {}
        self.seen_company: dict[tuple, str] = {}

    def state(self) -> dict[str, str]:
        """Return the answer to every Step as the database has it, "" if none."""
        visit, row = Visit.objects.first(), Connection.objects.first()
        entity = row.entity_id if row and row.entity_id is not None else None
        return {
            **dict.fromkeys(CHOICES, ""),
            **{slug: "done" for slug in visit.done if slug in CHOICES},
            "company-id": visit.intacct_company_id,
            "sign-in": row.intacct_company_id if row else "",
            "entity": "" if entity is None else entity or "top-level",
        }

    def look(self, tab: tuple, slug: str) -> None:
        """Load a Step in one tab; it may show another one instead."""
        before = self.state()
        page = self.browsers[tab[0]].get(f"/link/{slug}/")
        if version := re.search(rb'name="version" value="(\w+)"', page.content):
            self.versions[tab, slug] = version[1].decode()
            self.seen[tab, slug] = before[slug]
            self.seen_company[tab, slug] = before["company-id"]
        assert self.state() == before, "looking changed something"

    def answer(self, tab: tuple, slug: str, data: dict[str, str]) -> None:
        """Send what one tab has had on its screen for a while; judge the outcome."""
        said = next(iter(data.values()), "done") if slug not in FLAGS else "done"
        version = {"version": self.versions.get((tab, slug), "")}
        before = self.state()
        page = self.browsers[tab[0]].post(f"/link/{slug}/", data | version)
        after = self.state()

        changed = {name for name in before if before[name] != after[name]}
        told = page.status_code in (409, 422) or page["Location"] == "/link/code/"
        # A sign-in may close the entity that was chosen, and corrects the company ID.
        follows = {"entity", "company-id"} if slug == "sign-in" else set()
        assert changed <= {slug} | follows
        if slug == "sign-in" and "company-id" in changed:
            assert after["company-id"] == after["sign-in"] == said
            shown = self.seen_company.get((tab, slug))
            assert before["company-id"] in ("", shown), "a company ID silently lost"
        if slug in changed:
            assert (page.status_code, after[slug]) == (303, said)
            assert before[slug] in ("", self.seen.get((tab, slug))), "silently lost"
        elif before[slug] not in ("", said):
            assert told, "the loser was not told"
        if page.status_code == 409:
            late = slug == "sign-in" and not before[slug]  # the company ID is newer
            stood = before["company-id"] if late else before[slug]
            assert not changed and stood not in ("", said)
            words = b"The company ID was changed" if late else b"This step was finished"
            assert words in page.content


FLAGS = ("software", "before-you-start")


def check_orders(link: LinkRequest, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, database=None)
    @given(ORDERS)
    @example((6, OLD_SIGN_IN))
    @example((7, OLD_ENTITY))
    def check(order: tuple) -> None:
        walked, moves = order
        world = World(link, walked)
        for tab, slug, data in moves:
            if data is None:
                world.look(tab, slug)
            else:
                world.answer(tab, slug, data)

    check()


def test_no_order_of_looks_and_answers_loses_an_answer_silently(link, sandbox):
    check_orders(link, 12)


@pytest.mark.soak
def test_thousands_of_orders_lose_no_answer_silently(link, sandbox):
    check_orders(link, 2000)
