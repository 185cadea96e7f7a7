"""Branding: changed by admins, shown to the businesses of one Client, and safe."""

import io
import re

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.utils import translation
from PIL import Image

from linksite import accents, integrations, linking, mailing, requesting
from linksite.intacct.sandbox import SANDBOX_SENDER_ID, SANDBOX_SENDER_PASSWORD
from linksite.models import Branding, Client, Company, LinkRequest, Logo

pytestmark = pytest.mark.django_db

PAGE = "/portal/settings/branding/"
DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9"/></svg>'
)
ALL = {
    "accent": "#5b2a86",
    "support_email": "help@alder.example",
    "support_phone": "+33 1 23 45 67 89",
    "support_text": "Ask <b>Léa</b>\nweekdays",
    "privacy_en": "We keep it <i>two</i> years.",
    "privacy_fr": "Nous le gardons deux ans.",
    "return_url": "https://alder.example/done?from=link",
    "mail_name": "Alder Credit",
}


def drawing(body: bytes = DRAWING) -> SimpleUploadedFile:
    return SimpleUploadedFile("logo.svg", body, "image/svg+xml")


def png() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 20), "#5b2a86").save(out, "PNG")
    return SimpleUploadedFile("logo.png", out.getvalue(), "image/png")


@pytest.fixture
def branded(admin_browser, client_row) -> Client:
    """The Client, with all that can be filled in."""
    answer = admin_browser.post(PAGE, ALL | {"logo": drawing()})
    assert answer.status_code == 303
    return Client.objects.get(pk=client_row.pk)


@pytest.fixture
def visitor(link) -> Browser:
    """A customer's browser, inside the visit."""
    browser = Browser(HTTP_ACCEPT_LANGUAGE="en")
    browser.post(link.path)
    return browser


@pytest.fixture
def other_link(make_member) -> LinkRequest:
    """An invitation of another Client, without any branding."""
    other = Client.objects.create(name="Other Bank")
    by = make_member("admin", client=other).user
    settings = integrations.settings_for(other)
    integrations.save_sender(
        settings, sender_id=SANDBOX_SENDER_ID, password=SANDBOX_SENDER_PASSWORD, by=by
    )
    integrations.switch(settings, on=True, by=by)
    company = Company.objects.create(client=other, name="Harrow")
    link, url = requesting.request_data(company, by=by, email="a@b.example")
    link.path = "/l/" + url.split("/l/")[1]
    return link


# --- who may, and what is kept ------------------------------------------------------
def test_the_page_is_reached_from_settings_in_both_languages(admin_browser):
    assert f'href="{PAGE}"' in admin_browser.get("/portal/settings/").text
    page = admin_browser.get(PAGE, headers={"accept-language": "fr"}).text

    assert ">Image de marque</h1>" in page


def test_what_is_saved_comes_back(admin_browser, branded):
    row = Branding.objects.get()
    page = admin_browser.get(PAGE).text

    assert {name: getattr(row, name) for name in ALL} == ALL
    assert "help@alder.example" in page
    assert f"/link/brand/{row.logo_name}" in page


def test_others_see_it_and_change_nothing(as_role):
    viewer = as_role("viewer")

    assert "disabled" in viewer.get(PAGE).text
    assert viewer.post(PAGE, ALL).status_code == 403
    assert not Branding.objects.exists()


def test_saving_without_a_file_keeps_the_logo(admin_browser, branded):
    admin_browser.post(PAGE, ALL | {"accent": ""})

    assert Branding.objects.get().accent == ""
    assert Branding.objects.get().logo_name == Logo.objects.get().name


def test_a_new_logo_replaces_the_old_one(admin_browser, branded):
    before = Branding.objects.get().logo_name

    admin_browser.post(PAGE, ALL | {"logo": png()})

    assert Logo.objects.get().content_type == "image/png"
    assert Branding.objects.get().logo_name != before
    assert admin_browser.get(f"/link/brand/{before}").status_code == 404


def test_a_logo_can_be_removed(admin_browser, branded):
    admin_browser.post(PAGE, ALL | {"without_logo": "on"})

    assert not Logo.objects.exists()
    assert Branding.objects.get().logo_name == ""


def test_internal_staff_change_it_in_the_admin(client, engineer, client_row):
    client.force_login(engineer)
    page = f"/admin/linksite/client/{client_row.pk}/change/"
    form = {
        "name": client_row.name,
        "requests_at_once": "1",
        "members-TOTAL_FORMS": "0",
        "members-INITIAL_FORMS": "0",
        "branding-TOTAL_FORMS": "1",
        "branding-INITIAL_FORMS": "0",
        "branding-0-client": client_row.pk,
        "branding-0-logo": drawing(),
        **{f"branding-0-{name}": value for name, value in ALL.items()},
    }

    answer = client.post(page, form)

    assert answer.status_code == 302
    assert Branding.objects.get().accent == "#5b2a86"
    assert Logo.objects.get().client == client_row


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("accent", "#ffd400", "1.3 to 1"),
        ("accent", "purple", "like #0a5565"),
        ("support_email", "a@b.example,c@d.example", "email"),
        ("support_phone", "javascript:1", "digits"),
        ("mail_name", 'A" <evil@example.com>', "plain name"),
        ("mail_name", "A\r\nBcc: evil@example.com", "plain name"),
        ("mail_name", "a@b.example", "plain name"),
        ("return_url", "http://alder.example/", "like https"),
        ("return_url", "//evil.example/", "like https"),
        ("return_url", "https:evil.example", "like https"),
        ("return_url", "https://alder.example@evil.example/", "like https"),
        ("return_url", "https://alder.example\\@evil.example/", "like https"),
        ("return_url", "https://evil.example\\.alder.example/", "like https"),
        ("return_url", "javascript:alert(1)", "like https"),
        ("return_url", "data:text/html,x", "like https"),
        ("return_url", "https://alder.example/\r\nSet-Cookie: a=b", "like https"),
        ("return_url", "https://аlder.example/", "like https"),
        ("return_url", "https://", "like https"),
        ("return_url", "/portal/", "like https"),
        ("return_url", "ftp://alder.example/", "like https"),
        ("logo", "<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", "onload"),
        ("logo", "", "empty"),
        ("logo", "x" * 250_000, "too large"),
        ("logo", "x" * 400_000, "too large"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_what_cannot_be_used_is_refused_in_words(admin_browser, name, value, said):
    sent = drawing(value.encode()) if name == "logo" else value

    answer = admin_browser.post(PAGE, ALL | {name: sent})

    assert answer.status_code == 422
    assert said in answer.text
    assert not Branding.objects.exists()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "The logo is saved. The rest is not"), ("fr", "Le logo est enregistré")],
)
def test_a_good_logo_is_kept_though_the_colour_is_refused(
    admin_browser, branded, language, words
):
    admin_browser.cookies["language"] = language
    form = ALL | {"accent": "#ffd400", "mail_name": "Alder Bank", "logo": png()}

    answer = admin_browser.post(PAGE, form)

    row = Branding.objects.get()
    assert answer.status_code == 422
    assert words in answer.text
    assert Logo.objects.get().content_type == "image/png"
    assert f"/link/brand/{row.logo_name}" in answer.text
    assert {name: getattr(row, name) for name in ALL} == ALL

    admin_browser.post(PAGE, form | {"accent": "#5b2a86", "logo": ""})

    row.refresh_from_db()
    assert (row.mail_name, row.logo_name) == ("Alder Bank", Logo.objects.get().name)


def test_a_bad_logo_is_not_said_to_be_kept(admin_browser):
    form = ALL | {"accent": "purple", "logo": drawing(b"<html/>")}

    answer = admin_browser.post(PAGE, form)

    assert "The logo is saved" not in answer.text
    assert not Logo.objects.exists()


# --- what a business sees -----------------------------------------------------------
def test_every_page_wears_the_logo_and_the_colour(branded, visitor, link):
    row = Branding.objects.get()
    for path in (link.path, "/link/software/", "/link/help/"):
        page = visitor.get(path, follow=True).text

        assert f'src="/link/brand/{row.logo_name}"' in page
        assert 'href="/link/brand/5b2a86.css"' in page
        assert "<b>Alder &amp; Finch</b>" in page
        assert "Provided by Codat" in page
        assert " style=" not in page


def test_the_help_page_names_the_support_contact(branded, visitor):
    page = visitor.get("/link/help/").text

    assert "Ask Alder &amp; Finch" in page
    assert 'href="mailto:help@alder.example"' in page
    assert "+33 1 23 45 67 89" in page
    assert "Ask &lt;b&gt;Léa&lt;/b&gt;<br>weekdays" in page


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "We keep it &lt;i&gt;two&lt;/i&gt; years."), ("fr", "deux ans.")],
)
def test_the_privacy_page_speaks_the_readers_language(branded, visitor, language, text):
    page = visitor.get(f"/link/privacy/?lang={language}", follow=True).text

    assert text in page
    assert f'lang="{language}">' in page


def test_a_privacy_text_in_one_language_is_marked_as_such(branded, visitor):
    Branding.objects.update(privacy_fr="")

    page = visitor.get("/link/privacy/?lang=fr", follow=True).text

    assert 'lang="en"><p>We keep it' in page


def test_the_way_back_stands_on_the_linked_page_and_nowhere_else(
    branded, sandbox, visitor, link, finish
):
    for step in ("software", "before-you-start", "help"):
        assert "alder.example/done" not in visitor.get(f"/link/{step}/").text
    row = linking.sign_in(
        link,
        company_id="AtelierBrume",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
    )
    linking.choose_entity(row, entity_id="100")
    finish(row)
    session = visitor.session
    session["proven"] = str(link.pk)
    session.save()

    page = visitor.get("/link/linked/?return_url=https://evil.example/").text

    (tag,) = re.findall(r'<a class="btn" href="https[^>]*>', page)
    assert 'href="https://alder.example/done?from=link" rel="noreferrer"' in tag
    assert 'href="https://evil' not in page


def test_the_mails_come_in_the_chosen_name(branded, link):
    link.company.client = branded
    mailing.send_code(link, "123456")

    sender = mail.outbox[-1].message()["From"]
    assert sender == "Alder Credit via Linksite <no-reply@linksite.example>"


def test_nothing_of_one_client_shows_on_the_link_of_another(branded, other_link):
    browser = Browser(HTTP_ACCEPT_LANGUAGE="en")
    pages = [browser.get(other_link.path).text]
    browser.post(other_link.path)
    for name in ("software", "help", "privacy"):
        pages.append(browser.get(f"/link/{name}/").text)
    mailing.send_code(other_link, "123456")

    row = Branding.objects.get()
    for page in pages:
        assert "Other Bank" in page
        for mine in (row.logo_name, "5b2a86", "alder", "Alder", "two", "Léa"):
            assert mine not in page
    assert mail.outbox[-1].message()["From"].startswith("Other Bank via")


# --- how it is served -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("upload", "kind"), [(drawing, "image/svg+xml"), (png, "image/png")]
)
def test_a_logo_is_served_so_that_it_can_do_nothing(admin_browser, upload, kind):
    admin_browser.post(PAGE, ALL | {"logo": upload()})
    row = Branding.objects.get()

    answer = Browser().get(f"/link/brand/{row.logo_name}")

    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.content == bytes(Logo.objects.get().body)


def test_the_colour_is_a_style_sheet_of_our_own(branded):
    answer = Browser().get("/link/brand/5b2a86.css")

    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.text.startswith(":root{--fill:#5b2a86")


@pytest.mark.parametrize(
    "name", ["ffd400.css", "red.css", "x.png", "5b2a86;}.css", "5B2A86.css", "x"]
)
def test_an_address_of_no_brand_leads_nowhere(db, name):
    assert Browser().get(f"/link/brand/{name}").status_code == 404


@pytest.mark.parametrize(("language", "ratio"), [("en", "1.3"), ("fr", "1,3")])
def test_a_contrast_is_written_as_the_language_writes_numbers(language, ratio):
    with translation.override(language), pytest.raises(ValidationError, match=ratio):
        accents.check("#ffd400")
