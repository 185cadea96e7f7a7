"""Every state of Link that is not the happy one: how a person gets there, and what
they are told. The tests of the answers and the walk in a browser read this one table.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings as site
from django.core import mail
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from linksite import codes, integrations, linking
from linksite.intacct.sandbox import Sandbox
from linksite.models import (
    Company,
    IntegrationSettings,
    LinkRequest,
    Member,
    SignInBudget,
    User,
)

from .conftest import ANSWERS, SIGN_IN

NB = "\N{NO-BREAK SPACE}"
INVITED = "compta@atelier-brume.example"
MARC = {"email": "marc@atelier-brume.example", "scope": "step"}


class Ask(NamedTuple):
    """The request that shows a state; a POST comes from the page `start`."""

    path: str
    data: dict[str, str] | None = None
    start: str = ""


class Words(NamedTuple):
    """What a page says, in English and in French."""

    en: str
    fr: str


class Scene:
    """An invitation of its own, and somebody who opens it."""

    def __init__(
        self,
        member: Member,
        sandbox: Sandbox,
        settings: Any,
        worker: Callable[[], None],
        language: str,
    ) -> None:
        self.member, self.sandbox, self.settings = member, sandbox, settings
        self.worker, self.language = worker, language
        sandbox.reset()
        for plan in sandbox.companies.values():
            plan.delay = min(plan.delay, 0.01)
        SignInBudget.objects.all().delete()
        integrations._sessions.clear()
        company = Company.objects.create(
            client=member.client, name="Atelier Brume SAS", is_test=True
        )
        self.link, url = linking.request_data(
            company, by=member.user, email=INVITED, language=language
        )
        self.path = url.removeprefix(site.SITE_URL)
        self.browser = self.newcomer()

    def newcomer(self) -> Browser:
        """Return another browser of the same language."""
        browser = Browser(raise_request_exception=False)
        browser.cookies["link_language"] = self.language
        return browser

    def start(self) -> None:
        """Press Start."""
        self.browser.post(self.path)

    def to(self, slug: str, company_id: str = "AtelierBrume") -> None:
        """Press Start and take every Step before this one."""
        self.start()
        for name, answer in ANSWERS.items():
            if name == slug:
                return
            known = {"company_id": company_id} if "company_id" in answer else {}
            done = self.browser.post(f"/link/{name}/", answer | known)
            assert done.status_code == 303, (name, done.status_code)

    def sign_in(self, **typed: str) -> HttpResponse:
        """Press Connect."""
        return self.browser.post("/link/sign-in/", SIGN_IN | typed)

    def connecting(self, company_id: str = "AtelierBrume", **typed: str) -> Ask:
        """Go to the sign-in; the state is the answer to Connect."""
        self.to("sign-in", company_id)
        data = SIGN_IN | {"company_id": company_id} | typed
        return Ask("/link/sign-in/", data, "/link/sign-in/")

    def sent_back(self, company_id: str, slug: str) -> Ask:
        """Connect, and be sent back to a Step."""
        self.to("sign-in", company_id)
        self.sign_in(company_id=company_id)
        return Ask(f"/link/{slug}/")

    def switch(self, *, on: bool) -> None:
        """Turn the Client's switch."""
        use = integrations.settings_for(self.member.client)
        integrations.switch(use, on=on, by=self.member.user)

    def colleague(self) -> str:
        """Hand a Step over; return the path of the colleague's link."""
        self.to("sender")
        self.browser.post("/link/hand-over/sender/", MARC | {"language": self.language})
        return re.search(r"/l/[\w-]{43}/", str(mail.outbox[-1].body))[0]  # type: ignore[index]

    def show(self, ask: Ask) -> HttpResponse:
        """Return the answer."""
        if ask.data is None:
            return self.browser.get(ask.path)
        return self.browser.post(ask.path, ask.data)


@contextmanager
def undone(settings: Any, client: Any) -> Iterator[None]:
    """Take back, after a state, what it changed for everybody."""
    before = {name: getattr(settings, name) for name in ("SETTLE_SECONDS",)}
    rows = list(IntegrationSettings.objects.filter(client=client).values())
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        for row in rows:
            IntegrationSettings.objects.filter(pk=row["id"]).update(**row)


# --- how a person gets there --------------------------------------------------------
def expired(scene: Scene) -> Ask:
    scene.to("sender")
    yesterday = timezone.now() - timedelta(days=1)
    LinkRequest.objects.filter(pk=scene.link.pk).update(expires_at=yesterday)
    return Ask("/link/sender/")


def expired_and_asked(scene: Scene) -> Ask:
    ask = expired(scene)
    return Ask(scene.browser.post(ask.path, {"renew": "1"})["Location"])


def revoked(scene: Scene) -> Ask:
    linking.revoke(scene.link)
    return Ask(scene.path)


def used(scene: Scene) -> Ask:
    linked(scene)
    scene.browser = scene.newcomer()
    return Ask(scene.path)


def linked(scene: Scene) -> None:
    scene.to("permissions")
    scene.worker()
    page = scene.browser.get("/link/permissions/").text
    asked = re.search(r'name="question" value="([\w.]+)"', page)
    scene.browser.post("/link/permissions/finish/", {"question": asked[1]})  # type: ignore[index]
    scene.worker()


def broken(scene: Scene) -> Ask:
    linked(scene)
    row = scene.link.company.connections.get()
    row.trouble, row.trouble_at = "bad_login", timezone.now()
    row.save()
    scene.browser = scene.newcomer()
    return Ask(scene.path)


def paused(scene: Scene) -> Ask:
    scene.to("sender")
    scene.switch(on=False)
    return Ask("/link/sender/", {}, "/link/sender/")


def paused_and_asked(scene: Scene) -> Ask:
    scene.to("sender")
    scene.switch(on=False)
    return Ask(scene.browser.post("/link/sender/", {"back": "1"})["Location"])


def paused_without_an_address(scene: Scene) -> Ask:
    LinkRequest.objects.filter(pk=scene.link.pk).update(email="")
    return Ask(paused(scene).path)


def paused_for_a_colleague(scene: Scene) -> Ask:
    path = scene.colleague()
    scene.browser = scene.newcomer()
    scene.browser.post(path)
    scene.switch(on=False)
    return Ask("/link/for-you/sender/")


def down_and_asked(scene: Scene) -> Ask:
    scene.connecting("PharesOuest")
    scene.sign_in(company_id="PharesOuest")
    return Ask(scene.browser.post("/link/email-me/")["Location"])


def down_without_an_address(scene: Scene) -> Ask:
    LinkRequest.objects.filter(pk=scene.link.pk).update(email="")
    return scene.connecting("PharesOuest")


def faulty(fault: str) -> Callable[[Scene], Ask]:
    def reach(scene: Scene) -> Ask:
        ask = scene.connecting()
        scene.sandbox.companies["AtelierBrume"].fault = fault
        return ask

    return reach


def refused_again(scene: Scene) -> Ask:
    ask = scene.connecting(password="wrong")
    scene.sign_in(password="wrong")
    return ask


def too_many_tries(scene: Scene) -> Ask:
    ask = scene.connecting(password="wrong 4")
    for number in range(3):
        scene.sign_in(password=f"wrong {number}")
    return ask


def too_quick(scene: Scene) -> Ask:
    scene.settings.SETTLE_SECONDS = 3600
    return scene.connecting()


def sender_refused(scene: Scene) -> Ask:
    ask = scene.connecting()
    use = integrations.settings_for(scene.member.client)
    by: User = scene.member.user
    integrations.save_sender(use, sender_id=use.sender_id, password="no", by=by)
    return ask


def unreadable(scene: Scene) -> Ask:
    ask = scene.connecting()
    IntegrationSettings.objects.update(sender_password_sealed="v1.gone.AAAA.AAAA")
    return ask


def entity_closed(scene: Scene) -> Ask:
    scene.to("entity", "GroupeSillon")
    scene.sign_in(company_id="GroupeSillon")
    first = scene.sandbox.companies["GroupeSillon"].entities[0].id
    row = scene.link.company.connections.get()
    row.entities = [{"id": first, "name": "", "currency": ""}]
    linking.choose_entity(row, entity_id=first)
    scene.worker()
    return Ask("/link/permissions/")


def missing(scene: Scene) -> Ask:
    scene.to("sign-in", "HarrowTextiles")
    scene.sign_in(company_id="HarrowTextiles")
    scene.browser.post("/link/entity/", {"entity": "10"})
    scene.worker()
    return Ask("/link/permissions/")


def resumed(scene: Scene) -> Ask:
    scene.to("sender")
    scene.browser = scene.newcomer()
    scene.start()
    return Ask("/link/sender/")


def overtaken(scene: Scene) -> Ask:
    scene.to("company-id")
    first = scene.browser
    scene.browser = scene.newcomer()
    scene.start()
    version = scene.browser.get("/link/company-id/").text.split('"version" value="')
    first.post("/link/company-id/", {"company_id": "AtelierBrume"})
    data = {"company_id": "CoopRives", "version": version[1].split('"')[0]}
    return Ask("/link/company-id/", data, "/link/company-id/")


def handed(scene: Scene) -> Ask:
    scene.colleague()
    return Ask("/link/sender/")


def handed_and_resumed(scene: Scene) -> Ask:
    scene.colleague()
    scene.browser = scene.newcomer()
    scene.start()
    return Ask("/link/sender/")


def handed_to_you(scene: Scene) -> Ask:
    path = scene.colleague()
    scene.browser = scene.newcomer()
    return Ask(path)


def not_yours(scene: Scene) -> Ask:
    path = scene.colleague()
    scene.browser = scene.newcomer()
    scene.browser.post(path)
    return Ask("/link/sign-in/")


def taken_back(scene: Scene) -> Ask:
    path = scene.colleague()
    scene.browser.post("/link/hand-over/sender/back/")
    scene.browser = scene.newcomer()
    return Ask(path)


def mailed_already(scene: Scene) -> Ask:
    scene.colleague()
    return Ask("/link/hand-over/sender/again/", {}, "/link/sender/")


def idle(scene: Scene) -> Ask:
    scene.to("sender")
    session = scene.browser.session
    session["link_seen_at"] -= 3700
    session.save()
    return Ask("/link/sender/")


def unproven(scene: Scene) -> Ask:
    scene.to("entity")
    scene.browser = scene.newcomer()
    scene.start()
    return Ask("/link/code/")


def too_many_codes(scene: Scene) -> Ask:
    unproven(scene)
    scene.browser.post("/link/code/send/")
    for _ in range(codes.TRIES):
        scene.browser.post("/link/code/", {"code": "000 000"})
    return Ask("/link/code/", {"code": "000 000"}, "/link/code/")


def our_mistake(scene: Scene) -> Ask:
    scene.settings.SETTLE_SECONDS = "nonsense"
    return Ask(scene.path, {}, scene.path)


def too_old(scene: Scene) -> Ask:
    scene.browser = Browser(enforce_csrf_checks=True)
    scene.browser.cookies["link_language"] = scene.language
    return Ask(scene.path, {"csrfmiddlewaretoken": "old"}, scene.path)


def before_the_consent(scene: Scene) -> Ask:
    scene.to("before-you-start")
    return Ask("/link/colleague/")


def nothing_to_hand_over(scene: Scene) -> Ask:
    scene.to("sign-in")
    return Ask("/link/colleague/")


# --- what they are told -------------------------------------------------------------
class State(NamedTuple):
    """What a state answers with; `message` is beside the heading, if it is another.

    `next` is the one thing to do, a button or a link of the page. `kept` stands in
    the form. `waits`: with a Retry-After.
    """

    reach: Callable[[Scene], Ask]
    status: int
    heading: Words
    next: Words | None = None
    message: Words | None = None
    kept: tuple[str, ...] = ()
    waits: bool = False


SIGN_IN_PAGE = Words(
    "Enter your Sage Intacct company ID, username and password",
    "Entrez votre identifiant d'entreprise Sage Intacct, nom d'utilisateur et mot "
    "de passe",
)
CONNECT = Words("Connect", "Se connecter")
EMAIL_ME = Words("Email me when it is back", "M’avertir par e‑mail")
PAUSED = Words("Sage Intacct is paused", "Sage Intacct est en pause")
SENDER_PAGE = Words(
    "Configure Web Services in Sage Intacct",
    "Configurez les services Web dans Sage Intacct",
)
DONE = Words("Done, continue", "C’est fait, continuer")
SILENT = Words("Sage Intacct is not answering", "Sage Intacct ne répond pas")
BUSY = Words(
    "Sage Intacct asks us to slow down", "Sage Intacct nous demande de ralentir"
)
REFUSED = Words(
    "Sage Intacct did not accept these sign-in details",
    "Sage Intacct n’a pas accepté ces identifiants",
)
IDLE = Words("This page was idle for a while", "Cette page est restée inactive")
PROVE = Words("Show that it is you", "Montrez que c’est bien vous")
LINKED = Words("This company is already linked", "Cette entreprise est déjà liée")
BROKEN = Words(
    "Sage Intacct no longer accepts our sign-in",
    "Sage Intacct n’accepte plus notre connexion",
)
EXPIRED = Words("This link has expired", "Ce lien a expiré")
WRITE = Words("Write to Alder & Finch", "Écrire à Alder & Finch")
UNKNOWN = Words("We do not know this link", "Nous ne connaissons pas ce lien")
USER = ("AtelierBrume", "alderfinch_ws")


def at_sign_in(
    reach: Callable[[Scene], Ask],
    status: int,
    message: Words,
    *,
    kept: tuple[str, ...] = USER,
    waits: bool = False,
    next: Words = CONNECT,
) -> State:
    """Return a state of the sign-in page: its form is kept, but for the password."""
    return State(reach, status, SIGN_IN_PAGE, next, message, kept, waits)


def company(company_id: str) -> Callable[[Scene], Ask]:
    """Return the way to the answer of one company of the Sandbox."""
    return lambda scene: scene.connecting(company_id)


STATES: dict[str, State] = {
    "link expired": State(
        expired, 410, EXPIRED, Words("Send me a new link", "M’envoyer un nouveau lien")
    ),
    "link expired, new one asked for": State(expired_and_asked, 410, EXPIRED, WRITE),
    "link revoked": State(
        revoked,
        410,
        Words("This link was withdrawn", "Ce lien a été retiré"),
        Words("Ask for a new link", "Demander un nouveau lien"),
    ),
    "link used": State(
        used, 200, LINKED, Words("See the connection", "Voir la connexion")
    ),
    "link used, broken since": State(
        broken, 200, BROKEN, Words("Enter the new password", "Saisir le nouveau mot de")
    ),
    "link unknown": State(lambda scene: Ask("/l/" + "x" * 43 + "/"), 404, UNKNOWN),
    "link cut": State(lambda scene: Ask(scene.path[:-9] + "/"), 404, UNKNOWN),
    "integration disabled": State(paused, 409, PAUSED, EMAIL_ME),
    "integration disabled, mail promised": State(paused_and_asked, 409, PAUSED),
    "integration disabled, no address": State(
        paused_without_an_address, 409, PAUSED, WRITE
    ),
    "integration disabled, for a colleague": State(
        paused_for_a_colleague, 409, PAUSED, WRITE
    ),
    "trial company": at_sign_in(
        company("KestrelDemo"),
        422,
        Words("This is a trial company", "C’est une entreprise d’essai"),
        kept=("KestrelDemo", "alderfinch_ws"),
    ),
    "company unknown": State(
        lambda scene: scene.sent_back("HorizonTrial", "company-id"),
        200,
        Words(
            "Get your company ID from Sage Intacct",
            "Obtenez votre identifiant d'entreprise de Sage Intacct",
        ),
        Words("Continue", "Continuer"),
        Words(
            "Sage Intacct does not know the company ID HorizonTrial",
            "Sage Intacct ne connaît pas l’identifiant d’entreprise HorizonTrial",
        ),
        ("HorizonTrial",),
    ),
    "entity access missing": State(
        entity_closed,
        200,
        Words("Checking permissions", "Vérification des autorisations"),
        Words("Check again", "Vérifier à nouveau"),
        Words(
            "The Web Services user may not enter this entity",
            "L’utilisateur de services Web n’a pas accès à cette entité",
        ),
    ),
    "sender not authorised": State(
        lambda scene: scene.sent_back("PapeteriesLac", "sender"),
        200,
        SENDER_PAGE,
        DONE,
        Words(
            "Our Sender ID is not in your list yet",
            "Notre Sender ID n’est pas encore dans votre liste",
        ),
    ),
    "Web Services off": State(
        lambda scene: scene.sent_back("FonderieArdan", "web-services"),
        200,
        Words(
            "Turn on Web Services in Sage Intacct",
            "Activez les services Web dans Sage Intacct",
        ),
        DONE,
        Words(
            "Web Services is not switched on yet",
            "Les services Web ne sont pas encore activés",
        ),
    ),
    "address not let in": at_sign_in(
        company("BastionFret"),
        422,
        Words(
            "Your company limits the addresses that may sign in",
            "Votre société limite les adresses autorisées à se connecter",
        ),
        kept=("BastionFret", "alderfinch_ws"),
    ),
    "wrong details": at_sign_in(
        lambda scene: scene.connecting(password="wrong"),
        422,
        REFUSED,
    ),
    "user locked": at_sign_in(
        company("MoulinsDrac"), 422, REFUSED, kept=("MoulinsDrac", "alderfinch_ws")
    ),
    "same password again": at_sign_in(
        refused_again,
        422,
        Words("This is the password that was just refused", "C’est le mot de passe"),
    ),
    "too many tries": at_sign_in(
        too_many_tries,
        429,
        Words("Three tries were refused", "Trois essais ont été refusés"),
        waits=True,
    ),
    "too quick": at_sign_in(
        too_quick, 429, Words("That was very quick", "C’était très rapide")
    ),
    "permissions missing": State(
        missing,
        200,
        Words("Two permissions are missing", "Il manque deux autorisations"),
        Words("Check again", "Vérifier à nouveau"),
    ),
    "throttled": at_sign_in(
        company("RueeExpress"),
        503,
        BUSY,
        kept=("RueeExpress", "alderfinch_ws"),
        waits=True,
    ),
    "busy": at_sign_in(faulty("busy"), 503, BUSY, waits=True),
    "gateway down": at_sign_in(
        company("PharesOuest"),
        503,
        SILENT,
        kept=("PharesOuest", "alderfinch_ws"),
        waits=True,
        next=EMAIL_ME,
    ),
    "gateway down, no address": at_sign_in(
        down_without_an_address,
        503,
        SILENT,
        kept=("PharesOuest", "alderfinch_ws"),
        waits=True,
    ),
    "gateway down, mail promised": at_sign_in(
        down_and_asked, 200, SILENT, kept=("PharesOuest", "alderfinch_ws")
    ),
    "answer cut": at_sign_in(
        faulty("cut"),
        503,
        Words("did not arrive whole", "n’est pas arrivée entière"),
        waits=True,
        next=EMAIL_ME,
    ),
    "no answer in time": at_sign_in(
        faulty("gave-up"),
        503,
        Words("did not answer in time", "n’a pas répondu à temps"),
        waits=True,
        next=EMAIL_ME,
    ),
    "turned away": at_sign_in(
        faulty("blocked"),
        503,
        Words("turned us away", "nous a refusés"),
        waits=True,
        next=EMAIL_ME,
    ),
    "sender refused": at_sign_in(
        sender_refused,
        503,
        Words("Sage Intacct did not let us in", "ne nous a pas laissés entrer"),
        waits=True,
    ),
    "password unreadable": at_sign_in(
        unreadable,
        503,
        Words("We cannot open a password", "Nous ne pouvons pas ouvrir un mot de"),
        waits=True,
    ),
    "resumed on another device": State(
        resumed,
        200,
        SENDER_PAGE,
        Words("Continue with step 5", "Reprendre à l’étape 5"),
        Words("Welcome back", "Vous revoilà"),
    ),
    "both devices at once": State(
        overtaken,
        409,
        Words(
            "Get your company ID from Sage Intacct",
            "Obtenez votre identifiant d'entreprise de Sage Intacct",
        ),
        Words("Keep it and go on", "Garder cette réponse et continuer"),
        Words(
            "This step was finished on another device at",
            "Cette étape a été terminée sur un autre appareil à",
        ),
        ("CoopRives",),
    ),
    "handed over": State(
        handed,
        200,
        SENDER_PAGE,
        Words("See whether it is done", "Voir si c’est fait"),
        Words("marc@atelier-brume.example has", "marc@atelier-brume.example"),
    ),
    "handed over, on another device": State(
        handed_and_resumed,
        200,
        SENDER_PAGE,
        Words("See whether it is done", "Voir si c’est fait"),
        Words("marc@atelier-brume.example has", "marc@atelier-brume.example"),
    ),
    "handed to you": State(
        handed_to_you,
        200,
        Words("A colleague asks for your help", "Un collègue demande votre aide"),
        Words("Start the step", "Commencer l’étape"),
    ),
    "not yours": State(
        not_yours,
        403,
        Words(
            "This page is your colleague’s", "Cette page est celle de votre collègue"
        ),
        Words("Go to your step", "Aller à votre étape"),
    ),
    "taken back": State(
        taken_back,
        410,
        Words("There is nothing left for you to do", "Vous n’avez plus rien à faire"),
    ),
    "mailed already": State(
        mailed_already,
        429,
        Words("The email was not sent", "L’e‑mail n’est pas parti"),
        Words("Back to the step", "Revenir à l’étape"),
    ),
    "session ended": State(idle, 200, IDLE, Words("Carry on", "Continuer")),
    "no session": State(lambda scene: Ask("/link/sender/"), 200, IDLE),
    "not proven": State(unproven, 200, PROVE, Words("Continue", "Continuer")),
    "too many codes": State(
        too_many_codes,
        429,
        PROVE,
        Words("Send another code", "Envoyer un autre code"),
        Words("Too many tries", "Trop d’essais"),
        waits=True,
    ),
    "before the consent": State(
        before_the_consent,
        200,
        Words("One short step comes first", "Une courte étape d’abord"),
        Words("Go to that step", "Aller à cette étape"),
    ),
    "nothing to hand over": State(
        nothing_to_hand_over,
        200,
        Words("Nothing is left to hand over", "Il ne reste rien à confier"),
        Words("Go to that step", "Aller à cette étape"),
    ),
    "colleague of a stranger": State(
        lambda scene: Ask("/link/colleague/"),
        200,
        Words("Open your link first", "Ouvrez d’abord votre lien"),
        Words("Get help", "Obtenir de l’aide"),
    ),
    "no such page": State(
        lambda scene: Ask("/link/no/such/page/"),
        404,
        Words("There is no page here", "Il n’y a pas de page ici"),
    ),
    "page too old": State(
        too_old, 403, Words("This page is too old", "Cette page est trop ancienne")
    ),
    "our mistake": State(
        our_mistake,
        500,
        Words("Something broke on our side", "Quelque chose s’est cassé de notre côté"),
        Words("Try again", "Réessayer"),
    ),
}
