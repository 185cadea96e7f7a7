"""What staff see of a customer on the way: each Step, and who asks for a new link."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from linksite import linking, requesting, visiting
from linksite.models import LinkRequest

pytestmark = pytest.mark.django_db

SAID = {
    "en": ("Step by step", "Their turn, for", "A new link is asked for"),
    "fr": ("Étape par étape", "À eux d’agir, depuis", "Un nouveau lien est demandé"),
}


def page_of(browser, company) -> str:
    return browser.get(f"/portal/companies/{company.pk}/request-data/").text


@pytest.mark.parametrize("language", SAID)
def test_the_steps_and_when_they_were_done(
    admin_browser, link, company, later, language
):
    admin_browser.cookies["language"] = language
    assert SAID[language][0] not in page_of(admin_browser, company)
    linking.start(link)
    linking.choose_software(link, integration="sage-intacct")
    later(days=3)
    admin_browser.force_login(admin_browser.member.user)

    page = page_of(admin_browser, company)

    assert SAID[language][0] in page
    assert SAID[language][1] in page
    assert {"en": "Stuck", "fr": "Bloqué"}[language] in page


@pytest.mark.parametrize("language", SAID)
def test_it_is_nobodys_turn_behind_a_link_that_was_revoked(
    admin_browser, link, company, language
):
    admin_browser.cookies["language"] = language
    linking.start(link)
    linking.choose_software(link, integration="sage-intacct")
    requesting.revoke(link)

    page = page_of(admin_browser, company)

    assert SAID[language][0] in page
    assert SAID[language][1] not in page


@pytest.mark.parametrize("language", SAID)
def test_who_asked_for_a_new_link_is_one_press_from_it(
    admin_browser, link, company, language, mailoutbox
):
    admin_browser.cookies["language"] = language
    requesting.revoke(link)
    Browser().post(link.path, {"renew": "1"})

    page = page_of(admin_browser, company)

    assert SAID[language][2] in page
    assert 'value="compta@atelier-brume.example"' in page
    data = {"email": "compta@atelier-brume.example", "language": language}
    admin_browser.post(f"/portal/companies/{company.pk}/request-data/send/", data)
    assert mailoutbox[-1].to == [data["email"]]
    assert SAID[language][2] not in page_of(admin_browser, company)


def test_a_new_invitation_goes_on_where_the_old_one_stopped(link, company, member):
    linking.start(link)
    linking.choose_software(link, integration="sage-intacct")
    LinkRequest.objects.update(expires_at=timezone.now())

    newer, _ = requesting.request_data(company, by=member.user)

    assert newer.pk != link.pk
    assert newer.integration == "sage-intacct"


def test_what_is_older_than_ninety_days_is_not_gone_on_with(
    link, company, member, later
):
    linking.start(link)
    linking.choose_software(link, integration="sage-intacct")
    later(days=91)

    newer, _ = requesting.request_data(company, by=member.user)

    assert newer.integration == ""
    assert timedelta(days=90) == visiting.KEPT_FOR


def test_a_link_copied_without_an_address_comes_with_a_warning(admin_browser, company):
    path = f"/portal/companies/{company.pk}/request-data/"
    admin_browser.post(path)
    assert "This link has no email address" in page_of(admin_browser, company)

    admin_browser.post(f"{path}send/", {"email": "a@b.example", "language": "en"})
    admin_browser.post(path)
    assert "This link has no email address" not in page_of(admin_browser, company)
