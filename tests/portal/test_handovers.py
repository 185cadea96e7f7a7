"""Staff see what a customer handed over to colleagues, and can end it."""

import pytest
from django.test import Client as Browser

from linksite import handing, linking
from linksite.models import Client, Handover, LinkRequest

pytestmark = pytest.mark.django_db

MARC = "marc@atelier-brume.example"


@pytest.fixture
def page(company) -> str:
    return f"/portal/companies/{company.pk}/request-data/"


@pytest.fixture
def handed(link) -> Handover:
    """A Step that the customer handed over to Marc."""
    linking.start(link)
    return handing.hand_over(link, email=MARC, language="fr", steps=["sender"])


def test_staff_see_who_has_what_and_how_it_stands(admin_browser, page, handed, link):
    def shown() -> str:
        return admin_browser.get(page).text

    assert MARC in shown()
    assert "One step in Sage Intacct, handed over" in shown()
    assert "Not opened yet" in shown()
    handing.start(handed)
    assert "They have begun" in shown()
    linking.confirm(link, step="sender")
    assert "Done" in shown()


def test_staff_end_it(admin_browser, page, handed):
    end = f"{page}hand-overs/{handed.pk}/end/"
    assert admin_browser.get(end).status_code == 303
    assert Handover.objects.get().is_open

    answer = admin_browser.post(end, follow=True)

    assert f"The link of {MARC} no longer works." in answer.text
    assert "Ended" in answer.text
    assert not Handover.objects.get().is_open


def test_staff_of_another_client_cannot(handed, page, make_member):
    stranger = Browser()
    other = make_member("admin", client=Client.objects.create(name="Other"))
    stranger.force_login(other.user)

    for action in (f"hand-overs/{handed.pk}/end/", "any-domain/"):
        assert stranger.post(f"{page}{action}", {"on": "true"}).status_code == 404
    assert Handover.objects.get().is_open
    assert not LinkRequest.objects.get().may_hand_over_anywhere


def test_a_handover_of_another_company_is_not_found(admin_browser, page, handed):
    company = admin_browser.member.client.companies.create(name="Other SARL")
    other = f"/portal/companies/{company.pk}/request-data/"

    answer = admin_browser.post(f"{other}hand-overs/{handed.pk}/end/")

    assert answer.status_code == 404
    assert Handover.objects.get().is_open


def test_a_viewer_sees_neither_and_may_neither(as_role, page, handed):
    viewer = as_role("viewer")

    for action in (f"hand-overs/{handed.pk}/end/", "any-domain/"):
        assert viewer.post(f"{page}{action}", {"on": "true"}).status_code == 403
    assert Handover.objects.get().is_open


def test_staff_allow_any_mail_domain_and_take_it_back(admin_browser, page, link):
    assert "only to the mail domain that was invited" in admin_browser.get(page).text

    answer = admin_browser.post(f"{page}any-domain/", {"on": "true"}, follow=True)
    assert "to any mail domain" in answer.text
    assert LinkRequest.objects.get().may_hand_over_anywhere

    admin_browser.post(f"{page}any-domain/", {"on": "false"})
    assert not LinkRequest.objects.get().may_hand_over_anywhere


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "to any mail domain: this link was not sent by email"),
        ("fr", "n’importe quelle adresse\u00a0: ce lien n’a pas été envoyé"),
    ],
)
def test_a_link_that_was_copied_needs_no_permission(
    admin_browser, page, link, language, words
):
    LinkRequest.objects.update(email="")
    admin_browser.cookies["language"] = language

    text = admin_browser.get(page).text

    assert words in text
    assert "any-domain" not in text


def test_the_words_are_french_too(admin_browser, page, handed):
    admin_browser.cookies["language"] = "fr"

    text = admin_browser.get(page).text

    assert "Relais passés à des collègues" in text
    assert "Une étape dans Sage Intacct, relais passé" in text
