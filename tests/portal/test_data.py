"""One Dataset as a table."""

import pytest
from django.utils import timezone

from linksite import intacct
from linksite.models import Record


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
