"""Settings > Integrations > Accounting > Sage Intacct, as the guide says it."""

import pytest
from django.urls import reverse

from linksite import integrations, vault
from linksite.models import Client, IntegrationSettings, Member

PAGE = "/portal/settings/integrations/accounting/sage-intacct/"
COMPANIES = "/portal/companies/"
SECRET = " S3cret<&>é "


@pytest.fixture
def new_client(db) -> Client:
    return Client.objects.create(name="New Client")


@pytest.fixture
def browser(client, new_client, make_member):
    member = make_member("admin", client=new_client)
    client.force_login(member.user)
    client.member = member
    return client


def form_of(client_row: Client, **changes: str) -> dict[str, str]:
    settings = integrations.settings_for(client_row)
    version = settings.changed_at.isoformat() if settings.changed_at else "new"
    return {
        "changed_at": version,
        "sender_id": "our-sender",
        "sender_password": SECRET,
        "mode": "continuous",
        "refresh_hours": "24",
        **changes,
    }


def save_and_test(browser, client_row: Client, password: str = "") -> str:
    """Press "Save and test"; an empty password keeps the one that is stored."""
    sender_id = integrations.settings_for(client_row).sender_id
    form = form_of(client_row, sender_id=sender_id, sender_password=password)
    return browser.post(PAGE, form | {"test": "yes"}, follow=True).text


def test_the_guides_path_can_be_followed_by_clicks(browser):
    page = browser.get("/portal/", follow=True)
    for name in ("settings", "integrations", "accounting"):
        assert f'href="{reverse(f"portal:{name}")}"' in page.text
        page = browser.get(reverse(f"portal:{name}"))
    assert f'href="{PAGE}"' in page.text
    assert "Set up" in page.text
    assert "Not set up" in page.text


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/portal/settings/", "Paramètres"),
        ("/portal/settings/integrations/", "Intégrations"),
        ("/portal/settings/integrations/accounting/", "Intégrations comptables"),
        ("/portal/settings/integrations/accounting/", "Configurer"),
        (PAGE, "Paramètres d'intégration"),
        (PAGE, "Sender Password"),
        (PAGE, "Enregistrer"),
        (PAGE, "Accès au niveau de l'entité requis"),
    ],
)
def test_the_guides_labels_stand_in_french(browser, path, label):
    answer = browser.get(path, headers={"Accept-Language": "fr"})
    assert label in answer.text.replace("&#x27;", "'")


def test_saving_seals_the_password_and_never_shows_it(browser, new_client):
    answer = browser.post(PAGE, form_of(new_client))
    assert (answer.status_code, answer.url) == (303, PAGE)
    settings = integrations.settings_for(new_client)
    assert integrations.sender_of(settings).password == SECRET
    assert SECRET.strip() not in settings.sender_password_sealed
    assert settings.sender_filled_by == IntegrationSettings.FilledBy.CLIENT
    page = browser.get(PAGE)
    assert "our-sender" in page.text
    assert SECRET.strip() not in page.text
    assert settings.sender_password_sealed not in page.text
    assert "Leave empty to keep it." in page.text


def test_an_empty_password_keeps_the_stored_one(browser, new_client):
    browser.post(PAGE, form_of(new_client))
    browser.post(PAGE, form_of(new_client, sender_id="other", sender_password=""))
    sender = integrations.sender_of(integrations.settings_for(new_client))
    assert (sender.sender_id, sender.password) == ("other", SECRET)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"sender_id": ""}, "Enter the Sender ID"),
        ({"sender_password": ""}, "Enter the Sender Password"),
    ],
)
def test_what_is_missing_is_said_and_the_password_not_repeated(
    browser, new_client, changes, text
):
    answer = browser.post(PAGE, form_of(new_client, **changes))
    assert answer.status_code == 422
    assert text in answer.text
    assert SECRET.strip() not in answer.text
    assert answer.text.count("<title>Error: ") == 1


def test_one_time_and_hourly_are_kept(browser, new_client):
    browser.post(PAGE, form_of(new_client, mode="one-time", refresh_hours="1"))
    settings = integrations.settings_for(new_client)
    assert (settings.mode, settings.refresh_hours) == ("one-time", 1)


def test_a_change_by_somebody_else_is_not_overwritten(browser, new_client, make_member):
    browser.post(PAGE, form_of(new_client))
    seen = form_of(new_client, sender_id="mine")
    marc = make_member("admin", client=new_client).user
    settings = integrations.settings_for(new_client)
    integrations.save_sender(settings, sender_id="theirs", password="", by=marc)
    answer = browser.post(PAGE, seen)
    assert answer.status_code == 409
    assert marc.name in answer.text
    assert 'value="theirs"' in answer.text
    assert integrations.settings_for(new_client).sender_id == "theirs"


def test_prefilled_credentials_are_read_only(browser, new_client, engineer):
    settings = integrations.settings_for(new_client)
    integrations.save_sender(
        settings,
        sender_id="prefilled",
        password=SECRET,
        by=engineer,
        filled_by=IntegrationSettings.FilledBy.ENGINEER,
    )
    page = browser.get(PAGE)
    assert "Filled in by your Solutions Engineer" in page.text
    assert 'type="password"' not in page.text
    assert 'name="sender_id"' not in page.text
    browser.post(PAGE, form_of(new_client, sender_id="stolen", mode="one-time"))
    settings = integrations.settings_for(new_client)
    assert (settings.sender_id, settings.mode) == ("prefilled", "one-time")
    assert settings.is_prefilled


def test_the_switch_needs_a_sender(browser, new_client):
    answer = browser.post(f"{PAGE}switch/", {"enabled": "1"}, follow=True)
    assert "Enter the Sender ID and Sender Password first" in answer.text
    assert not integrations.settings_for(new_client).is_enabled


def test_the_companies_say_that_sage_intacct_comes_first(browser, new_client):
    way = f'<a href="{reverse("portal:accounting")}">Settings &gt; Integrations'
    page = browser.get(COMPANIES).text
    assert "Set Sage Intacct up first" in page
    assert way in page
    browser.post(PAGE, form_of(new_client))
    page = browser.get(COMPANIES).text
    assert "Sage Intacct is switched off" in page
    assert way in page
    browser.post(f"{PAGE}switch/", {"enabled": "1"})
    assert way not in browser.get(COMPANIES).text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Saved. Now switch Sage Intacct on"),
        ("fr", "Enregistré. Activez maintenant Sage Intacct"),
    ],
)
def test_after_the_first_save_the_switch_is_what_comes_next(
    browser, new_client, language, words
):
    browser.cookies["language"] = language
    page = browser.post(PAGE, form_of(new_client), follow=True).text
    assert words in page
    assert 'role="switch" aria-checked="false"' in page
    browser.post(f"{PAGE}switch/", {"enabled": "1"})
    assert words not in browser.post(PAGE, form_of(new_client), follow=True).text


def test_a_sender_that_is_refused_is_not_to_be_switched_on(
    browser, new_client, sandbox
):
    form = form_of(new_client) | {"test": "yes"}
    page = browser.post(PAGE, form, follow=True).text
    assert "Sage Intacct did not accept this Sender ID" in page
    assert "<p>Saved</p>" in page


def test_the_switch(browser, new_client):
    browser.post(PAGE, form_of(new_client))
    url = reverse("portal:accounting")
    assert 'aria-checked="false"' in browser.get(url).text
    answer = browser.post(f"{PAGE}switch/", {"enabled": "1"})
    assert (answer.status_code, answer.url) == (303, url)
    page = browser.get(url)
    assert 'aria-checked="true"' in page.text
    assert "Manage" in page.text
    browser.post(f"{PAGE}switch/", {"enabled": "0", "from": "settings"})
    assert not integrations.settings_for(new_client).is_enabled


def test_switching_off_what_is_in_use_asks_first(admin_browser, linked, client_row):
    answer = admin_browser.post(f"{PAGE}switch/", {"enabled": "0"})
    assert answer.url == f"{PAGE}disable/"
    assert "1 company stops syncing" in admin_browser.get(answer.url).text
    assert integrations.settings_for(client_row).is_enabled
    admin_browser.post(f"{PAGE}disable/")
    assert not integrations.settings_for(client_row).is_enabled


def test_testing_good_credentials(admin_browser, client_row, sandbox):
    page = save_and_test(admin_browser, client_row)
    assert "Sage Intacct accepted these credentials at" in page


def test_what_was_typed_is_what_is_tested(admin_browser, client_row, sandbox):
    page = save_and_test(admin_browser, client_row, password="wrong")
    assert "Sage Intacct did not accept this Sender ID and Sender" in page
    assert (
        "Credentials refused"
        in admin_browser.get("/portal/settings/integrations/accounting/").text
    )


def test_viewers_read_the_settings_without_fields(as_role):
    page = as_role(Member.Role.VIEWER).get(PAGE)
    assert "Only an administrator" in page.text
    assert 'type="password"' not in page.text
    assert ">Save<" not in page.text


def test_an_unknown_integration_is_a_404(admin_browser):
    url = "/portal/settings/integrations/accounting/other/"
    assert admin_browser.get(url).status_code == 404


def test_a_sealed_sender_opens_only_in_its_place(browser, new_client):
    browser.post(PAGE, form_of(new_client))
    settings = integrations.settings_for(new_client)
    with pytest.raises(vault.Unreadable):
        vault.open_sealed(settings.sender_password_sealed, place="elsewhere")


@pytest.mark.parametrize(
    ("filled_by", "words"),
    [
        ("client", "Enter it again and save."),
        ("engineer", "your Solutions Engineer enters it again."),
    ],
)
def test_testing_a_sender_that_no_key_opens(
    admin_browser, client_row, sandbox, filled_by, words
):
    IntegrationSettings.objects.update(
        sender_password_sealed="v1.gone.AAAA.AAAA", sender_filled_by=filled_by
    )
    page = save_and_test(admin_browser, client_row)
    assert "We cannot open the stored Sender Password" in page
    assert words in page


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("down", "Sage Intacct is not answering. Nothing was changed"),
        ("throttled", "Sage Intacct asks us to slow down. Nothing was changed"),
    ],
)
def test_testing_while_the_gateway_is_down(
    admin_browser, client_row, sandbox, fault, words
):
    sandbox.fault = fault
    assert words in save_and_test(admin_browser, client_row)
