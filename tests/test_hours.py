"""The hours that people read are those of their own day, or name their zone."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from linksite import hours, linking
from linksite.models import LinkRequest
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

PARIS, MONTREAL = "Europe/Paris", "America/Montreal"
NOON = "2026-11-22T12:02:00Z"
CLOCKS = [
    (PARIS, NOON, "13:02"),
    (MONTREAL, NOON, "07:02"),
    (None, NOON, "12:02 UTC"),
    ("UTC", NOON, "12:02"),
    # The night in which Paris goes from winter to summer, and back.
    (PARIS, "2026-03-29T00:59:00Z", "01:59"),
    (PARIS, "2026-03-29T01:00:00Z", "03:00"),
    (PARIS, "2026-10-25T00:30:00Z", "02:30"),
    (PARIS, "2026-10-25T01:30:00Z", "02:30"),
    (MONTREAL, "2026-03-08T07:00:00Z", "03:00"),
]
NO_ZONES = ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "europe", "x" * 5000]


@pytest.mark.parametrize(("zone", "moment", "written"), CLOCKS)
def test_an_hour_is_that_of_the_readers_day(zone, moment, written) -> None:
    with timezone.override(hours.zone_of({"zone": zone})):
        assert hours.clock(datetime.fromisoformat(moment)) == written


def test_the_sites_own_zone_has_its_name(settings) -> None:
    settings.TIME_ZONE = PARIS
    assert hours.clock(datetime.fromisoformat(NOON)) == "13:02 CET"


def start(link: LinkRequest, zone: str) -> Browser:
    visitor = Browser()
    visitor.post(link.path, {"zone": zone})
    return visitor


def rail(visitor: Browser) -> str:
    """Return when the first step was done, as its page writes it."""
    page = visitor.get("/link/before-you-start/").text
    return re.search(r"<small>([^<]+)</small>", page)[1]


@pytest.mark.parametrize(
    ("zone", "written"),
    [(PARIS, "23 November, 00:30"), (MONTREAL, "22 November, 18:30")]
    + [(zone, "22 November, 23:30 UTC") for zone in NO_ZONES],
)
def test_link_writes_hours_in_the_zone_of_who_pressed_start(
    link, sandbox, time_machine, zone, written
) -> None:
    time_machine.move_to("2026-11-22T23:30:00Z", tick=False)
    visitor = start(link, zone)
    visitor.post("/link/software/", {"software": "sage-intacct"})
    assert rail(visitor) == written
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_zone_outlasts_an_idle_hour_and_the_code(link, sandbox, later) -> None:
    visitor = start(link, PARIS)
    visitor.post("/link/software/", {"software": "sage-intacct"})
    assert "UTC" not in rail(visitor)
    later(minutes=61)
    assert "idle" in visitor.get("/link/before-you-start/").text
    visitor.post("/link/carry-on/")
    assert "UTC" not in rail(visitor)

    fields = {"company_id": "AtelierBrume", "user_id": "alderfinch_ws"}
    linking.sign_in(link, **fields, password="Sandbox-Pass-1")
    other = start(link, MONTREAL)
    code = re.search(r"\b\d{3} ?\d{3}\b", mail.outbox[-1].body)[0]
    assert other.post("/link/code/", {"code": code})["Location"] == "/link/entity/"
    assert other.session["zone"] == MONTREAL


def test_a_page_that_is_only_looked_at_or_says_no_keeps_nothing(link, member) -> None:
    visitor = Browser()
    visitor.get(f"{link.path}?zone={PARIS}")
    assert settings.SESSION_COOKIE_NAME not in visitor.cookies
    LinkRequest.objects.update(revoked_at=timezone.now())
    assert visitor.post(link.path, {"zone": PARIS}).status_code == 410
    assert settings.SESSION_COOKIE_NAME not in visitor.cookies


@pytest.mark.parametrize(
    ("zone", "written"),
    [(PARIS, "13:02"), (MONTREAL, "07:02"), ("Mars/Olympus", "12:02 UTC")],
)
def test_the_portal_writes_hours_in_the_zone_of_who_signed_in(
    member, link, sandbox, time_machine, zone, written
) -> None:
    time_machine.move_to(NOON)
    fields = {"company_id": "AtelierBrume", "user_id": "alderfinch_ws"}
    linking.sign_in(link, **fields, password="Sandbox-Pass-1")
    staff = Browser()
    login = {"login": member.user.email, "password": PASSWORD, "zone": zone}
    assert staff.post(reverse("account_login"), login).status_code == 302
    page = staff.get(f"/portal/companies/{link.company.pk}/").text
    assert f"<dd>22 November 2026, {written}</dd>" in page


def test_a_mail_keeps_to_the_sites_zone(link, sandbox) -> None:
    expires_at = datetime(2036, 11, 22, 23, 30, tzinfo=ZoneInfo("UTC"))
    LinkRequest.objects.update(expires_at=expires_at, may_hand_over_anywhere=True)
    visitor = start(link, PARIS)
    for slug, answer in (
        ("software", {"software": "sage-intacct"}),
        ("before-you-start", {"agree": "on"}),
    ):
        visitor.post(f"/link/{slug}/", answer)
    form = {"email": "marc@example.com", "scope": "step", "language": "en"}
    visitor.post("/link/hand-over/company-id/", form)
    assert "22 November 2036" in mail.outbox[-1].body
    assert "23 November 2036" not in mail.outbox[-1].body
