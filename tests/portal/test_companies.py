"""The list of Companies, a new one, and one with its figures."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client as Browser
from django.utils import timezone

from linksite import intacct, linking, requesting, syncing
from linksite.models import Client, Company, Connection
from portal import standing

LIST = "/portal/companies/"


def test_nothing_yet(admin_browser):
    assert "No company yet. Create a test company" in admin_browser.get(LIST).text


def test_a_new_test_company(admin_browser):
    assert "checked" in admin_browser.get(f"{LIST}new/?test=1").text
    answer = admin_browser.post(f"{LIST}new/", {"name": "Osprey", "is_test": "on"})
    company = Company.objects.get()
    assert (answer.status_code, answer.url) == (303, f"{LIST}{company.pk}/")
    assert company.is_test
    assert company.created_by == admin_browser.member.user
    assert company.client == admin_browser.member.client


def test_a_company_needs_a_name(admin_browser):
    answer = admin_browser.post(f"{LIST}new/", {"name": " ", "is_test": "on"})
    assert answer.status_code == 422
    assert "Enter the company’s name" in answer.text
    assert not Company.objects.exists()


def test_a_name_that_exists_is_a_warning(admin_browser, company):
    data = {"name": company.name}
    answer = admin_browser.post(f"{LIST}new/", data)
    assert answer.status_code == 422
    assert "There is already a company with this name" in answer.text
    assert Company.objects.count() == 1
    admin_browser.post(f"{LIST}new/", data | {"twin": company.name})
    assert Company.objects.count() == 2


def test_names_are_escaped(admin_browser, client_row):
    Company.objects.create(client=client_row, name="<b>&Co</b>")
    assert "&lt;b&gt;&amp;Co&lt;/b&gt;" in admin_browser.get(LIST).text


def test_search_and_pages(admin_browser, client_row):
    Company.objects.bulk_create(
        Company(client=client_row, name=f"Company {n:02}") for n in range(30)
    )
    first, second = (admin_browser.get(LIST, {"page": p}) for p in (1, 2))
    assert "Company 24" in first.text
    assert "Company 25" not in first.text
    assert "Company 25" in second.text
    assert "1 to 25 of 30" in first.text
    assert "Company 07" in admin_browser.get(LIST, {"q": "y 07"}).text
    assert "No company matches “riv”" in admin_browser.get(LIST, {"q": "riv"}).text


def test_the_list_asks_few_queries(
    admin_browser, client_row, linked, django_assert_max_num_queries
):
    Company.objects.bulk_create(
        Company(client=client_row, name=f"Company {n:02}") for n in range(30)
    )
    with django_assert_max_num_queries(14):
        admin_browser.get(LIST)


@pytest.mark.parametrize(
    ("status", "text"),
    [("not-linked", "Not linked"), ("in-progress", "Link made")],
)
def test_status_before_signing_in(admin_browser, company, status, text):
    if status == "in-progress":
        requesting.request_data(company, by=admin_browser.member.user)
    page = admin_browser.get(LIST, {"status": status})
    assert company.name in page.text
    assert text in page.text
    assert company.name not in admin_browser.get(LIST, {"status": "linked"}).text


def test_status_linked_and_troubled(admin_browser, linked: Connection):
    page = admin_browser.get(LIST, {"status": "linked"}).text
    assert "Linked" in page
    assert "Synced" in page
    Connection.objects.update(trouble="bad_login", trouble_at=timezone.now())
    page = admin_browser.get(LIST, {"status": "needs-action"}).text
    assert "Password refused" in page
    page = admin_browser.get(f"{LIST}{linked.company.pk}/").text
    assert "signs in anew" in page


@pytest.mark.parametrize("is_asked_again", [False, True])
def test_a_wish_to_have_it_deleted_needs_action_until_it_is_done(
    admin_browser, linked, company, is_asked_again
):
    linking.disconnect(linked, asks_erasure=True)
    if is_asked_again:
        requesting.revoke(company.link_requests.get())
        requesting.request_data(company, by=admin_browser.member.user)
    after = "in-progress" if is_asked_again else "not-linked"

    page = admin_browser.get(LIST).text
    assert "Asked to delete" in page
    assert "Your turn" in page
    assert holding(admin_browser, company) == {"needs-action"}

    admin_browser.post(f"{LIST}{company.pk}/erase/")

    assert "Asked to delete" not in admin_browser.get(LIST).text
    assert holding(admin_browser, company) == {after}


def test_whoever_signed_in_anew_no_longer_asks_to_delete(
    admin_browser, linked, signed_in, company
):
    linking.disconnect(linked, asks_erasure=True)
    signed_in()

    assert holding(admin_browser, company) == {"in-progress"}
    assert "Asked to delete" not in admin_browser.get(LIST).text


def holding(browser: Browser, company: Company) -> set[str]:
    """Return the filters that hold a Company."""
    return {
        status
        for status in standing.FILTERS
        if company.name in browser.get(LIST, {"status": status}).text
    }


def test_missing_permissions_are_named(admin_browser, signed_in, worker, company):
    signed_in("HarrowTextiles")
    worker()
    assert "2 permissions missing" in admin_browser.get(LIST).text
    page = admin_browser.get(f"{LIST}{company.pk}/").text
    assert "Bills (Accounts Payable)" in page
    assert "Trial balance (General Ledger)" in page


def test_a_company_without_data(admin_browser, company):
    page = admin_browser.get(f"{LIST}{company.pk}/")
    assert "Nothing has been read yet" in page.text
    assert "Sync now" not in page.text
    assert page.text.count("Request data</button>") == 1


def test_a_company_that_is_asked_already_is_not_pressed_to_be_asked_again(
    admin_browser, company, link
):
    assert link.is_open
    page = admin_browser.get(f"{LIST}{company.pk}/").text
    assert page.count("Request data</button>") == 1


def test_a_linked_company_shows_its_data(admin_browser, linked):
    page = admin_browser.get(f"{LIST}{linked.company.pk}/").text
    assert "Sage Intacct, entity 100 Paris" in page
    for text in ("Customers owe", "Owed to suppliers", "In the bank", "€"):
        assert text in page
    assert "Receivables by age" in page
    assert "Latest invoices" in page
    assert "Total of these" in page
    assert page.count("Up to date") == 7
    assert " style=" not in page
    assert "hx-get" not in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "all entities (Atelier"), ("fr", "toutes les entités (Atelier")],
)
def test_a_company_read_at_top_level_is_told_as_all_its_entities(
    admin_browser, linked, language, words
):
    Connection.objects.update(entity_id="", entity_name="")
    admin_browser.cookies["language"] = language
    page = admin_browser.get(f"{LIST}{linked.company.pk}/").text
    assert f"<span>Sage Intacct, {words}Brume)</span>" in page


def test_progress_polls_while_it_runs(admin_browser, signed_in, company):
    connection = signed_in()
    connection.linked_at = timezone.now()
    connection.save()
    syncing.queue(connection)
    url = f"{LIST}{company.pk}/"
    asks = re.search(rf'hx-get="({url}\?seen=[^"]+)"', admin_browser.get(url).text)
    fragment = admin_browser.get(url, headers={"HX-Request": "true"})
    assert fragment.status_code == 200
    assert "<html" not in fragment.text
    assert "Reading, 0 of 7" in fragment.text

    # A page that shows all there is hears nothing.
    same = admin_browser.get(asks[1], headers={"HX-Request": "true"})
    assert (same.status_code, same.content) == (204, b"")


def test_the_last_poll_brings_the_figures(admin_browser, linked):
    url = f"{LIST}{linked.company.pk}/"
    fragment = admin_browser.get(url, headers={"HX-Request": "true"})
    assert fragment.status_code == 286
    assert "hx-get" not in fragment.text
    assert 'hx-swap-oob="true"' in fragment.text
    assert "Customers owe" in fragment.text


def test_sync_now(admin_browser, linked):
    answer = admin_browser.post(f"{LIST}{linked.company.pk}/sync/")
    assert answer.status_code == 303
    assert syncing.latest(linked).finished_at is None
    admin_browser.post(f"{LIST}{linked.company.pk}/sync/")
    assert linked.syncs.unfinished().count() == 1


def test_sync_now_without_a_connection(admin_browser, company):
    answer = admin_browser.post(f"{LIST}{company.pk}/sync/", follow=True)
    assert "This company is not linked." in answer.text


def test_after_a_one_time_sync_it_cannot_sync(admin_browser, linked):
    Connection.objects.update(password_sealed="")
    url = f"{LIST}{linked.company.pk}/"
    assert "Sync now" not in admin_browser.get(url).text
    answer = admin_browser.post(f"{url}sync/", follow=True)
    assert "password was forgotten" in answer.text


def test_a_disconnected_company_keeps_its_data(admin_browser, linked):
    linking.disconnect(linked)
    page = admin_browser.get(f"{LIST}{linked.company.pk}/").text
    assert "Disconnected on" in page
    assert "Customers owe" in page
    assert "As it was read" in page
    assert "Up to date" not in page


def test_an_expired_link_is_told(admin_browser, company, link):
    link.expires_at = timezone.now() - timedelta(seconds=1)
    link.save()
    assert "Link expired" in admin_browser.get(LIST).text


def test_what_was_not_read_is_not_summed(admin_browser, linked):
    linked.records.filter(dataset="bills").delete()
    readings = linked.syncs.first().readings.filter(dataset="bills")
    readings.update(outcome="permission_missing", records=0)
    page = admin_browser.get(f"{LIST}{linked.company.pk}/").text
    suppliers = page.split("Owed to suppliers")[1].split("</div>")[0]
    assert "Not read yet" in suppliers
    assert "0.00" not in suppliers
    assert "Permission missing" in page


def key_of(page: str) -> dict[str, str]:
    return {"key": re.search(r'name="key" value="([\w-]+)"', page)[1]}


def test_a_double_press_makes_one_company(admin_browser):
    key = key_of(admin_browser.get(f"{LIST}new/").text)

    answers = [
        admin_browser.post(f"{LIST}new/", key | {"name": "Osprey"}) for _ in range(2)
    ]

    company = Company.objects.get()
    assert [answer.url for answer in answers] == [f"{LIST}{company.pk}/"] * 2


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_make_one_company(admin_browser):
    key = key_of(admin_browser.get(f"{LIST}new/").text)

    def press(_: int) -> int:
        try:
            twin = Browser()
            twin.cookies = admin_browser.cookies
            data = key | {"name": "Osprey"}
            return twin.post(f"{LIST}new/", data).status_code
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(press, range(8))) == {303}
    assert Company.objects.count() == 1


def test_the_key_of_another_client_s_company_gives_nothing(
    admin_browser, company, make_member
):
    theirs = Company.objects.create(
        client=Client.objects.create(name="Other"), name="Theirs"
    )

    answer = admin_browser.post(f"{LIST}new/", {"key": str(theirs.pk), "name": "Mine"})

    assert admin_browser.get(answer.url).status_code == 404
    theirs.refresh_from_db()
    assert theirs.name == "Theirs"


def test_a_sign_in_that_was_refused_is_told_with_whose_turn_it_is(
    admin_browser, sandbox, link, company
):
    with pytest.raises(intacct.SetupIncomplete):
        linking.sign_in(
            link, company_id="FonderieArdan", user_id="ws", password="a long one"
        )
    url = f"{LIST}{company.pk}/"

    assert "Web Services off" in admin_browser.get(LIST).text
    page = admin_browser.get(url).text
    assert "Web Services off" in page
    assert "The customer’s turn: the link shows them what to do." in page
    requesting.revoke(link)
    assert "Web Services off" not in admin_browser.get(url).text


def test_a_reading_that_has_to_wait_says_what_for(admin_browser, linked):
    sync = syncing.queue(linked)
    sync.claim()
    sync.postpone("transient", timedelta(minutes=5))
    for path in ("", "data/invoices/"):
        page = admin_browser.get(f"{LIST}{linked.company.pk}/{path}").text
        assert "Sage Intacct is not answering" in page
        assert "Nobody has to act: we try again by ourselves." in page


def test_a_permission_lost_later_is_told_beside_its_data(admin_browser, linked):
    linked.syncs.first().readings.filter(dataset="bills").update(
        outcome="permission_missing"
    )
    linked.records.filter(dataset="bills").delete()
    page = admin_browser.get(f"{LIST}{linked.company.pk}/data/bills/").text
    assert "Permission missing" in page
    assert "administrator must act" in page
