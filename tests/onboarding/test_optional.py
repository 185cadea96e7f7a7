"""Optional permissions, the list of all of them, and the page after the last grant."""

import pytest
from django.core import mail

from linksite import intacct, mailing
from linksite.models import Connection, LinkRequest

pytestmark = pytest.mark.django_db

CUSTOMERS, BILLS = "accounts-receivable.customers", "accounts-payable.bills"

WORDS = {
    "en": {
        "without": "Continue without it",
        "absent": "this will not be read: Customers.",
        "in place": "Everything needed is in place",
        "goes without": "Left out: Customers.",
        "left out": "Left out",
        "heading": "One optional permission is missing",
        "after all": "Granted after all?",
        "title": "Permissions to grant, and no more",
        "optional": "(optional)",
        "path": ("Company", "Admin", "Roles", "Subscriptions"),
        "text": "General Ledger\n- Accounts: List, View",
    },
    "fr": {
        "without": "Continuer sans elle",
        "absent": "ceci ne sera pas lu\u00a0: Clients.",
        "in place": "Tout le nécessaire est en place",
        "goes without": "Laissé de côté\u00a0: Clients.",
        "left out": "Laissé de côté",
        "heading": "Il manque une autorisation facultative",
        "after all": "Accordées entre-temps\u202f?",
        "title": "Les autorisations à accorder, et rien de plus",
        "optional": "(facultative)",
        "path": ("Rôles", "Abonnements"),
        "text": "Grand livre (General Ledger)\n- Comptes",
    },
}


@pytest.fixture(params=["en", "fr"])
def spoken(request, client):
    """The words of a language, which the visitor's browser asks for."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = request.param
    return WORDS[request.param]


@pytest.fixture
def lacking(walk_to, sandbox, worker):
    """Return a walk to the permissions page of a user that lacks some."""

    def walk(*keys: str):
        for key in keys:
            sandbox.companies["AtelierBrume"].revoke(key)
        visit = walk_to("permissions")
        worker()
        return visit

    return walk


def page(visit) -> str:
    return visit.get("/link/permissions/").content.decode()


def test_only_optional_ones_missing_may_be_gone_without(spoken, lacking, finish):
    visit = lacking(CUSTOMERS)
    text = page(visit)
    assert spoken["without"] in text
    assert spoken["absent"] in text
    assert f">{spoken['heading']}</h1>" in text

    answer = visit.post("/link/permissions/without/")

    assert (answer.status_code, answer["Location"]) == (303, "/link/permissions/")
    assert spoken["goes without"] in page(visit)
    row = Connection.objects.get()
    assert (row.status, row.syncs.exists()) == ("pending", False)
    finish(row)
    linked = visit.get("/link/linked/").content.decode()
    assert spoken["left out"] in linked
    assert spoken["in place"] in page(visit)
    row = Connection.objects.get()
    assert row.status == "linked"
    assert row.left_out_at


def test_what_was_left_out_is_checked_again_before_the_finish(
    spoken, lacking, sandbox, worker
):
    visit = lacking(CUSTOMERS)
    visit.post("/link/permissions/without/")
    assert spoken["after all"] in page(visit)
    sandbox.companies["AtelierBrume"].grant(CUSTOMERS)

    visit.post("/link/permissions/check/")
    assert "data-poll" in page(visit)
    worker()

    text = page(visit)
    assert spoken["after all"] not in text
    assert spoken["goes without"] not in text
    assert Connection.objects.get().left_out_at is None


@pytest.mark.parametrize(
    ("language", "words", "line"),
    [
        ("en", "I cannot grant this myself", "- Bills: List, View"),
        ("fr", "Je ne peux pas", "(Bills)\u00a0: Liste (List), Afficher (View)"),
    ],
)
def test_who_is_no_administrator_copies_what_is_missing_and_nothing_else(
    lacking, language, words, line
):
    visit = lacking(BILLS)
    visit.cookies["link_language"] = language

    text = page(visit)
    assert words in text
    copied = text.split('id="to-grant"')[1].split("</code>")[0]
    assert line in copied and "Customers" not in copied
    assert "Save" in copied and "Subscriptions" in copied and "Roles" in copied
    assert "alderfinch_readonly" in copied


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Send your administrator what is missing"),
        ("fr", "Envoyez à votre administrateur ce qui manque"),
    ],
)
def test_the_footer_leads_to_that_text_too(lacking, language, title):
    visit = lacking(BILLS, CUSTOMERS)
    visit.cookies["link_language"] = language

    text = visit.get("/link/colleague/").text

    assert f">{title}</h1>" in text
    copied = text.split('id="to-grant"')[1].split("</code>")[0]
    assert "(Bills)" in copied or language == "en"
    assert "(optional)" in copied or "(facultative)" in copied


def test_what_is_left_out_can_still_be_asked_for(lacking):
    visit = lacking(CUSTOMERS)
    visit.post("/link/permissions/without/")

    assert 'id="to-grant"' in page(visit)


def test_who_has_it_checked_again_is_told_that_it_has_begun(lacking):
    visit = lacking(BILLS)
    assert "A check has begun" not in page(visit)

    visit.post("/link/permissions/check/")

    assert "A check has begun." in page(visit)
    assert "A check has begun." not in page(visit)


def test_what_a_linked_company_left_out_stays_so_when_checked_again(lacking, finish):
    visit = lacking(CUSTOMERS)
    visit.post("/link/permissions/without/")
    finish(Connection.objects.get())

    visit.post("/link/permissions/check/")

    assert Connection.objects.get().status == "linked"
    assert Connection.objects.get().left_out_at


def test_the_mail_at_the_end_names_only_what_is_read(lacking):
    lacking(CUSTOMERS).post("/link/permissions/without/")
    mailing.send_done(LinkRequest.objects.get(), Connection.objects.get(), by=None)
    said = set(mail.outbox[-1].body.splitlines())
    assert said & {"- Suppliers", "- Fournisseurs"}
    assert not said & {"- Customers", "- Clients"}


@pytest.mark.parametrize("keys", [(BILLS,), (CUSTOMERS, BILLS)])
def test_a_required_one_is_not_gone_without(spoken, lacking, keys):
    visit = lacking(*keys)
    assert spoken["without"] not in page(visit)

    answer = visit.post("/link/permissions/without/")

    assert answer["Location"] == "/link/permissions/"
    assert Connection.objects.get().status == "pending"


def test_going_without_is_a_post(lacking):
    assert lacking(CUSTOMERS).get("/link/permissions/without/").status_code == 405


def test_the_list_names_every_box_and_the_way_to_it(spoken, walk_to):
    visit = walk_to("web-services-user")
    assert (
        "/link/permissions/list/"
        in visit.get("/link/web-services-user/").content.decode()
    )

    text = visit.get("/link/permissions/list/").content.decode()

    assert spoken["title"] in text
    assert spoken["text"] in text
    assert text.count(spoken["optional"]) == 6  # in the table and in the text
    for label in spoken["path"]:
        assert label in text
    assert text.count('<th scope="row">') == len(intacct.PERMISSIONS)
    assert "Sandbox-Pass-1" not in text


def test_after_the_last_grant_the_live_page_has_no_controls_left(spoken, lacking):
    visit = lacking()
    page_now = visit.post("/link/permissions/watch/", {"seen": "mmmmmmmm"})

    text = page_now.content.decode()
    assert page_now.status_code == 286
    assert text.startswith("<title>")
    assert "Alder &amp; Finch Link</title>" in text
    # They keep their place, so that nothing moves, but nobody sees or reaches them.
    controls = text[text.index('<div id="controls"') :].split(">")[0]
    assert 'class="row spent"' in controls
    assert "hx-swap-oob" in controls
