"""The footer's way to a colleague: the same on every page, and never a dead end."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client as Browser

from linksite import linking, requesting
from linksite.models import LinkRequest

from .conftest import SIGN_IN

pytestmark = pytest.mark.django_db

WHERE = "/link/colleague/"
FOOTER = {
    "en": [
        "Get help",
        "Hand over to a colleague",
        "Privacy and security",
        "Accessibility",
    ],
    "fr": [
        "Obtenir de l’aide",
        "Passer le relais à un collègue",
        "Confidentialité et sécurité",
        "Accessibilité",
    ],
}


def footer(page: str) -> list[str]:
    """Return the names of the links at the foot of a page."""
    found = re.search(r"<footer>(.*?)</footer>", page, re.DOTALL)
    return re.findall(r"<a [^>]+>([^<]+)</a>", found[1]) if found else []


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "path",
    [
        "/link/software/",
        "/link/before-you-start/",
        "/link/company-id/",
        "/link/help/",
        "/link/privacy/",
        "/link/accessibility/",
        "/link/hand-over/company-id/",
        "/l/" + "x" * 43 + "/",
    ],
)
def test_four_links_stand_in_one_order_on_every_page(walk_to, path, language):
    visit = walk_to("company-id")
    visit.cookies["link_language"] = language

    assert footer(visit.get(path).text) == FOOTER[language]


@pytest.mark.parametrize(
    "slug", ["company-id", "web-services", "sender", "web-services-user"]
)
def test_it_leads_to_the_next_step_that_can_be_handed_over(walk_to, slug):
    answer = walk_to(slug).get(WHERE)

    assert (answer.status_code, answer["Location"]) == (302, f"/link/hand-over/{slug}/")


@pytest.mark.parametrize("slug", ["software", "before-you-start"])
@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "One short step comes first"), ("fr", "Une courte étape d’abord")],
)
def test_before_the_consent_it_says_which_short_step_comes_first(
    walk_to, slug, language, words
):
    visit = walk_to(slug)
    visit.cookies["link_language"] = language

    page = visit.get(WHERE).text

    assert words in page
    assert f'<a class="btn" href="/link/{slug}/">' in page


@pytest.mark.parametrize(
    ("slug", "leads_to"),
    [
        ("sign-in", "/link/sign-in/"),
        ("entity", "/link/entity/"),
        ("permissions", "/link/permissions/list/"),
    ],
)
def test_after_that_it_says_that_nothing_is_left_and_leads_on(
    walk_to, sandbox, slug, leads_to
):
    page = walk_to(slug).get(WHERE).text

    assert "Nothing is left to hand over" in page
    assert f'href="{leads_to}"' in page


def test_who_is_linked_is_led_to_the_connection(linked):
    page = linked.get(WHERE).text

    assert "You have nothing else to do." in page
    assert 'href="/link/linked/"' in page


def test_a_step_that_somebody_has_already_shows_who(walk_to):
    visit = walk_to("sender")
    visit.post("/link/hand-over/sender/", marc())

    answer = visit.get(WHERE, follow=True)

    assert answer.redirect_chain[-1][0] == "/link/sender/"
    assert "marc@atelier-brume.example" in answer.text


def marc() -> dict[str, str]:
    return {"email": "marc@atelier-brume.example", "scope": "step", "language": "en"}


def test_a_colleague_is_told_what_to_do_instead(walk_to):
    walk_to("sender").post("/link/hand-over/sender/", marc())
    colleague = Browser()
    colleague.post(re.search(r"/l/[\w-]{43}/", mail.outbox[-1].body)[0])

    page = colleague.get(WHERE)

    assert page.status_code == 200
    assert "This was handed over to you" in page.text
    assert colleague.get("/link/for-you/", follow=True).status_code == 200


def revoked(link: LinkRequest, visit: Browser) -> None:
    requesting.revoke(link)


def idle(link: LinkRequest, visit: Browser) -> None:
    session = visit.session
    session["link_seen_at"] -= 3700
    session.save()


def elsewhere(link: LinkRequest, visit: Browser) -> None:
    linking.sign_in(link, **SIGN_IN)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (revoked, "This link was withdrawn"),
        (idle, "This page was idle for a while"),
        (elsewhere, "Show that it is you"),
    ],
)
def test_a_visit_that_cannot_go_on_says_why(
    walk_to, link, what: Callable[..., None], words
):
    visit = walk_to("sender")
    what(link, visit)

    assert words in visit.get(WHERE, follow=True).text


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Open your link first"), ("fr", "Ouvrez d’abord votre lien")],
)
def test_a_stranger_is_told_to_open_the_link(client, db, language, words):
    client.cookies["link_language"] = language

    page = client.get(WHERE)

    assert page.status_code == 200
    assert words in page.text
