"""Hours on pages are those of the place where the browser is."""

import pytest
from django.contrib.sessions.models import Session

from tests.browser.conftest import sign_in


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Toronto"])
def test_a_visit_says_in_which_zone_it_is_read(open_page, link, member, zone) -> None:
    customer = open_page("fr", zone=zone)
    customer.goto(link.path)
    assert [cookie["name"] for cookie in customer.context.cookies()] == ["csrf"]
    customer.locator("main form button").click()
    customer.wait_for_url("**/link/software/*")
    staff = open_page("en", zone=zone)
    sign_in(staff, member)

    kept = [row.get_decoded().get("zone") for row in Session.objects.all()]
    assert kept.count(zone) == 2


def test_without_script_an_hour_names_the_zone_of_the_site(open_page, link) -> None:
    page = open_page("en", zone="Europe/Paris", javascript=False)
    page.goto(link.path)
    page.locator("main form button").click()
    page.get_by_role("button", name="Sage Intacct").click()

    assert "UTC" in page.locator("nav.steps-wide small").first.inner_text()
