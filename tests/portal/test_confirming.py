"""A first link is unconfirmed until staff say so, or linked what they expected."""

import pytest

from linksite import approval, linking
from linksite.models import Company, Connection, Record

pytestmark = pytest.mark.django_db

WORDS = {
    "en": {
        "unconfirmed": "Unconfirmed",
        "right": "This is the right company",
        "refuse": "Refuse this company",
        "last press": "Customer to confirm",
        "yet to say": "The customer has yet to say that it is the right company.",
    },
    "fr": {
        "unconfirmed": "À confirmer",
        "right": "C’est la bonne société",
        "refuse": "Refuser cette société",
        "last press": "Reste à terminer",
        "yet to say": "Il reste au client à dire si c’est la bonne société.",
    },
}


@pytest.fixture
def first(linked) -> Connection:
    """The first link of a company that is no test company."""
    Company.objects.update(is_test=False)
    return Connection.objects.get()


def url(company, name: str = "") -> str:
    return f"/portal/companies/{company.pk}/{name}"


@pytest.mark.parametrize(
    ("is_test", "expected", "is_confirmed"),
    [
        (False, "", False),
        (False, "Other", False),
        (False, "AtelierBrume", True),
        (False, "atelierBRUME", True),
        (True, "", True),
        (True, "Other", True),
    ],
)
def test_what_needs_no_confirmation(linked, is_test, expected, is_confirmed):
    Company.objects.update(is_test=is_test, expected_company_id=expected)

    row = Connection.objects.get()

    assert (row.is_confirmed, row.is_unconfirmed) == (is_confirmed, not is_confirmed)


def test_it_is_marked_wherever_it_is_shown_and_read_meanwhile(staff, first, company):
    marks = [
        staff.get(page).text.count(staff.words["unconfirmed"])
        for page in (
            "/portal/companies/",
            url(company),
            url(company, "data/invoices/"),
        )
    ]

    assert min(marks) >= 1
    text = staff.get(url(company)).text
    for fact in ("Atelier Brume", "AtelierBrume", "compta@atelier-brume.example"):
        assert fact in text.split('aria-labelledby="unconfirmed"')[1]
    assert Record.objects.exists()


def test_one_press_confirms_and_says_who(staff, first, company):
    answer = staff.post(url(company, "confirm/"), {"confirm": "AtelierBrume"})

    assert (answer.status_code, answer["Location"]) == (303, url(company))
    text = staff.get(url(company)).text
    assert staff.words["unconfirmed"] not in text
    company.refresh_from_db()
    assert company.confirmed_by == staff.member.user
    assert staff.member.user.name in text


def test_what_staff_did_not_see_is_neither_confirmed_nor_refused(staff, first, company):
    staff.post(url(company, "confirm/"), {"confirm": "CoopRives"})
    staff.post(url(company, "reject/"), {"reject": "CoopRives"})

    assert not Connection.objects.get().is_confirmed


def test_a_refusal_is_asked_about_and_then_leaves_nothing(
    staff, first, company, signed_in
):
    assert staff.words["refuse"] in staff.get(url(company, "reject/")).text
    assert Record.objects.exists()

    answer = staff.post(url(company, "reject/"), {"reject": "AtelierBrume"})

    assert (answer.status_code, answer["Location"]) == (303, url(company))
    assert not Record.objects.exists()
    assert not Connection.objects.exists()
    # The right company is not taken for another one than before.
    assert signed_in("CoopRives").held_at is None


def test_a_viewer_sees_it_and_cannot_decide(as_role, first, company):
    viewer = as_role("viewer")

    assert "An operator or admin decides." in viewer.get(url(company)).text
    for name in ("confirm", "reject"):
        answer = viewer.post(url(company, f"{name}/"), {name: "AtelierBrume"})
        assert answer.status_code == 403


def test_approving_another_company_confirms_it(first, link, member, signed_in, finish):
    row = linking.sign_in(
        link,
        company_id="CoopRives",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
        another=True,
    )
    finish(row)
    assert approval.approve(row, company_id="CoopRives", by=member.user)

    finish(row)

    row = Connection.objects.get()
    assert (row.status, row.is_confirmed) == ("linked", True)


def test_a_confirmed_company_that_comes_back_stays_confirmed(
    first, signed_in, finish, member
):
    approval.confirm(first, company_id="AtelierBrume", by=member.user)
    linking.disconnect(first)

    row = signed_in()
    finish(row)

    assert (row.status, row.is_confirmed) == ("linked", True)


def test_staff_say_which_company_they_expect(admin_browser, client_row):
    form = {"name": "Moulin", "expected_company_id": " MoulinSA "}
    admin_browser.post("/portal/companies/new/", form)
    moulin = Company.objects.get(name="Moulin")
    assert moulin.expected_company_id == "MoulinSA"
    assert 'value="MoulinSA"' in admin_browser.get(url(moulin, "request-data/")).text

    answer = admin_browser.post(
        url(moulin, "request-data/expect/"), {"expected_company_id": "Moulin2"}
    )

    assert answer.status_code == 303
    moulin.refresh_from_db()
    assert (moulin.expected_company_id, moulin.confirmed_at) == ("Moulin2", None)


def test_staff_see_that_only_the_last_press_is_left(staff, signed_in, worker, company):
    signed_in()
    worker()

    assert staff.words["last press"] in staff.get("/portal/companies/").text
    assert staff.words["yet to say"] in staff.get(url(company, "request-data/")).text
