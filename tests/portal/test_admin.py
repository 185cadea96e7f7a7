"""The admin shows every row and no secret."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from linksite import integrations
from linksite.models import Client, Connection, IntegrationSettings, LinkToken, User

SECRET = "canary-S3cret"
MODELS = list(apps.get_app_config("linksite").get_models())
EDITABLE = {"User", "Client", "IntegrationSettings", "Label"}


@pytest.fixture
def browser(client, engineer):
    client.force_login(engineer)
    return client


def page(model, action: str, *args: object) -> str:
    return reverse(f"admin:linksite_{model._meta.model_name}_{action}", args=args)


def test_members_are_not_let_in(admin_browser):
    assert admin_browser.get(reverse("admin:index")).status_code in (302, 403)


def test_strangers_sign_in_through_the_sites_own_page(client, db):
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.request["PATH_INFO"] == reverse("account_login")


def test_every_model_can_be_looked_at(browser, linked):
    for model in MODELS:
        assert browser.get(page(model, "changelist")).status_code == 200, model
        row = model._default_manager.first()
        if row is not None:
            shown = browser.get(page(model, "change", row.pk))
            assert shown.status_code == 200, model


def test_other_rows_are_read_only(browser, linked):
    for model in (one for one in MODELS if one.__name__ not in EDITABLE):
        asked = [browser.get(page(model, "add"))]
        row = model._default_manager.first()
        if row is not None:
            change, delete = (page(model, a, row.pk) for a in ("change", "delete"))
            asked += [browser.post(change, {}), browser.post(delete, {})]
        assert {answer.status_code for answer in asked} == {403}, model


def test_no_sealed_text_on_any_page(browser, linked, link, client_row):
    settings = integrations.settings_for(client_row)
    secrets = [
        settings.sender_password_sealed,
        Connection.objects.get().password_sealed,
        LinkToken.objects.first().digest,
    ]
    pages = []
    for model in MODELS:
        pages.append(browser.get(page(model, "changelist")))
        pages += [
            browser.get(page(model, "change", row.pk))
            for row in model._default_manager.all()[:2]
        ]
    for secret in secrets:
        assert secret
        assert not any(secret in answer.text for answer in pages)


def test_prefill(browser, db):
    client = Client.objects.create(name="New Client")
    data = {
        "client": client.pk,
        "integration": "sage-intacct",
        "sender_id": "theirs",
        "sender_password": SECRET,
    }
    answer = browser.post(page(IntegrationSettings, "add"), data)
    assert answer.status_code == 302
    settings = integrations.settings_for(client)
    assert settings.is_prefilled
    assert integrations.sender_of(settings).password == SECRET
    change = page(IntegrationSettings, "change", settings.pk)
    shown = browser.get(change)
    assert SECRET not in shown.text
    assert 'name="client"' not in shown.text
    browser.post(change, {"sender_id": "other", "sender_password": ""})
    settings = integrations.settings_for(client)
    sender = integrations.sender_of(settings)
    assert (sender.sender_id, sender.password) == ("other", SECRET)
    history = reverse("admin:linksite_integrationsettings_history", args=[settings.pk])
    assert SECRET not in browser.get(history).text


def test_prefill_needs_both_halves(browser, db):
    client = Client.objects.create(name="New Client")
    data = {"client": client.pk, "integration": "sage-intacct", "sender_id": "x"}
    answer = browser.post(page(IntegrationSettings, "add"), data)
    assert answer.status_code == 200
    assert "Enter the Sender Password" in answer.text


def test_a_client_with_a_member(browser, db):
    data = {"email": "Lea@Example.com", "name": "Léa", "is_active": "on"}
    browser.post(page(User, "add"), data | {"password1": "a rather long password"})
    user = User.objects.get(email="lea@example.com")
    assert user.check_password("a rather long password")
    browser.post(
        page(Client, "add"),
        {
            "name": "Alder",
            "requests_at_once": "1",
            "members-TOTAL_FORMS": "1",
            "members-INITIAL_FORMS": "0",
            "members-0-user": user.pk,
            "members-0-role": "admin",
            "branding-TOTAL_FORMS": "0",
            "branding-INITIAL_FORMS": "0",
        },
    )
    assert user.member.client.name == "Alder"
    assert user.password not in browser.get(page(User, "change", user.pk)).text


def test_a_clients_branding_stands_in_named_sections(browser, db):
    client = Client.objects.create(name="Alder")

    text = browser.get(page(Client, "change", client.pk)).text

    for section in ("Logo and colour", "Support contact", "Privacy text"):
        assert section in text


def test_a_weak_first_password_is_refused(browser, db):
    data = {"email": "lea@example.com", "name": "Léa", "password1": "short"}
    assert browser.post(page(User, "add"), data).status_code == 200
    assert not User.objects.filter(email="lea@example.com").exists()


def test_every_model_is_registered():
    assert all(admin.site.is_registered(model) for model in MODELS)
