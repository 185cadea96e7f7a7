"""The guide of the product, followed word for word in a browser, from end to end."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from linksite.intacct.sandbox import (
    SANDBOX_PASSWORD,
    SANDBOX_SENDER_ID,
    SANDBOX_SENDER_PASSWORD,
    SANDBOX_USER,
)
from tests.browser.conftest import sign_in

# Set to a folder to keep a picture of every page of the walk.
PICTURES = os.environ.get("PICTURES", "")

FRENCH = {
    "settings": "Paramètres",
    "integrations": "Intégrations",
    "accounting": "Comptabilité",
    "accounting integrations": "Intégrations comptables",
    "set up": "Configurer",
    "manage": "Gérer",
    "integration settings": "Paramètres d'intégration",
    "continuous": "Continus",
    "save": "Enregistrer",
    "companies": "Entreprises",
    "new company": "Nouvelle entreprise",
    "company name": "Nom de l’entreprise",
    "test company": "C’est une entreprise de test",
    "create": "Créer l’entreprise",
    "request data": "Demander des données",
    "link url": "URL Link",
    "start": "Commencer",
    "software": "Sélectionnez votre logiciel comptable",
    "before": "Avant de commencer",
    "agree": "Accepter et commencer",
    "company id": "Obtenez votre identifiant d'entreprise de Sage Intacct",
    "company id label": "Identifiant d’entreprise",
    "continue": "Continuer",
    "web services": "Activez les services Web dans Sage Intacct",
    "sender": "Configurez les services Web dans Sage Intacct",
    "user": "Créez un utilisateur de services Web dans Sage Intacct",
    "done": "C’est fait, continuer",
    "sign in": (
        "Entrez votre identifiant d'entreprise Sage Intacct, "
        "nom d'utilisateur et mot de passe"
    ),
    "user label": "Identifiant de l’utilisateur de services Web",
    "password": "Mot de passe",
    "connect": "Se connecter",
    "entity": "Sélectionnez votre entité Sage Intacct dans le menu déroulant",
    "entity label": "Entité",
    "permissions": "Les 8 autorisations sont en place",
    "check again": "Vérifier à nouveau",
    "finish": "Oui, terminer",
    "linked": "Test SAS est liée",
    "data": "Ce qui a été lu",
    "up to date": "À jour",
    "entity level": "Accès au niveau de l'entité requis",
}
ENGLISH = {
    "settings": "Settings",
    "integrations": "Integrations",
    "accounting": "Accounting",
    "accounting integrations": "Accounting integrations",
    "set up": "Set up",
    "manage": "Manage",
    "integration settings": "Integration settings",
    "continuous": "Continuous",
    "save": "Save",
    "companies": "Companies",
    "new company": "New company",
    "company name": "Company name",
    "test company": "This is a test company",
    "create": "Create the company",
    "request data": "Request data",
    "link url": "Link URL",
    "start": "Start",
    "software": "Select your accounting software",
    "before": "Before you start",
    "agree": "Agree and start",
    "company id": "Get your company ID from Sage Intacct",
    "company id label": "Company ID",
    "continue": "Continue",
    "web services": "Turn on Web Services in Sage Intacct",
    "sender": "Configure Web Services in Sage Intacct",
    "user": "Create a Web Services user in Sage Intacct",
    "done": "Done, continue",
    "sign in": "Enter your Sage Intacct company ID, username and password",
    "user label": "Web Services user ID",
    "password": "Password",
    "connect": "Connect",
    "entity": "Select your Sage Intacct entity from the dropdown",
    "entity label": "Entity",
    "permissions": "All 8 permissions are in place",
    "check again": "Check again",
    "finish": "Yes, finish",
    "linked": "Test SAS is linked",
    "data": "What was read",
    "up to date": "Up to date",
    "entity level": "Entity Level access required",
}
WORDS = {"en": ENGLISH, "fr": FRENCH}


class Walker:
    """A person who follows the guide by its words only."""

    def __init__(self, page: Page, words: dict[str, str], name: str) -> None:
        self.page, self.words, self.name, self.pages = page, words, name, 0

    def reads(self, word: str) -> None:
        """See that the page has this heading."""
        heading = self.page.get_by_role("heading", name=self.words[word], exact=True)
        expect(heading.first).to_be_visible()
        self.takes_a_picture(word)

    def clicks(self, word: str, role: str = "button") -> None:
        """Click what is called so."""
        named = self.page.get_by_role(role, name=self.words[word], exact=True)
        named.and_(self.page.locator(":visible")).first.click()

    def fills(self, word: str, text: str) -> None:
        """Fill in the field with this label."""
        label = self.words.get(word, word)
        self.page.get_by_label(label, exact=True).first.fill(text)

    def takes_a_picture(self, word: str) -> None:
        """Keep a picture of the page, wide and narrow, if pictures are wanted."""
        if not PICTURES:
            return
        self.pages += 1
        for width in (1280, 390):
            self.page.set_viewport_size({"width": width, "height": 900})
            slug = word.replace(" ", "-")
            name = f"{self.name}-{self.pages:02}-{slug}-{width}.png"
            self.page.screenshot(path=Path(PICTURES) / name, full_page=True)
        self.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize(
    ("language", "javascript"),
    [
        pytest.param("fr", True, id="fr-js"),
        pytest.param("en", False, id="en-nojs"),
        pytest.param("fr", False, id="fr-nojs", marks=pytest.mark.soak),
        pytest.param("en", True, id="en-js", marks=pytest.mark.soak),
    ],
)
def test_the_guide_leads_from_the_portal_to_the_data(
    language: str, javascript: bool, open_page, newcomer, start_worker
) -> None:
    start_worker()
    page = open_page(language, javascript=javascript)
    name = f"{language}-{'js' if javascript else 'nojs'}"
    staff = Walker(page, WORDS[language], name)
    sign_in(page, newcomer)

    set_the_integration_up(staff)
    url = request_data(staff)
    customer = Walker(page.context.new_page(), WORDS[language], f"{name}-link")
    customer.page.goto(url)
    prepare_sage_intacct(customer)
    connect(customer)

    see_the_data(staff)


@pytest.mark.parametrize("language", ["en", pytest.param("fr", marks=pytest.mark.soak)])
def test_the_link_flow_survives_scripts_that_do_not_arrive(
    language: str, open_page, link, start_worker, site
) -> None:
    start_worker()
    page = open_page(language)
    page.context.route("**/*.js", lambda route: route.abort())
    linked = WORDS[language]["linked"].replace("Test SAS", "Atelier Brume SAS")
    words = WORDS[language] | {"linked": linked}
    customer = Walker(page, words, f"{language}-blocked")
    page.goto(link.path)
    prepare_sage_intacct(customer)
    connect(customer)


def set_the_integration_up(staff: Walker) -> None:
    """Part 1 and 2 of the guide."""
    for word in ("settings", "integrations", "accounting"):
        staff.clicks(word, "link")
    staff.reads("accounting integrations")
    set_up = staff.page.get_by_role("link", name=staff.words["set up"])
    set_up.first.click()
    staff.reads("integration settings")
    expect(staff.page.get_by_text(staff.words["entity level"])).to_be_visible()
    staff.fills("Sender ID", SANDBOX_SENDER_ID)
    staff.fills("Sender Password", SANDBOX_SENDER_PASSWORD)
    staff.page.get_by_role("radio", name=staff.words["continuous"]).check()
    staff.clicks("save")
    staff.clicks("accounting", "link")
    staff.page.get_by_role("switch").first.click()
    switch = staff.page.get_by_role("switch").first
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(
        staff.page.get_by_role("link", name=staff.words["manage"]).first
    ).to_be_visible()
    staff.reads("accounting integrations")


def request_data(staff: Walker) -> str:
    """Part 3 of the guide."""
    staff.clicks("companies", "link")
    staff.page.get_by_role("link", name=staff.words["new company"]).first.click()
    staff.reads("new company")
    staff.fills("company name", "Test SAS")
    staff.page.get_by_label(staff.words["test company"]).check()
    staff.clicks("create")
    staff.clicks("companies", "link")
    staff.reads("companies")
    staff.page.get_by_role("button", name=staff.words["request data"]).first.click()
    link_url = staff.page.get_by_text(staff.words["link url"], exact=True)
    expect(link_url.first).to_be_visible()
    staff.reads("request data")
    return staff.page.locator("code", has_text="/l/").first.inner_text().strip()


def prepare_sage_intacct(customer: Walker) -> None:
    """Part 4 of the guide, up to the Web Services user."""
    customer.takes_a_picture("open")
    customer.clicks("start")
    customer.reads("software")
    customer.page.get_by_role("button", name="Sage Intacct").click()
    customer.reads("before")
    customer.page.get_by_role("checkbox").check()
    customer.clicks("agree")
    customer.reads("company id")
    customer.fills("company id label", "AtelierBrume")
    customer.clicks("continue")
    for step in ("web services", "sender", "user"):
        customer.reads(step)
        customer.clicks("done")


def connect(customer: Walker) -> None:
    """Part 4 of the guide, from the sign-in to the end."""
    customer.reads("sign in")
    customer.fills("user label", SANDBOX_USER)
    customer.fills("password", SANDBOX_PASSWORD)
    customer.clicks("connect")
    customer.reads("entity")
    customer.page.locator("select").select_option("100")
    customer.clicks("continue")
    until_granted(customer)
    customer.reads("permissions")
    customer.clicks("finish")
    customer.reads("linked")


def until_granted(customer: Walker) -> None:
    """Wait for the probe: the page moves by itself, or by its button without script."""
    heading = customer.page.get_by_role("heading", name=customer.words["permissions"])
    for _ in range(20):
        if heading.count():
            return
        customer.page.wait_for_timeout(1000)
        again = customer.page.get_by_role("button", name=customer.words["check again"])
        if not customer.name.endswith("-js-link") and again.count():
            again.click()


def see_the_data(staff: Walker) -> None:
    """Part 5 of the guide."""
    staff.clicks("companies", "link")
    staff.clicks_company = staff.page.get_by_role("link", name="Test SAS").first
    staff.clicks_company.click()
    up_to_date = staff.page.get_by_text(staff.words["up to date"])
    for _ in range(20):
        if up_to_date.count() == 7:
            break
        staff.page.wait_for_timeout(1000)
        staff.page.reload()
    expect(up_to_date).to_have_count(7)
    staff.reads("data")
    first = staff.page.locator("table a[href*='/data/invoices/']").first
    first.click()
    expect(staff.page.get_by_role("table").first).to_contain_text("FAC-")
    staff.takes_a_picture("invoices")
