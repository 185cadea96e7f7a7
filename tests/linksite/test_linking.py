"""From "Request data" to a chosen Entity: what happens to each person."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection as database
from django.utils import timezone

from linksite import (
    budget,
    codes,
    intacct,
    integrations,
    linking,
    probing,
    requesting,
    vault,
)
from linksite.models import Connection, LinkRequest, LinkToken, Probe, SignInBudget

GOOD = {
    "company_id": "AtelierBrume",
    "user_id": "alderfinch_ws",
    "password": "Sandbox-Pass-1",
}

pytestmark = pytest.mark.django_db


def token_of(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def test_a_link_url_leads_to_its_invitation(link) -> None:
    assert requesting.find(token_of(link.url)) == link


def test_only_a_hash_of_the_token_is_kept(link) -> None:
    token = token_of(link.url)

    assert len(token) == 43
    assert token not in str(list(LinkToken.objects.values()))


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "a" * 44, "../../etc", "é" * 43])
def test_an_unknown_token_leads_nowhere(link, token: str) -> None:
    assert requesting.find(token) is None


def test_a_second_request_keeps_the_first_link_url_alive(link, member) -> None:
    again, url = requesting.request_data(link.company, by=member.user)

    assert again == link
    assert url != link.url
    assert requesting.find(token_of(link.url)) == requesting.find(token_of(url)) == link


def test_a_revoked_link_is_replaced_by_a_new_one(link, member) -> None:
    requesting.revoke(link)

    again, _ = requesting.request_data(link.company, by=member.user)

    assert again != link
    assert not requesting.find(token_of(link.url)).is_open


def test_a_link_url_needs_a_ready_integration(company, member) -> None:
    integrations.switch(
        integrations.settings_for(company.client), on=False, by=member.user
    )

    with pytest.raises(requesting.NotReady):
        requesting.request_data(company, by=member.user)


def test_signing_in_keeps_the_login_sealed(sandbox, link) -> None:
    row = linking.sign_in(link, **GOOD)

    assert GOOD["password"] not in str(Connection.objects.values())
    assert integrations.password_of(row) == GOOD["password"]
    assert [entity["id"] for entity in row.entities] == ["100", "200", "300"]
    assert row.status == "pending"
    assert not row.has_entity


def test_a_single_entity_company_needs_no_choice(sandbox, link) -> None:
    row = linking.sign_in(link, **GOOD | {"company_id": "CoopRives"})

    assert row.entity_id == ""
    assert row.probes.count() == 1


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"password": "wrong"}, intacct.SignInRefused),
        ({"user_id": "nobody"}, intacct.SignInRefused),
        ({"company_id": "NoSuchCompany"}, intacct.SignInRefused),
        ({"company_id": "PapeteriesLac"}, intacct.SetupIncomplete),
        ({"password": "bell\x07"}, intacct.Unsendable),
    ],
)
def test_a_refused_sign_in_stores_nothing(sandbox, link, change, refusal) -> None:
    with pytest.raises(refusal):
        linking.sign_in(link, **GOOD | change)

    assert not Connection.objects.exists()


@pytest.mark.parametrize("fault", ["down", "nonsense", "empty", "cut"])
def test_a_failing_gateway_costs_no_attempt(sandbox, link, fault: str) -> None:
    sandbox.companies["AtelierBrume"].fault = fault

    with pytest.raises(intacct.GatewayUnavailable):
        linking.sign_in(link, **GOOD)

    assert budget.used(GOOD["company_id"], GOOD["user_id"]) == (0, None)


def test_a_wrong_sender_is_noted_for_the_staff(sandbox, link, member) -> None:
    settings = integrations.settings_for(link.client)
    integrations.save_sender(
        settings, sender_id="linksite-sandbox", password="wrong", by=member.user
    )

    with pytest.raises(intacct.SenderRefused):
        linking.sign_in(link, **GOOD)

    settings.refresh_from_db()
    assert settings.sender_refused_at
    assert budget.used(GOOD["company_id"], GOOD["user_id"]) == (0, None)


def test_the_same_wrong_password_is_sent_once(sandbox, link) -> None:
    wrong = GOOD | {"password": "wrong"}
    with pytest.raises(intacct.SignInRefused):
        linking.sign_in(link, **wrong)

    with pytest.raises(linking.SameAgain):
        linking.sign_in(link, **wrong)

    assert sandbox.posts("AtelierBrume") == 1


def test_after_three_failures_nothing_is_sent(sandbox, link) -> None:
    for number in range(3):
        with pytest.raises(intacct.SignInRefused):
            linking.sign_in(link, **GOOD | {"password": f"wrong {number}"})

    with pytest.raises(linking.TooManyTries) as refusal:
        linking.sign_in(link, **GOOD)

    assert sandbox.posts("AtelierBrume") == 3
    assert refusal.value.retry_at > timezone.now() + timedelta(minutes=14)


def test_spelling_variants_share_one_budget(sandbox, link) -> None:
    for company_id in ("AtelierBrume", "atelierbrume", " ATELIERBRUME "):
        budget.take(company_id, "ALDERFINCH_WS", f"wrong {company_id}").refused()

    with pytest.raises(linking.TooManyTries):
        linking.sign_in(link, **GOOD)


def test_failures_are_forgotten_after_fifteen_minutes(
    sandbox, link, time_machine
) -> None:
    time_machine.move_to("2026-11-22T10:00:00Z", tick=False)
    for number in range(3):
        budget.take("AtelierBrume", "alderfinch_ws", f"wrong {number}").refused()
    time_machine.move_to("2026-11-22T10:15:01Z", tick=False)

    assert budget.used("AtelierBrume", "alderfinch_ws") == (0, None)


def test_a_success_forgets_the_failures(sandbox, link) -> None:
    with pytest.raises(intacct.SignInRefused):
        linking.sign_in(link, **GOOD | {"password": "wrong"})

    linking.sign_in(link, **GOOD)

    assert SignInBudget.objects.get().failures == []


def test_a_linked_company_is_not_swapped_for_another(sandbox, link) -> None:
    row = linking.sign_in(link, **GOOD)
    row.linked_at = row.first_linked_at = timezone.now()
    row.save()

    with pytest.raises(linking.OtherCompany):
        linking.sign_in(link, **GOOD | {"company_id": "CoopRives"})


def test_choosing_an_entity_asks_for_one_probe(sandbox, link) -> None:
    row = linking.sign_in(link, **GOOD)

    linking.choose_entity(row, entity_id="200")
    linking.choose_entity(row, entity_id="300")

    assert row.entity_name == "Lille"
    assert Probe.objects.unfinished().count() == 1


def test_an_unknown_entity_is_refused(sandbox, link) -> None:
    row = linking.sign_in(link, **GOOD)

    with pytest.raises(LookupError):
        linking.choose_entity(row, entity_id="999")


def test_disconnecting_erases_the_password(sandbox, link, worker) -> None:
    row = linking.sign_in(link, **GOOD)

    linking.disconnect(row)

    assert row.password_sealed == ""
    assert linking.connection(link) is None


def test_a_code_is_mailed_and_works_once(sandbox, link) -> None:
    linking.sign_in(link, **GOOD)
    assert codes.is_needed(link, proven=False)

    assert codes.send(link)

    code = next(word for word in mail.outbox[0].body.split() if word.isdigit())
    assert len(code) == 6
    assert codes.check(link, code=code)
    assert not codes.check(link, code=code)


def test_no_code_works_after_ten_wrong_ones(link) -> None:
    codes.send(link)
    code = next(word for word in mail.outbox[0].body.split() if word.isdigit())
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(10):
        assert not codes.check(link, code=wrong)

    with pytest.raises(linking.TooManyTries):
        codes.check(link, code=code)


def test_without_an_address_no_code_can_be_sent(link) -> None:
    link.email = ""

    assert not codes.send(link)


@pytest.mark.django_db(transaction=True)
def test_fifty_wrong_sign_ins_at_once_reach_the_gateway_three_times(
    sandbox, link, many_processes
) -> None:
    linking.give_company_id(link, company_id=GOOD["company_id"])

    def attempt(number: int) -> str:
        mine = LinkRequest.objects.get(pk=link.pk)  # each request has its own
        try:
            linking.sign_in(mine, **GOOD | {"password": f"wrong {number}"})
        except (intacct.SignInRefused, linking.TooManyTries) as error:
            return type(error).__name__
        finally:
            database.close()
        return "accepted"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(50)))

    assert sandbox.posts("AtelierBrume") == 3
    assert answers.count("SignInRefused") == 3
    assert answers.count("TooManyTries") == 47


def test_a_secret_is_sealed_to_its_own_row(sandbox, link) -> None:
    row = linking.sign_in(link, **GOOD)
    row.pk = None
    row.id = linking.Connection().id

    with pytest.raises(vault.Unreadable):
        integrations.password_of(row)


def test_another_entity_starts_afresh_with_the_question(
    sandbox, link, worker, finish
) -> None:
    row = linking.sign_in(link, **GOOD)
    linking.choose_entity(row, entity_id="100")
    finish(row)

    linking.choose_entity(row, entity_id="200")
    assert not probing.is_enough(row)
    worker()
    assert (row.status, row.records.exists()) == ("pending", False)
    assert finish(row)

    owners = {body["MEGAENTITYID"] for body in bodies(row, "invoices")}
    assert "200" in owners
    assert "100" not in owners


def bodies(row: Connection, dataset: str) -> list[dict[str, str]]:
    return list(row.records.filter(dataset=dataset).values_list("body", flat=True))


def test_signing_in_again_reads_again(sandbox, link, worker, finish) -> None:
    row = linking.sign_in(link, **GOOD | {"company_id": "CoopRives"})
    finish(row)

    linking.sign_in(link, **GOOD | {"company_id": "CoopRives"})
    worker()

    assert row.syncs.count() == 2


def test_an_older_page_cannot_bring_back_an_older_sender(client_row, member) -> None:
    stale = integrations.settings_for(client_row)
    fresh = integrations.settings_for(client_row)
    integrations.save_sender(fresh, sender_id="newer", password="", by=member.user)

    integrations.switch(stale, on=False, by=member.user)

    assert integrations.settings_for(client_row).sender_id == "newer"


def test_a_good_sign_in_clears_the_word_refused(sandbox, link) -> None:
    settings = integrations.settings_for(link.client)
    integrations.note_sender(settings, refused=True)

    linking.sign_in(link, **GOOD)

    assert integrations.settings_for(link.client).sender_refused_at is None


@pytest.mark.django_db(transaction=True)
def test_many_right_sign_ins_at_once_are_all_accepted(sandbox, link) -> None:
    def attempt(number: int) -> int:
        try:
            return len(budget.take("AtelierBrume", f"user {number % 2}", "x").digest)
        finally:
            budget.Ticket(digest_of(number), 0.0, "").accepted()
            database.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(attempt, range(12))) == {64}


def digest_of(number: int) -> str:
    return vault.digest("budget", "atelierbrume", f"user {number % 2}")
