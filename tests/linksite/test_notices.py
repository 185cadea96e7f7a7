"""The mails a worker sends by itself: at the right time, once, and while still true."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection as database
from django.test import Client as Visitor
from django.utils import timezone

from linksite import linking, notices, requesting, runs, tasks, visiting
from linksite.models import Company, Connection, LinkRequest, Notice, User

pytestmark = pytest.mark.django_db

TO = "compta@atelier-brume.example"


@pytest.fixture
def post() -> Callable[[], list[EmailMultiAlternatives]]:
    """Return a postman: does what is due now, returns the mails of this round."""

    def work() -> list[EmailMultiAlternatives]:
        before = len(mail.outbox)
        notices.schedule(timezone.now())
        for notice in Notice.objects.due(timezone.now()).order_by("pk"):
            notices.send(notice.pk)
        return mail.outbox[before:]

    return work


@pytest.fixture
def long_link(link) -> LinkRequest:
    """An invitation that works for a month."""
    link.expires_at = timezone.now() + timedelta(days=30)
    link.save()
    return link


@pytest.fixture
def connection(sandbox, link, finish) -> Connection:
    """A linked Connection; nobody was told yet."""
    row = linking.sign_in(
        link,
        company_id="AtelierBrume",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
    )
    linking.choose_entity(row, entity_id="100")
    finish(row)
    return row


def _url(sent: EmailMultiAlternatives) -> str:
    return re.findall(r"http\S+/l/\S+", str(sent.body))[0]


# --- reminders ----------------------------------------------------------------------
def test_reminders_go_out_on_day_three_and_ten(long_link, later, post):
    days = []
    for day in range(30):
        days += [day] * len(post())
        later(days=1)

    assert days == [3, 10]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "The link has expired."), ("fr", "Le lien a expiré.")],
)
def test_the_last_reminder_leads_to_a_new_link_if_the_old_one_is_over(
    link, later, post, client, language, words
):
    LinkRequest.objects.update(language=language)
    later(days=10, minutes=1)

    sent = post()[0]

    assert words in sent.body and words in str(sent.alternatives[0][0])
    page = client.get(_url(sent))
    assert page.status_code == 410
    client.post(page.request["PATH_INFO"], {"renew": "1"})
    urls = [_url(each) for each in mail.outbox if "/l/" in str(each.body)]
    assert client.get(urls[-1]).status_code == 200


def test_who_was_invited_anew_is_not_reminded_of_the_old_link(
    link, later, post, member
):
    later(days=8)
    requesting.request_data(link.company, by=member.user, email=TO)
    later(days=2, minutes=1)

    assert post() == []


def test_a_reminder_names_the_step_that_the_facts_say(long_link, later, post):
    visiting.choose_software(long_link, integration="sage-intacct")
    visiting.agree(long_link)
    visiting.give_company_id(long_link, company_id="AtelierBrume")
    visiting.confirm(long_link, step="web-services")
    visiting.settle(long_link)
    later(days=3, minutes=1)

    sent = post()[0]

    assert sent.to == [TO]
    assert sent.subject == "Your setup is waiting at step 5"
    assert "step 5 of 9, Configure Web Services." in sent.body
    assert sent.reply_to == [long_link.created_by.email]


def test_a_reminder_in_french(long_link, later, post):
    LinkRequest.objects.update(language="fr")
    later(days=3)

    sent = post()[0]

    assert sent.subject == "Votre configuration vous attend à l’étape 1"
    assert '<html lang="fr"' in sent.alternatives[0][0]


def test_a_reminder_brings_an_address_of_the_same_invitation(long_link, later, post):
    later(days=3)

    token = _url(post()[0]).rstrip("/").rsplit("/", 1)[1]

    assert requesting.find(token) == long_link
    assert requesting.find(long_link.url.rstrip("/").rsplit("/", 1)[1]) == long_link


@pytest.mark.parametrize(
    "why",
    [
        {"email": "", "emailed_at": None},
        {"revoked_at": "now"},
        {"reminders_stopped_at": "now"},
        {"last_seen_at": "now"},
    ],
    ids=lambda why: next(iter(why)),
)
def test_nobody_is_reminded_without_need(long_link, later, post, why):
    later(days=3)
    now = timezone.now()
    LinkRequest.objects.update(**{k: now if v == "now" else v for k, v in why.items()})

    assert post() == []


def test_who_is_linked_is_not_reminded(connection, later, post):
    post()
    later(days=3)

    assert post() == []


def test_a_reminder_is_dropped_if_it_is_no_longer_needed(long_link, later, post):
    later(days=3)
    notices.schedule(timezone.now())
    requesting.revoke(long_link)

    assert post() == []
    assert Notice.objects.get().outcome == "not_needed"


def test_a_mail_server_that_fails_is_asked_again_and_not_for_ever(
    long_link, later, post, monkeypatch
):
    def fail(self) -> None:
        raise OSError("no route to host")

    later(days=3)
    monkeypatch.setattr(EmailMultiAlternatives, "send", fail)
    for _ in range(20):
        post()
        later(hours=1)

    notice = Notice.objects.get()
    assert notice.attempts == runs.MOST_ATTEMPTS
    assert notice.outcome == "mail_failed"


def test_a_reminder_goes_out_after_the_mail_server_is_back(
    long_link, later, post, monkeypatch
):
    later(days=3)
    with monkeypatch.context() as broken:
        broken.setattr("linksite.envelope.validate_email", _raise)
        assert post() == []
    later(hours=1)

    assert len(post()) == 1
    assert post() == []


def _raise(*_: object) -> None:
    raise OSError("no route to host")


# --- stopping them ------------------------------------------------------------------
@pytest.fixture
def stop_path(long_link, later, post) -> str:
    """The stop address of a reminder that went out."""
    later(days=3)
    sent = post()[0]
    url = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert url in sent.body and url in sent.alternatives[0][0]
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return url.removeprefix("http://127.0.0.1:8000")


def _stopped() -> bool:
    return LinkRequest.objects.get().reminders_stopped_at is not None


def test_looking_at_the_stop_page_stops_nothing(client, stop_path):
    page = client.get(stop_path)

    assert page.status_code == 200
    assert "Stop the reminders?" in page.content.decode()
    assert not _stopped()


def test_one_press_stops_the_reminders(client, stop_path, later, post):
    page = client.post(stop_path, follow=True)
    later(days=7)

    assert page.redirect_chain == [(stop_path, 303)]
    assert "The reminders are stopped" in page.content.decode()
    assert post() == []


def test_a_mail_program_stops_them_without_a_cookie_or_a_redirect(stop_path):
    program = Visitor(enforce_csrf_checks=True)

    answer = program.post(stop_path, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert _stopped()


def test_the_stop_page_speaks_the_language_of_the_invitation(client, stop_path):
    LinkRequest.objects.update(language="fr")

    assert "Arrêter les rappels" in client.get(stop_path).content.decode()


@pytest.mark.parametrize("token", ["x", "a:b:c", "ImEi:1abc:def"])
def test_a_made_up_stop_address_stops_nothing(client, link, token):
    assert client.post(f"/link/reminders/{token}/").status_code == 404
    assert not _stopped()


def test_staff_stop_the_reminders(client, member, long_link, later, post):
    client.force_login(member.user)
    page = f"/portal/companies/{long_link.company_id}/request-data/"
    assert "Stop reminders" in client.get(page).content.decode()

    client.post(f"{page}stop-reminders/")
    later(days=3)

    assert post() == []
    client.force_login(member.user)
    assert "Reminders stopped" in client.get(page).content.decode()


# --- linked, broken -----------------------------------------------------------------
def test_the_customer_is_told_once_what_is_read_by_whom_and_how_to_end_it(
    connection, post
):
    (sent,) = post()

    assert sent.to == [TO]
    assert sent.subject == "Atelier Brume SAS is linked"
    for fact in ("Alder & Finch", "AtelierBrume", "100 Paris", "Customers", "off"):
        assert fact in sent.body
    assert "/l/" not in sent.body
    assert post() == []


def test_a_broken_connection_is_told_once_to_both(connection, post, client):
    post()
    runs.trouble(connection, "bad_login")

    to_customer, to_member = post()

    assert to_customer.to == [TO]
    assert to_customer.subject == "Sage Intacct no longer accepts our sign-in"
    assert to_member.to == [connection.link_request.created_by.email]
    assert f"/portal/companies/{connection.company_id}/" in to_member.body
    assert TO in to_member.body
    assert post() == []


def test_the_button_of_a_broken_connection_leads_to_the_new_password(
    connection, post, client, later
):
    post()
    later(days=20)  # the invitation is over
    runs.trouble(connection, "bad_login")

    url = _url(post()[0])
    client.post(url)
    code = re.findall(r"\d{6}", mail.outbox[-1].body)[0]
    page = client.post("/link/code/", {"code": code}, follow=True)

    assert page.redirect_chain[-1] == ("/link/sign-in/", 303)


@pytest.mark.parametrize(
    ("outcome", "subject"),
    [
        ("web_services_off", "Web Services is switched off in Sage Intacct"),
        (
            "sender_not_authorised",
            "Our Sender ID is no longer in your list in Sage Intacct",
        ),
        ("ip_blocked", "Sage Intacct turns our address away"),
        (
            "entity_denied_or_session_failed",
            "The Web Services user may no longer enter the entity",
        ),
        ("something_new", "Sage Intacct no longer accepts our sign-in"),
    ],
)
def test_each_trouble_is_called_by_its_name(connection, post, outcome, subject):
    post()
    runs.trouble(connection, outcome)

    assert [sent.subject for sent in post()] == [
        subject,
        f"Atelier Brume SAS: {subject}",
    ]


def test_a_connection_that_comes_and_goes_is_told_once_a_day(connection, post, later):
    post()
    told = 0
    for _ in range(36):
        runs.trouble(connection, "ip_blocked")
        told += len(post())
        runs.trouble(connection, "")
        later(hours=1)

    assert told == 4


def test_trouble_that_is_over_is_not_told(connection, post):
    post()
    runs.trouble(connection, "ip_blocked")
    notices.schedule(timezone.now())
    runs.trouble(connection, "")

    assert post() == []


def test_a_withdrawn_invitation_brings_the_customer_no_mail(connection, post):
    post()
    requesting.revoke(connection.link_request)
    runs.trouble(connection, "bad_login")

    assert [sent.to for sent in post()] == [[connection.link_request.created_by.email]]


def test_who_left_the_client_is_told_nothing(connection, post, make_member):
    post()
    connection.link_request.created_by.member.delete()
    runs.trouble(connection, "bad_login")

    assert [sent.to for sent in post()] == [[TO]]


# --- whose company it is; the goodbye ------------------------------------------------
@pytest.mark.parametrize(
    ("language", "subject", "reported"),
    [
        (
            "en",
            "Atelier Brume SAS is linked: is it the right company?",
            "Sage Intacct calls it Atelier Brume",
        ),
        (
            "fr",
            "Atelier Brume SAS est liée\u00a0: est-ce la bonne société\u202f?",
            "Sage Intacct la nomme Atelier Brume",
        ),
    ],
)
def test_who_invited_is_asked_once_whether_it_is_the_right_company(
    connection, post, member, language, subject, reported
):
    Company.objects.update(is_test=False)
    User.objects.update(language=language)

    to_customer, to_member = post()

    assert to_customer.to == [TO]
    assert (to_member.to, to_member.subject) == ([member.user.email], subject)
    page = f"/portal/companies/{connection.company_id}/"
    for part in (to_member.body, str(to_member.alternatives[0][0])):
        assert reported in part
        assert "AtelierBrume" in part
        assert page in part
        assert "Sandbox-Pass-1" not in part
    assert post() == []


def test_who_invited_is_asked_nothing_of_the_company_they_expected(connection, post):
    Company.objects.update(is_test=False, expected_company_id="atelierbrume")

    sent = post()[1]

    assert sent.subject == "Atelier Brume SAS is linked"
    assert "you have nothing to do" in sent.body


@pytest.mark.parametrize(
    ("language", "asks", "words"),
    [
        ("en", True, "asks you to delete what was read"),
        ("en", False, "What was read before stays"),
        ("fr", True, "vous demande d’effacer ce qui a été lu"),
        ("fr", False, "Ce qui a été lu reste"),
    ],
)
def test_who_invited_is_told_once_of_a_goodbye(
    connection, post, member, language, asks, words
):
    post()
    User.objects.update(language=language)
    linking.disconnect(connection, asks_erasure=asks)

    customer, sent = sorted(post(), key=lambda mail: mail.to == [member.user.email])

    assert customer.to == [connection.link_request.email]
    assert "alderfinch_ws" in customer.body
    assert sent.to == [member.user.email]
    for part in (sent.body, str(sent.alternatives[0][0])):
        assert words in part
        assert "AtelierBrume" in part
        assert f"/portal/companies/{connection.company_id}/" in part
    assert post() == []


def test_a_reminder_names_the_last_step_until_the_press(
    long_link, sandbox, worker, later, post
):
    row = linking.sign_in(
        long_link,
        company_id="AtelierBrume",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
    )
    linking.choose_entity(row, entity_id="100")
    visiting.choose_software(long_link, integration="sage-intacct")
    visiting.agree(long_link)
    worker()
    later(days=3, minutes=1)

    subjects = [sent.subject for sent in post()]

    assert "Your setup is waiting at step 9" in subjects


# --- however many workers -------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_four_ticks_and_workers_at_once_remind_once(long_link, later):
    later(days=3)
    errors: list[Exception] = []
    gate = threading.Barrier(4)

    def tick_and_work() -> None:
        try:
            gate.wait()
            for _ in range(5):
                tasks.tick()
                for notice in Notice.objects.all():
                    notices.send(notice.pk)
        except Exception as error:
            errors.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=tick_and_work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert len(mail.outbox) == 1
    assert Notice.objects.get().outcome == ""
