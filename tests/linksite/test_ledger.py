"""Every call to Sage Intacct is counted once, by company and month."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection as database

from linksite import integrations, ledger, linking
from linksite.models import CallLedger

pytestmark = pytest.mark.django_db


def test_what_a_link_asks_is_what_the_gateway_heard(sandbox, link, worker):
    connection = linking.sign_in(
        link,
        company_id="AtelierBrume",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
    )
    linking.choose_entity(connection, entity_id="200")
    worker()

    row = ledger.this_month("atelierbrume ")
    heard = [call for call in sandbox.log if call.company_id == "AtelierBrume"]
    functions = [name for call in heard for name in call.functions]
    assert row.posts == len(heard) > 4
    assert row.pages == functions.count("query") > 8


def test_a_new_month_is_a_new_row(sandbox):
    with time_machine.travel("2026-03-31T23:59:59Z"):
        ledger.count("BoisClair", ("query", "getAPISession"))
    with time_machine.travel("2026-04-01T00:00:01Z"):
        ledger.count("BoisClair", ("query", "readMore"))
        assert ledger.this_month("BoisClair").pages == 2

    assert CallLedger.objects.count() == 2


def test_a_company_never_asked_has_an_empty_ledger():
    assert (ledger.this_month("Nobody").posts, CallLedger.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_lose_no_count():
    def ask(_):
        ledger.count("BoisClair", ("query",))
        database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(20)))

    assert ledger.this_month("BoisClair").posts == 20


def test_a_page_size_that_was_learnt_is_kept_for_the_company(sandbox, link):
    integrations._page_sizes.setdefault("atelierbrume", {})["ARINVOICE"] = 125
    settings = integrations.settings_for(link.client)
    login = integrations.intacct.Login("AtelierBrume", "u", "p")

    with integrations.client_for_sign_in(settings, login) as client:
        assert client._page_sizes == {"ARINVOICE": 125}
    integrations._page_sizes.clear()
