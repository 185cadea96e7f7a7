"""Request data: the Link URL is shown once, and kept nowhere."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import connection as database
from django.test import Client as Browser
from django.utils import timezone

from linksite import integrations, linking, requesting
from linksite.models import LinkRequest, LinkToken
from portal import requests

URL = re.compile(r"http://[^<\s\"]+/l/([A-Za-z0-9_-]{43})/")


@pytest.fixture
def page(company) -> str:
    return f"/portal/companies/{company.pk}/request-data/"


def test_the_url_is_shown_after_the_post_only(admin_browser, page):
    assert not URL.search(admin_browser.get(page).text)
    answer = admin_browser.post(page)
    assert (answer.status_code, answer.url) == (303, page)
    token = URL.search(admin_browser.get(page).text)[1]
    assert requesting.find(token) == LinkRequest.objects.get()


def test_the_cookie_is_sealed_short_lived_and_only_for_the_page(admin_browser, page):
    cookie = admin_browser.post(page).cookies[requests.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == page
    assert cookie["max-age"] == 600
    shown = admin_browser.get(page).text
    assert URL.search(shown)[1] not in cookie.value
    assert "/l/" not in cookie.value


def test_somebody_elses_cookie_opens_nothing(admin_browser, as_role, page):
    admin_browser.post(page)
    other = as_role("operator")
    other.cookies[requests.COOKIE] = admin_browser.cookies[requests.COOKIE].value
    answer = other.get(page).text
    assert not URL.search(answer)
    assert "shown only when it is made" in answer


@pytest.mark.parametrize("value", ["", "x", "v1.a.b.c", "v1.k.AAAA.AAAA"])
def test_a_broken_cookie_is_no_cookie(admin_browser, link, page, value):
    admin_browser.cookies[requests.COOKIE] = value
    answer = admin_browser.get(page)
    assert answer.status_code == 200
    assert not URL.search(answer.text)


def test_the_token_is_not_in_the_database(admin_browser, page, capsys):
    admin_browser.post(page)
    token = URL.search(admin_browser.get(page).text)[1]
    call_command("dumpdata")
    assert token not in capsys.readouterr().out


def test_older_urls_keep_working(admin_browser, page):
    tokens = []
    for _ in range(2):
        admin_browser.post(page, {"new": "yes"})
        tokens.append(URL.search(admin_browser.get(page).text)[1])
    assert requesting.find(tokens[0]) == requesting.find(tokens[1])
    assert tokens[0] != tokens[1]
    assert "Get a new Link URL" in admin_browser.get(page).text


@pytest.mark.parametrize("path", ["", "{company}/"], ids=["list", "company"])
def test_a_press_on_request_data_makes_the_first_link_url_and_no_other(
    admin_browser, company, linked, page, path
):
    LinkToken.objects.all().delete()
    LinkRequest.objects.all().delete()
    leading = f"/portal/companies/{path}".format(company=company.pk)
    (form,) = re.findall(
        rf'<form method="post" action="{page}">.*?</form>',
        admin_browser.get(leading).text,
    )
    assert 'name="new"' not in form

    for _ in range(3):
        answer = admin_browser.post(page)

    assert (answer.status_code, answer.url) == (303, page)
    assert requests.COOKIE not in answer.cookies
    assert "Get a new Link URL" in admin_browser.get(page).text
    assert LinkToken.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_make_one_link_url(admin_browser, page):
    def press(_: int) -> int:
        try:
            twin = Browser()
            twin.cookies = admin_browser.cookies
            return twin.post(page).status_code
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(press, range(8))) == {303}
    assert LinkRequest.objects.count() == LinkToken.objects.count() == 1


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "accounting data"), ("fr", "comptables")]
)
def test_send_by_email(admin_browser, page, language, subject):
    data = {"email": "compta@atelier-brume.example", "language": language}
    answer = admin_browser.post(f"{page}send/", data, follow=True)
    assert "Link sent to compta@atelier-brume.example" in answer.text
    assert URL.search(answer.text) is None
    (sent,) = mail.outbox
    assert sent.to == ["compta@atelier-brume.example"]
    assert requesting.find(URL.search(sent.body)[1]).email == sent.to[0]
    if language == "en":
        assert subject in sent.subject


@pytest.mark.parametrize(
    "email", ["", "no", "a@b.example,evil@b.example", "a@b.example\nBcc: x@y.example"]
)
def test_one_valid_address_only(admin_browser, page, email):
    answer = admin_browser.post(f"{page}send/", {"email": email, "language": "en"})
    assert answer.status_code == 422
    assert "Enter an email address like name@example.com" in answer.text
    assert mail.outbox == []
    assert not LinkRequest.objects.exists()


def test_a_mail_server_that_fails(admin_browser, page, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError

    monkeypatch.setattr("linksite.mailing.send_link", fail)
    data = {"email": "a@b.example", "language": "en"}
    answer = admin_browser.post(f"{page}send/", data)
    assert answer.status_code == 503
    assert "The email could not be sent" in answer.text
    assert 'value="a@b.example"' in answer.text


def test_revoke_asks_then_ends_it(admin_browser, page, link):
    asked = admin_browser.get(f"{page}revoke/")
    assert "stops working at once" in asked.text
    assert "stays linked" not in asked.text
    assert LinkRequest.objects.open().exists()
    answer = admin_browser.post(f"{page}revoke/", follow=True)
    assert "Link revoked. It no longer works." in answer.text
    assert not LinkRequest.objects.open().exists()
    assert "Get a Link URL" in answer.text


def test_a_revoked_link_leaves_the_company_linked_and_says_so(
    admin_browser, page, linked
):
    assert "The company stays linked." in admin_browser.get(f"{page}revoke/").text


def test_disabled_integration_gives_no_url(admin_browser, page, client_row):
    settings = integrations.settings_for(client_row)
    integrations.switch(settings, on=False, by=admin_browser.member.user)
    answer = admin_browser.post(page, follow=True)
    assert "Enable Sage Intacct before you request data" in answer.text
    assert 'href="/portal/settings/integrations/accounting/"' in answer.text
    assert not LinkRequest.objects.exists()
    data = {"email": "a@b.example", "language": "en"}
    assert admin_browser.post(f"{page}send/", data).status_code == 303
    assert mail.outbox == []


def test_where_they_are(admin_browser, page, link, signed_in):
    assert "Not opened yet" in admin_browser.get(page).text
    linking.start(link)
    assert "now" in admin_browser.get(page).text
    signed_in()
    assert "Signed in" in admin_browser.get(page).text


def test_after_expiry_a_new_one_is_offered(admin_browser, page, link):
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        admin_browser.force_login(admin_browser.member.user)
        assert "Link expired" in admin_browser.get(page).text
