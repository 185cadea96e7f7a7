"""A robot that follows every link changes nothing: looking is free of consequences."""

import re
from html import unescape
from urllib.parse import urljoin

import pytest
from django.db import connection as database
from django.test import Client as Visitor

from linksite import integrations, linking
from linksite.models import Company
from onboarding.intacct import STEPS

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a\b[^>]*\bhref="([^"]+)"')
# A crawl that goes on longer has met a page that makes up addresses.
MOST_PAGES = 400


def stored() -> dict[str, list[tuple]]:
    """Return every row of every table, byte for byte."""
    with database.cursor() as cursor:
        tables = database.introspection.table_names(cursor)
        rows = {}
        for table in tables:
            cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")  # noqa: S608
            rows[table] = sorted(map(repr, cursor.fetchall()))
    return rows


def crawl(visitor: Visitor, *starts: str) -> dict[str, int]:
    """Follow every link of every page of ours; return the pages and their statuses."""
    seen: dict[str, int] = {}
    waiting = list(starts)
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop()
        if path in seen:
            continue
        answer = visitor.get(path)
        seen[path] = answer.status_code
        found = [answer.headers["Location"]] if "Location" in answer.headers else []
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            found += LINK.findall(answer.content.decode())
        for href in map(unescape, found):
            target = urljoin(path, href).split("#")[0]
            if target.startswith("/") and not target.startswith("//"):
                waiting.append(target)
    return seen


@pytest.fixture
def walked(sandbox, link, worker):
    """Return a customer who is signed in, with two Permissions missing."""
    visitor = Visitor()
    visitor.post(link.path)
    linking.choose_software(link, integration="sage-intacct")
    linking.agree(link)
    row = linking.sign_in(
        link,
        company_id="HarrowTextiles",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
    )
    linking.choose_entity(row, entity_id="10")
    worker()
    session = visitor.session
    session["proven"] = str(link.pk)
    session.save()
    return visitor


def test_a_robot_with_the_link_changes_nothing(walked, link) -> None:
    before = stored()

    seen = crawl(walked, link.path, *(f"/link/{step.slug}/" for step in STEPS))
    strangers = crawl(Visitor(), link.path, "/link/sign-in/", "/link/code/")

    assert stored() == before
    assert set(seen.values()) <= {200, 302, 303}
    assert {"/link/permissions/", "/link/privacy/", link.path} <= set(seen)
    assert any("lang=fr" in path for path in seen)
    assert len(seen) > 15
    assert set(strangers.values()) <= {200, 302}


def test_a_robot_in_the_portal_changes_nothing(walked, link, member) -> None:
    integrations.settings_for(member.client)
    Company.objects.create(client=member.client, name="Rien encore")
    visitor = Visitor()
    visitor.force_login(member.user)
    visitor.get("/portal/companies/")
    before = stored()

    # Asking for data is a button, so no link leads to its page.
    asked = f"/portal/companies/{link.company_id}/request-data/"
    seen = crawl(visitor, "/portal/", asked)

    assert stored() == before
    assert set(seen.values()) <= {200, 302, 303}
    assert f"/portal/companies/{link.company_id}/data/invoices/" in seen
    assert f"{asked}revoke/" in seen
    assert len(seen) < MOST_PAGES
