"""What every answer carries, whatever its status; and what is refused at the door."""

import re

import pytest
from django.test import Client as Visitor

pytestmark = pytest.mark.django_db

EVERYWHERE = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Referrer-Policy": "origin",
}
ANSWERS = {
    "/portal/companies/": 302,
    "/account/login/": 200,
    "/no/such/page": 404,
    "/l/" + "x" * 43 + "/": 404,
    "/link/sign-in/": 200,
    "/link/help/": 200,
    "/livez": 200,
    "/static/js/ui.js": 200,
    "/admin/login/": 302,
}


@pytest.mark.parametrize(("path", "status"), ANSWERS.items())
def test_every_answer_carries_the_headers(path: str, status: int, settings) -> None:
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True

    answer = Visitor().get(path)

    assert answer.status_code == status
    answer.close()
    for name, part in EVERYWHERE.items():
        assert part in answer.headers[name], name


def test_the_policy_allows_nothing_inline_or_foreign() -> None:
    policy = Visitor().get("/account/login/").headers["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "http" not in policy


def test_a_link_page_is_never_kept_and_tells_no_referrer(link) -> None:
    answer = Visitor().get(link.path)

    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_pages_come_from_this_site_only(link) -> None:
    page = Visitor().get(link.path).content.decode()

    sources = re.findall(r'(?:src|href)="(https?://[^"]+)"', page)
    assert sources == []
    assert " style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)


@pytest.mark.parametrize("method", ["put", "delete", "patch", "trace"])
def test_odd_methods_are_refused(method: str, link) -> None:
    assert getattr(Visitor(), method)(link.path).status_code == 405


def test_a_huge_form_is_refused(link) -> None:
    visitor = Visitor(enforce_csrf_checks=True)
    visitor.get(link.path)
    form = "x=" + "y" * 100_000

    answer = visitor.post(
        link.path, form, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/account/login/", "/link/code/"])
def test_a_form_without_its_token_is_refused_with_a_page(path: str) -> None:
    answer = Visitor(enforce_csrf_checks=True).post(path, {"login": "x"})

    assert answer.status_code == 403
    assert b"<h1" in answer.content


def test_a_forged_host_is_refused() -> None:
    visitor = Visitor(headers={"host": "evil.example"})

    assert visitor.get("/account/login/").status_code == 400


@pytest.mark.parametrize(
    ("path", "lang"),
    [("/account/login/", "fr"), ("/link/help/", "en")],
)
def test_the_language_switch_keeps_the_page(path: str, lang: str) -> None:
    visitor = Visitor()

    answer = visitor.get(f"{path}?lang={lang}&q=1")

    assert answer.headers["Location"] == f"{path}?q=1"
    page = visitor.get(path).content.decode()
    assert f'<html lang="{lang}"' in page


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example/"])
def test_the_language_switch_never_leaves_the_site(path: str) -> None:
    answer = Visitor().get(f"{path}?lang=fr")

    assert not answer.headers.get("Location", "/").startswith(("//", "/\\"))
