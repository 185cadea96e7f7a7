"""Every word of Sage Intacct's screens is a label: corrected once, it is so everywhere.

Each label becomes a word that nobody uses. What is shipped may then stand nowhere but
in our own headings and in the nouns of ours that sound alike.
"""

import html
import re

import pytest
from django.core import mail
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from linksite import intacct, labels, linking, mailing, probing
from linksite.models import Label
from onboarding import causes, telling
from onboarding.intacct import STEPS

pytestmark = pytest.mark.django_db

# What is ours, and sounds like a label; the names of the Steps come on top.
OURS = {
    "en": (
        "Web Services",  # what it is called; the line to switch on is a label
        "Company ID",
        "Permissions to grant",
        "Top level, all entities",
        "List copied",
        "Add our Sender ID",
        "Add the Sender ID",
        "Add a role",
        "Add it again",
        "Delete the Web Services user",
        "Delete the role",
    ),
    "fr": (
        "Identifiant d’entreprise",
        "Identifiant de l’utilisateur de services Web",
        "Niveau général, toutes les entités",
        "Liste copiée",
        '"Afficher"',  # the button beside a password
        ">Afficher<",
    ),
}


def _is_ours(name: str) -> bool:
    """Return whether a Dataset of ours is called as a permission is."""
    for language in OURS:
        with translation.override(language):
            if gettext(name) in {gettext(row.label) for row in intacct.DATASETS}:
                return True
    return False


@pytest.fixture
def corrected():
    """Return each label's new word: corrected["security"]["fr"]."""
    names = (f"name: {name}" for name in labels.NAMES if not _is_ours(name))
    words = {
        key: {"en": f"Enq{number}x", "fr": f"Frq{number}x"}
        for number, key in enumerate([*labels.LABELS, *names])
    }
    Label.objects.bulk_create(Label(key=key, texts=words[key]) for key in words)
    labels.forget()
    yield words
    labels.forget()


@pytest.fixture
def said(walk_to, sandbox, worker, link, member, corrected):
    """Return all that Link says in a language, page by page."""

    def crawl(language: str) -> dict[str, str]:
        company = sandbox.companies["AtelierBrume"]
        company.revoke("accounts-payable.bills")
        visit = walk_to("permissions")
        visit.cookies["link_language"] = language
        worker()
        pages = {url: visit.get(url).text for url in _urls()}
        for permission in intacct.PERMISSIONS:
            company.revoke(permission.key)
        probing.check_again(linking.connection(link))
        worker()
        pages["nothing granted"] = visit.get("/link/permissions/").text
        connection = linking.connection(link)
        with translation.override(language):
            pages |= dict(_causes(link, connection))
        pages |= dict(_mails(link, member.user, language))
        linking.disconnect(connection)
        pages["/link/disconnected/"] = visit.get("/link/disconnected/").text
        return {name: html.unescape(text) for name, text in pages.items()}

    return crawl


def _urls() -> list[str]:
    steps = [f"/link/{step.slug}/" for step in STEPS if step.slug != "linked"]
    more = ["/link/permissions/list/", "/link/disconnect/", "/link/help/"]
    return steps + more


def _causes(link, connection):
    """Yield every cause that stops Link, as its page tells it."""
    for outcome in causes.CAUSES:
        yield f"{outcome} at sign-in", _as_html(telling.at_sign_in(link, outcome))
        yield f"{outcome} later", _as_html(telling.later(connection, outcome))


def _as_html(told) -> str:
    return render_to_string("onboarding/_cause.html", {"told": told})


def _mails(link, staff, language):
    """Yield what customers are mailed when their connection breaks."""
    link.language = language
    for trouble in mailing.TROUBLE:
        mailing.send_broken(link, "https://x.example/l/", trouble=trouble, by=staff)
        yield f"mail {trouble}", mail.outbox.pop().body


def _without_ours(text: str, language: str) -> str:
    with translation.override(language):
        ours = [str(words) for step in STEPS for words in (step.title, step.short)]
        ours += [gettext(row.label) for row in intacct.DATASETS]
    # The longest first: one may begin with another.
    for words in sorted({*OURS[language], *ours} - {""}, key=len, reverse=True):
        text = text.replace(words, "")
    return text


def _shipped(key: str, language: str) -> re.Pattern[str]:
    words = {labels.shipped(key, code) for code in ("en", language)}
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_and_no_mail_says_what_staff_have_corrected(said, corrected, language):
    pages = {n: _without_ours(text, language) for n, text in said(language).items()}

    stale = [
        (key, name, found[0])
        for key in corrected
        for name, text in pages.items()
        if (found := _shipped(key, language).search(text))
    ]

    assert stale == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_label_is_shown_somewhere(said, corrected, language):
    everything = "".join(said(language).values())

    assert [k for k, new in corrected.items() if new[language] not in everything] == []


def test_a_french_page_marks_the_english_behind_a_label(said, corrected):
    pages = said("fr")

    for page, key in (("/link/sender/", "security"), ("bad_login later", "status")):
        french, english = corrected[key]["fr"], corrected[key]["en"]
        behind = f'<i class="xs" lang="en" translate="no">({english})</i>'
        assert f"<b>{french}</b> {behind}" in pages[page]
