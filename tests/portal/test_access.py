"""Every page of the Portal, for everybody who may come."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from linksite.models import Client, Company, Handover, LinkRequest, Member, User, Visit
from portal.urls import urlpatterns

SLUG = "sage-intacct"
V, O, A = "viewer", "operator", "admin"  # noqa: E741
RANKS = [V, O, A]

# name: (the smallest role for GET, for POST); None: that method does not exist.
MATRIX = {
    "home": (V, None),
    "companies": (V, None),
    "new-company": (O, O),
    "company": (V, None),
    "approval": (None, O),
    "confirm": (None, O),
    "reject": (O, O),
    "erase": (O, O),
    "sync": (None, O),
    "request-data": (O, O),
    "send-link": (O, O),
    "expect": (O, O),
    "revoke-link": (O, O),
    "stop-reminders": (None, O),
    "any-domain": (O, O),
    "end-handover": (O, O),
    "data": (V, None),
    "settings": (V, None),
    "branding": (V, A),
    "integrations": (V, None),
    "accounting": (V, None),
    "integration": (V, A),
    "switch": (None, A),
    "disable": (A, A),
    "account": (V, V),
    "theme": (None, V),
}
OF_COMPANY = [n for n in MATRIX if n in ("company", "sync", "data")] + [
    "approval",
    "confirm",
    "reject",
    "expect",
    "erase",
    "request-data",
    "send-link",
    "revoke-link",
    "stop-reminders",
    "any-domain",
    "end-handover",
]


def handed(company: Company) -> uuid.UUID:
    link, _ = LinkRequest.objects.get_or_create(
        company=company, defaults={"expires_at": timezone.now() + timedelta(days=1)}
    )
    visit = Visit.objects.create(link_request=link)
    email = "marc@brume.example"
    return Handover.objects.create(link_request=link, visit=visit, email=email).pk


def address(name: str, company: Company) -> str:
    kwargs = {
        "data": {"company_id": company.pk, "dataset": "invoices"},
        **dict.fromkeys(("integration", "switch", "disable"), {"integration": SLUG}),
        **dict.fromkeys(
            ("company", "sync", *OF_COMPANY[3:]),
            {"company_id": company.pk},
        ),
    }
    if name == "end-handover":
        kwargs[name] = {"company_id": company.pk, "handover_id": handed(company)}
    return reverse(f"portal:{name}", kwargs=kwargs.get(name, {}))


def test_the_matrix_names_every_address():
    assert {pattern.name for pattern in urlpatterns} == set(MATRIX)


@pytest.mark.parametrize("name", MATRIX)
@pytest.mark.parametrize("method", ["get", "post"])
def test_anonymous_people_are_sent_to_sign_in(client, company, name, method):
    answer = getattr(client, method)(address(name, company))
    if MATRIX[name][method == "post"] is None:
        assert answer.status_code == 405
    elif name == "home":
        assert answer.url == reverse("portal:companies")
    else:
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", MATRIX)
@pytest.mark.parametrize("role", RANKS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_roles(as_role, company, sandbox, name, role, method):
    needed = MATRIX[name][method == "post"]
    answer = getattr(as_role(role), method)(address(name, company))
    if needed is None:
        assert answer.status_code == 405
    elif RANKS.index(role) < RANKS.index(needed):
        assert answer.status_code == 403
        assert "You may not do this" in answer.text
    else:
        assert answer.status_code in (200, 302, 303, 409, 422)


@pytest.mark.parametrize("name", OF_COMPANY)
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_clients_company_does_not_exist(as_role, name, method):
    other = Company.objects.create(
        client=Client.objects.create(name="Elsewhere"), name="Theirs"
    )
    answer = getattr(as_role("admin"), method)(address(name, other))
    wrong_method = MATRIX[name][method == "post"] is None
    expected = (
        405
        if wrong_method
        else 302
        if (name, method)
        == (
            "send-link",
            "get",
        )
        else 404
    )
    assert answer.status_code in (expected, 404)
    assert "Theirs" not in answer.text


def test_an_unknown_company_is_a_404(admin_browser):
    address = reverse("portal:company", args=[uuid.uuid4()])
    assert admin_browser.get(address).status_code == 404


def test_a_changed_role_acts_on_the_next_request(as_role, company):
    browser = as_role("operator")
    url = address("request-data", company)
    assert browser.get(url).status_code == 200
    Member.objects.filter(pk=browser.member.pk).update(role="viewer")
    assert browser.get(url).status_code == 403


def test_the_refusal_names_who_can(as_role, make_member, client_row):
    boss = make_member("admin", client=client_row)
    answer = as_role("operator").post(reverse("portal:switch", args=[SLUG]))
    assert boss.user.name in answer.text


def test_staff_without_a_place_go_to_the_admin(client, engineer):
    client.force_login(engineer)
    assert client.get("/portal/companies/").url == reverse("admin:index")


def test_a_user_without_a_place_is_told_so(client, db):
    client.force_login(User.objects.create_user("x@example.com", name="X"))
    answer = client.get("/portal/companies/")
    assert answer.status_code == 403
    assert "Solutions Engineer" in answer.text


def test_viewers_see_no_button_they_may_not_press(as_role, company):
    browser = as_role("viewer")
    for path in ("/portal/companies/", f"/portal/companies/{company.pk}/"):
        assert "Request data" not in browser.get(path).text
    assert 'role="switch"' not in browser.get(reverse("portal:accounting")).text


def test_a_signed_out_fragment_reloads_the_page(client, company):
    answer = client.get(address("company", company), headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
