"""Opening a Link URL."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from linksite import integrations, linking, requesting
from linksite.models import Branding, LinkRequest

pytestmark = pytest.mark.django_db


def snapshot() -> list[dict[str, object]]:
    """Return every invitation as it stands."""
    return list(LinkRequest.objects.values())


def test_a_get_shows_who_asks_and_changes_nothing(client, link):
    before = snapshot()

    response = client.get(link.path)

    text = response.content.decode()
    assert response.status_code == 200
    assert "Alder &amp; Finch asks to read your accounting data" in text
    assert "Atelier Brume SAS" in text
    assert snapshot() == before
    assert "session" not in response.cookies


def test_the_address_of_the_landing_page_does_not_travel_in_the_referer(client, link):
    response = client.get(link.path)

    assert response["Referrer-Policy"] == "strict-origin"


def test_start_binds_a_session_and_leaves_the_token_behind(client, link):
    response = client.post(link.path)

    assert (response.status_code, response["Location"]) == (303, "/link/software/")
    assert client.session["link"] == str(link.pk)
    token = link.path.split("/")[2]
    assert token not in str(dict(client.session))


def test_start_gives_the_session_a_fresh_key(client, link):
    client.post(link.path)
    first = client.session.session_key

    client.post(link.path)

    assert client.session.session_key != first


def test_start_resumes_where_the_customer_stopped(client, link):
    linking.choose_software(link, integration="sage-intacct")
    linking.agree(link)

    response = client.post(link.path)

    assert response["Location"] == "/link/company-id/"


@pytest.mark.parametrize("token", ["x", "A" * 43, "é" * 43, "A" * 500])
def test_unknown_and_malformed_addresses_get_the_same_page(client, token, db):
    response = client.get(f"/l/{token}/")

    assert response.status_code == 404
    assert "We do not know this link" in response.content.decode()


def test_an_expired_link_is_gone_and_says_whom_to_ask(client, link):
    LinkRequest.objects.update(expires_at=timezone.now() - timedelta(days=1))

    for method in (client.get, client.post):
        response = method(link.path)
        assert response.status_code == 410
        assert "This link has expired" in response.content.decode()
        assert f"mailto:{link.created_by.email}" in response.content.decode()


def test_a_revoked_link_is_gone_and_so_are_its_steps(visit, link):
    requesting.revoke(link)

    assert visit.get(link.path).status_code == 410
    response = visit.get("/link/software/")
    assert response.status_code == 410
    assert "This link was withdrawn" in response.content.decode()


def test_a_paused_integration_lets_nobody_start_or_go_on(
    visit, link, client_row, engineer
):
    use = integrations.settings_for(client_row)
    integrations.switch(use, on=False, by=engineer)

    for response in (
        visit.get(link.path),
        visit.post(link.path),
        visit.get("/link/software/"),
    ):
        assert response.status_code == 409
        assert "Sage Intacct is paused" in response.content.decode()


def test_without_a_visit_a_step_says_to_open_the_link_again(client, db):
    response = client.get("/link/software/")

    assert response.status_code == 200
    assert "This page was idle for a while" in response.content.decode()


def test_an_idle_hour_ends_the_visit(visit):
    session = visit.session
    session["link_seen_at"] -= 3601
    session.save()

    response = visit.get("/link/software/")

    assert "This page was idle for a while" in response.content.decode()


def test_the_landing_page_speaks_the_language_of_the_invitation(client, link):
    LinkRequest.objects.update(language="fr")

    response = client.get(link.path)

    assert '<html lang="fr"' in response.content.decode()


def test_a_second_device_resumes_freely_before_sign_in(walk_to, link):
    walk_to("web-services")

    response = Browser().post(link.path)

    assert response["Location"] == "/link/web-services/"


def test_a_second_device_needs_the_mailed_code_after_sign_in(walk_to, link):
    walk_to("entity")
    other = Browser()

    response = other.post(link.path)

    assert response["Location"] == "/link/code/"
    assert other.get("/link/entity/")["Location"] == "/link/code/"
    page = other.get("/link/code/").content.decode()
    assert "c•••@atelier-brume.example" in page
    assert "compta@" not in page
    code = next(word for word in mail.outbox[0].body.split() if word.isdigit())
    assert other.post("/link/code/", {"code": "12345"}).status_code == 422
    right = other.post("/link/code/", {"code": code})
    assert right["Location"] == "/link/entity/"
    assert other.get("/link/entity/").status_code == 200


def test_a_wrong_code_is_refused_and_a_second_mail_waits_a_minute(walk_to, link):
    walk_to("entity")
    other = Browser()
    other.post(link.path)
    code = next(word for word in mail.outbox[0].body.split() if word.isdigit())
    wrong = "000000" if code != "000000" else "111111"

    response = other.post("/link/code/", {"code": wrong})
    other.post("/link/code/send/")

    assert response.status_code == 422
    assert "This is not the code" in response.content.decode()
    assert len(mail.outbox) == 1


def test_without_an_address_the_second_device_is_told_what_to_do(walk_to, link):
    LinkRequest.objects.update(email="")
    walk_to("entity")
    other = Browser()

    other.post(link.path)

    assert "Continue on that device" in other.get("/link/code/").content.decode()
    assert not mail.outbox


def test_a_linked_company_shows_no_detail_to_a_stranger(linked, link):
    stranger = Browser().get(link.path).content.decode()
    assert "This company is already linked" in stranger
    assert "AtelierBrume" not in stranger
    assert linked.get(link.path)["Location"] == "/link/linked/"


@pytest.mark.parametrize("name", ["help", "privacy", "accessibility"])
def test_the_pages_of_the_footer_work_with_and_without_a_visit(client, link, name):
    assert client.get(f"/link/{name}/").status_code == 200
    client.post(link.path)
    text = client.get(f"/link/{name}/").content.decode()
    assert "Alder &amp; Finch" in text
    assert '<a class="back" href="/link/software/">' in text


@pytest.mark.parametrize(
    ("text", "words", "others"),
    [
        ("", "and say which step you are at", "If these pages themselves"),
        ("Ask Ann.", "If these pages themselves do not work", "Write to <a"),
    ],
)
def test_help_names_the_requester_first_and_us_for_our_pages(
    client, client_row, link, text, words, others
):
    Branding.objects.create(client=client_row, support_text=text)
    client.post(link.path)

    page = client.get("/link/help/").text

    assert words in page and text in page
    assert others not in page
