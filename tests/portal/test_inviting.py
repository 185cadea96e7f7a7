"""A Solutions Engineer makes a Member in the admin, who is mailed a way in."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings as site
from django.core import mail
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from linksite import envelope
from linksite.models import Client, Member, User

# The mail leaves once the rows are there for sure.
pytestmark = pytest.mark.django_db(transaction=True)

USERS = reverse("admin:linksite_user_changelist")
FIRST = "typed by the engineer"
CHOSEN = "a sentence that is long enough"
WORDS = {
    "en": {
        "subject": "Your invitation to the Codat Portal",
        "who": "Noor Haddad opened an account for you on the Codat Portal, for",
        "heading": "Choose a password",
        "done": "Sign in with your new password",
        "portal": "Companies",
    },
    "fr": {
        "subject": "Votre invitation au Portail\u00a0Codat",
        "who": "Noor Haddad vous a ouvert un compte sur le Portail\u00a0Codat, pour",
        "heading": "Choisissez un mot de passe",
        "done": "Connectez-vous avec votre nouveau mot de passe",
        "portal": "Entreprises",
    },
}


@pytest.fixture
def staff(engineer) -> Callable[..., HttpResponse]:
    """Return an engineer who posts to the admin: staff(path, data)."""
    browser = Browser(HTTP_ACCEPT_LANGUAGE="en")
    browser.force_login(engineer)

    def post(path: str, data: dict[str, object]) -> HttpResponse:
        return browser.post(path, data, follow=True)

    return post


def add_user(staff, **fields: str) -> User:
    data = {"email": "lea@example.com", "name": "Léa", "is_active": "on"}
    staff(reverse("admin:linksite_user_add"), data | fields)
    return User.objects.get(email="lea@example.com")


def add_client(staff, user: User) -> HttpResponse:
    """Make a Client, and the person its Member."""
    member = {"members-0-user": user.pk, "members-0-role": "admin"}
    return staff(reverse("admin:linksite_client_add"), _form("Alder", 0) | member)


def _form(name: str, members: int) -> dict[str, object]:
    return {
        "name": name,
        "requests_at_once": "1",
        "members-TOTAL_FORMS": "1",
        "members-INITIAL_FORMS": members,
        "branding-TOTAL_FORMS": "0",
        "branding-INITIAL_FORMS": "0",
    }


def way_in(text: str) -> str:
    """Return the path of the link in a mail that sets a password."""
    return re.search(rf"{site.SITE_URL}(/account/password/reset/key/\S+)", text)[1]


@pytest.mark.parametrize("language", WORDS)
def test_a_new_member_is_mailed_chooses_a_password_and_is_in_the_portal(
    staff, engineer, language
):
    words = WORDS[language]
    said = add_client(staff, add_user(staff, language=language)).text
    assert "Invitation sent to lea@example.com" in said
    [sent] = mail.outbox
    assert (sent.to, sent.reply_to) == (["lea@example.com"], [engineer.email])
    assert sent.subject == words["subject"]
    assert f"{words['who']} Alder." in sent.body

    browser = Browser(HTTP_ACCEPT_LANGUAGE=language)
    page = browser.get(way_in(sent.body), follow=True)
    assert f">{words['heading']}</h1>" in page.text
    passwords = dict.fromkeys(("password1", "password2"), CHOSEN)
    page = browser.post(page.request["PATH_INFO"], passwords, follow=True)
    assert f">{words['done']}</h1>" in page.text
    login = re.search(rf'class="btn" href="({reverse("account_login")})"', page.text)[1]
    data = {"login": "lea@example.com", "password": CHOSEN}
    page = browser.post(login, data, follow=True)

    assert page.request["PATH_INFO"].startswith("/portal/")
    assert words["portal"] in page.text


def test_the_link_of_an_invitation_works_once(staff):
    add_client(staff, add_user(staff))
    link = way_in(mail.outbox[0].body)
    browser = Browser(HTTP_ACCEPT_LANGUAGE="en")
    form = browser.get(link, follow=True).request["PATH_INFO"]
    browser.post(form, dict.fromkeys(("password1", "password2"), CHOSEN))

    page = Browser(HTTP_ACCEPT_LANGUAGE="en").get(link, follow=True).text

    assert "This link no longer works" in page
    assert f'href="{reverse("account_reset_password")}"' in page


@pytest.mark.parametrize(("days", "works"), [(2, True), (4, False)])
def test_the_link_of_an_invitation_works_three_days(staff, later, days, works):
    add_client(staff, add_user(staff))
    later(days=days)

    page = Browser(HTTP_ACCEPT_LANGUAGE="en").get(
        way_in(mail.outbox[0].body), follow=True
    )

    assert ("Save the password" in page.text) == works


def test_an_invitation_holds_no_password(staff):
    add_client(staff, add_user(staff, password1=FIRST))

    [sent] = mail.outbox
    assert FIRST not in str(sent.message())


@pytest.mark.parametrize(
    "fields",
    [{"is_active": False}, {"last_login": timezone.now()}],
    ids=["not active", "signed in before"],
)
def test_who_signed_in_before_or_is_not_active_is_not_invited(staff, fields):
    user = User.objects.create_user("lea@example.com", None, name="Léa", **fields)

    said = add_client(staff, user).text

    assert mail.outbox == []
    assert "Not invited: lea@example.com" in said
    assert Member.objects.filter(user=user).exists()


def test_somebody_who_takes_a_members_place_is_invited_and_nobody_else_again(staff):
    first = add_user(staff)
    add_client(staff, first)
    client, marc = Client.objects.get(name="Alder"), "marc@example.com"
    second = User.objects.create_user(marc, None, name="Marc")
    row = {"members-0-id": first.member.pk, "members-0-client": client.pk}
    page = reverse("admin:linksite_client_change", args=[client.pk])

    for user, role in ((first, "viewer"), (second, "viewer")):
        member = {"members-0-user": user.pk, "members-0-role": role}
        staff(page, _form("Alder", 1) | row | member)

    assert [sent.to for sent in mail.outbox] == [["lea@example.com"], [marc]]


def test_a_mail_server_that_fails_leaves_the_person_saved_and_is_told(
    staff, monkeypatch
):
    with monkeypatch.context() as broken:
        broken.setattr(envelope.EmailMultiAlternatives, "send", refuse)
        said = add_client(staff, add_user(staff)).text
    assert "The invitation to lea@example.com could not be sent" in said
    assert "Invitation sent" not in said
    user = User.objects.get(email="lea@example.com")
    assert user.member.client.name == "Alder"

    said = staff(USERS, {"action": "send_invitations", "_selected_action": user.pk})

    assert "Invitation sent to lea@example.com" in said.text
    assert [sent.to for sent in mail.outbox] == [["lea@example.com"]]


def refuse(message: object) -> None:
    raise ConnectionRefusedError("no mail server here")


def test_a_new_engineer_is_invited_from_the_list_of_users(staff):
    user = add_user(staff, is_staff="on")

    staff(USERS, {"action": "send_invitations", "_selected_action": user.pk})

    assert "opened an account for you on the Codat Portal." in mail.outbox[0].body
