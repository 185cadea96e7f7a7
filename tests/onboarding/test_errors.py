"""The error pages."""

import pytest
from django.template.loader import render_to_string
from django.test import Client as Browser

pytestmark = pytest.mark.django_db


def test_an_address_that_leads_nowhere_has_a_page(client):
    response = client.get("/nowhere/at/all/")

    assert response.status_code == 404
    assert "There is no page here" in response.content.decode()


def test_a_fragment_that_fails_brings_no_second_shell(client):
    response = client.get("/nowhere/", headers={"HX-Request": "true"})

    assert "<html" not in response.content.decode()


def test_a_form_without_its_cookie_is_told_so(link):
    strict = Browser(enforce_csrf_checks=True)

    response = strict.post(link.path)

    assert response.status_code == 403
    assert "This page is too old" in response.content.decode()


@pytest.mark.parametrize("name", ["400", "403", "404", "410", "500"])
def test_every_error_page_renders_without_a_request(name):
    html = render_to_string(f"{name}.html")

    assert html.count("<h1") == 1
    assert "<main" in html
