"""Staff correct the words of Sage Intacct's screens, and the Link pages follow."""

import pytest
from django.urls import reverse

from linksite import labels, linking
from linksite.models import Label
from onboarding import paths

pytestmark = pytest.mark.django_db
LIST = reverse("admin:linksite_label_changelist")


@pytest.fixture
def browser(client, engineer):
    """Return a Solutions Engineer's browser, in the list of labels."""
    labels.forget()
    client.force_login(engineer)
    assert client.get(LIST).status_code == 200
    yield client
    labels.forget()


@pytest.fixture
def correct(browser):
    """Return a staff's hand: correct("security", en="Safety")."""

    def save(key: str, **texts: str):
        data = {"en": "", "fr": ""} | texts
        return browser.post(reverse("admin:linksite_label_change", args=[key]), data)

    return save


@pytest.fixture
def sender_page(client, link, sandbox):
    """Return what the customer reads at the Step that names our Sender."""
    linking.choose_software(link, integration="sage-intacct")
    linking.agree(link)
    linking.give_company_id(link, company_id="AtelierBrume")
    linking.confirm(link, step="web-services")

    def read(language: str) -> str:
        client.logout()
        client.post(link.path)
        client.cookies["link_language"] = language
        return client.get("/link/sender/").content.decode()

    return read


def test_every_label_way_and_name_is_listed_beside_what_is_shipped(browser):
    text = browser.get(LIST).content.decode()

    assert set(Label.objects.values_list("key", flat=True)) == set(labels.keys())
    assert "Company &gt; Setup &gt; Company &gt; Security" in text
    assert "Société &gt; Configuration &gt; Société &gt; Sécurité" in text


def test_a_search_finds_a_label_by_its_french_word(browser):
    text = browser.get(LIST, {"q": "sécurité"}).content.decode()

    assert ">path: sender</a>" in text
    assert ">roles</a>" not in text


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", '<span class="last">Company security</span>'),
        ("fr", 'Sûreté<i lang="en" translate="no">Company security</i>'),
    ],
)
def test_a_corrected_label_is_on_every_way_that_names_it(
    correct, sender_page, language, shown
):
    assert correct("security", en="Company security", fr="Sûreté").status_code == 302

    assert shown in sender_page(language)


def test_a_label_corrected_in_one_language_keeps_the_other(correct, sender_page):
    correct("security", fr="Sûreté")

    assert 'Sûreté<i lang="en" translate="no">Security</i>' in sender_page("fr")


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ["Company", "Company info", "Safety"]),
        ("fr", ["Société", "Infos société", "Sûreté"]),
    ],
)
def test_a_whole_way_can_be_shorter_in_all_languages(
    correct, sender_page, language, shown
):
    correct(
        "path: sender",
        en="Company > Company info > Safety",
        fr="Société › Infos société › Sûreté",
    )

    path = sender_page(language).split('<ol class="path"')[1].split("</ol>")[0]
    assert path.count("<li>") == 3
    assert all(word in path for word in shown)


def test_emptying_the_fields_brings_the_shipped_text_back(correct, sender_page):
    correct("security", en="Safety", fr="Sûreté")
    correct("security")

    assert Label.objects.get(key="security").texts == {}
    assert '<span class="last">Security</span>' in sender_page("en")


def test_only_a_corrected_label_says_when_and_by_whom(correct, browser, engineer):
    page = reverse("admin:linksite_label_change", args=["security"])
    listed = browser.get(page).content.decode()
    correct("security", en="Safety")
    corrected = browser.get(page).content.decode()

    assert "Leave empty to show what is shipped: Security" in listed
    assert "Corrected by" in listed
    year = f"{Label.objects.get(key='security').changed_at:%Y}"
    assert year not in listed
    assert year in corrected
    assert str(engineer) in corrected


@pytest.mark.parametrize(
    ("key", "texts"),
    [
        ("security", {"en": "<b>Security</b>"}),
        ("security", {"fr": "Sécurité > Options"}),
        ("security", {"en": "{{ link.url }}"}),
        ("security", {"en": "x" * 201}),
        ("path: sender", {"en": "Company > > Security"}),
        ("path: sender", {"en": "Company > <i>Security</i>"}),
        ("path: sender", {"en": "Company > Security"}),
        ("path: permissions", {"en": "A > B > C > D > E"}),
    ],
)
def test_what_cannot_stand_on_a_page_is_refused(correct, key, texts):
    answer = correct(key, **texts)

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert Label.objects.get(key=key).texts == {}


def test_the_name_that_we_propose_keeps_its_place_in_a_corrected_way(correct):
    shown = "Company > Roles > … > Subscriptions > All"
    correct("path: permissions", en=shown, fr=shown)

    places = paths.click_path(paths.TO["permissions"], ours="alderfinch_readonly")

    assert [place.label for place in places if place.is_ours] == ["alderfinch_readonly"]
    assert len(places) == 5


def test_a_permission_is_named_as_staff_say(correct):
    correct("name: Bills", en="Vendor bills")

    assert labels.name("Bills") == "Vendor bills"


def test_a_page_reads_the_corrections_once(
    correct, sender_page, django_assert_num_queries
):
    correct("security", en="Safety")
    labels.forget()

    with django_assert_num_queries(1):
        for way in paths.TO.values():
            paths.click_path(way)


def test_every_way_of_the_steps_can_be_corrected():
    assert all(isinstance(way, labels.Way) for way in paths.TO.values())


def test_members_cannot_correct(client, member, browser):
    browser.force_login(member.user)

    assert browser.get(LIST).status_code in (302, 403)
