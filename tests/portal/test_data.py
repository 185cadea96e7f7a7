"""One Dataset as a table."""

import re

import pytest
from django.utils import timezone

from linksite import intacct
from linksite.models import Connection, Record


@pytest.fixture
def base(linked) -> str:
    return f"/portal/companies/{linked.company.pk}/data/"


@pytest.mark.parametrize("slug", intacct.BY_SLUG)
def test_every_dataset_has_a_table(admin_browser, base, slug):
    answer = admin_browser.get(f"{base}{slug}/")
    assert answer.status_code == 200
    for column in intacct.BY_SLUG[slug].columns:
        assert column.label in answer.text
    assert answer.text.count('<th scope="row"') > 0


def test_an_unknown_dataset_is_a_404(admin_browser, base):
    assert admin_browser.get(f"{base}payslips/").status_code == 404


def test_pages_by_key(admin_browser, linked, base):
    linked.records.filter(dataset="customers").delete()
    Record.objects.bulk_create(
        Record(
            connection=linked,
            dataset="customers",
            key=f"C{n:03}",
            body={"CUSTOMERID": f"C{n:03}", "NAME": "<i>", "TOTALDUE": "1234.5"},
            read_at=timezone.now(),
        )
        for n in range(60)
    )
    first = admin_browser.get(f"{base}customers/").text
    assert "C049" in first
    assert "C050" not in first
    assert "?after=C049" in first
    second = admin_browser.get(f"{base}customers/?after=C049").text
    assert "C059" in second
    assert "1,234.50" in second
    assert "&lt;i&gt;" in second


def dated(linked: Connection, number: int, day: str | None) -> Record:
    body = {"RECORDID": f"FAC-{number}", "WHENCREATED": day, "TOTALDUE": "1"}
    return Record(
        connection=linked,
        dataset="invoices",
        key=str(number),
        body=body if day else body | {"WHENCREATED": ""},
        read_at=timezone.now(),
    )


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r">FAC-(\d+)<", page)]


def test_invoices_come_newest_first_over_all_pages(admin_browser, linked, base):
    linked.records.filter(dataset="invoices").delete()
    days = ["12/31/2025", "01/02/2026", "11/03/2026 10:00:00", "10/20/2026", None]
    Record.objects.bulk_create(dated(linked, n, days[n % 5]) for n in range(8, 68))
    order = [2, 3, 1, 0, 4]
    newest = sorted(range(8, 68), key=lambda n: (order.index(n % 5), -n))

    first = admin_browser.get(f"{base}invoices/").text
    second = re.search(r'href="(\?after=\d+)"', first)[1]

    assert numbers(first) == newest[:50]
    assert numbers(admin_browser.get(f"{base}invoices/{second}").text) == newest[50:]


def test_all_invoices_begin_with_the_latest(admin_browser, linked, base):
    overview = admin_browser.get(f"/portal/companies/{linked.company.pk}/").text
    latest = re.findall(r">(FAC-[\d-]+)<", overview)

    assert len(latest) == 5
    listed = re.findall(r">(FAC-[\d-]+)<", admin_browser.get(f"{base}invoices/").text)
    assert listed[:5] == latest


def test_a_trial_balance_names_its_accounts_and_its_totals_agree(
    admin_browser, linked, base
):
    amounts = {"512100": ("0.10", "0.30"), "601000": ("0.20", "0.00")}
    rows = linked.records.filter(dataset="trial-balance")
    rows.exclude(key__in=amounts).delete()
    for row in rows:
        row.body["debits"], row.body["credits"] = amounts[row.key]
        row.body |= {"startbalance": "1234567890123.45", "endbalance": "-7.00"}
        row.save()

    page = admin_browser.get(f"{base}trial-balance/").text

    assert "Banque, compte courant" in page
    total = re.findall(r'<td class="r">([^<]*)</td>', page.split("<tfoot>")[1])
    assert "Total, 2 accounts" in page
    assert total == ["", "2,469,135,780,246.90", "0.30", "0.30", "−14.00"]
    found = admin_browser.get(f"{base}trial-balance/", {"q": "compte courant"}).text
    assert "512100" in found
    assert "601000" not in found
    assert "<tfoot>" not in found


def test_the_totals_are_those_of_all_pages(admin_browser, linked, base):
    first = admin_browser.get(f"{base}trial-balance/").text
    totals = first.split("<tfoot>")[1].split("</tfoot>")[0]
    opening, debits, credits, closing = re.findall(r'"r">([^<]+)</td>', totals)

    assert "Total, 60 accounts" in totals
    assert (debits, opening, closing) == (credits, "0.00", "0.00")
    second = re.search(r'href="(\?after=\d+)"', first)[1]
    assert totals in admin_browser.get(f"{base}trial-balance/{second}").text


def test_without_a_chart_of_accounts_there_are_no_names(admin_browser, linked, base):
    Record.objects.filter(dataset="accounts").delete()
    page = admin_browser.get(f"{base}trial-balance/").text
    assert ">Name</th>" not in page
    assert "Total, 60 accounts" in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Scroll the table sideways"), ("fr", "Faites défiler le tableau")],
)
def test_a_narrow_table_says_that_there_is_more_of_it(
    admin_browser, linked, base, language, words
):
    admin_browser.cookies["language"] = language
    overview = f"/portal/companies/{linked.company.pk}/"
    for page in (overview, f"{base}invoices/"):
        assert words in admin_browser.get(page).text


def test_search(admin_browser, linked, base):
    record = linked.records.filter(dataset="customers").first()
    found = admin_browser.get(f"{base}customers/", {"q": record.body["NAME"]}).text
    assert record.key in found
    none = admin_browser.get(f"{base}customers/", {"q": "zzz%"}).text
    assert "Nothing matches “zzz%”" in none


def test_an_empty_dataset_says_so(admin_browser, linked, base):
    linked.records.filter(dataset="bills").delete()
    page = admin_browser.get(f"{base}bills/").text
    assert "Sage Intacct has no record of this kind." in page


def test_nothing_read_yet(admin_browser, company):
    url = f"/portal/companies/{company.pk}/data/bills/"
    assert "Nothing has been read yet" in admin_browser.get(url).text
