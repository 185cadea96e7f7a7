"""Every state of Link that is not the happy one, and what people are told there.

The tests of the answers and the walk in a browser read this one table.
"""

from collections.abc import Callable
from typing import NamedTuple

from . import ways
from .ways import Ask, Scene


class Words(NamedTuple):
    """What a page says, in English and in French."""

    en: str
    fr: str


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
WEB_SERVICES_PAGE = Words(
    "Turn on Web Services in Sage Intacct",
    "Activez les services Web dans Sage Intacct",
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
PROVE = Words("Show that it is you", "Confirmez que c’est bien vous")
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
        ways.expired,
        410,
        EXPIRED,
        Words("Send me a new link", "M’envoyer un nouveau lien"),
    ),
    "link expired, new one asked for": State(
        ways.expired_and_asked, 410, EXPIRED, WRITE
    ),
    "link revoked": State(
        ways.revoked,
        410,
        Words("This link was withdrawn", "Ce lien a été retiré"),
        Words("Ask for a new link", "Demander un nouveau lien"),
    ),
    "link used": State(
        ways.used, 200, LINKED, Words("See the connection", "Voir la connexion")
    ),
    "link used, broken since": State(
        ways.broken,
        200,
        BROKEN,
        Words("Enter the new password", "Saisir le nouveau mot de"),
    ),
    "link of a company that was disconnected": State(
        ways.disconnected,
        200,
        Words("Atelier Brume SAS is disconnected", "Atelier Brume SAS est déconnectée"),
        Words("Link this company again", "Lier de nouveau cette"),
    ),
    "link unknown": State(lambda scene: Ask("/l/" + "x" * 43 + "/"), 404, UNKNOWN),
    "link cut": State(lambda scene: Ask(scene.path[:-9] + "/"), 404, UNKNOWN),
    "integration disabled": State(ways.paused, 409, PAUSED, EMAIL_ME),
    "integration disabled, mail promised": State(ways.paused_and_asked, 409, PAUSED),
    "integration disabled, no address": State(
        ways.paused_without_an_address, 409, PAUSED, WRITE
    ),
    "integration disabled, for a colleague": State(
        ways.paused_for_a_colleague, 409, PAUSED, WRITE
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
        ways.entity_closed,
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
        WEB_SERVICES_PAGE,
        DONE,
        Words(
            "Web Services is not switched on yet",
            "Les services Web ne sont pas encore activés",
        ),
    ),
    "said done, and seen not done": State(
        ways.said_done,
        422,
        WEB_SERVICES_PAGE,
        Words("Continue anyway", "Continuer quand même"),
        Words(
            "Sage Intacct answered that this is not done yet",
            "Sage Intacct a répondu que ce n’est pas encore fait",
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
        ways.refused_again,
        422,
        Words("This is the password that was just refused", "C’est le mot de passe"),
    ),
    "too many tries": at_sign_in(
        ways.too_many_tries,
        429,
        Words("Three tries were refused", "Trois essais ont été refusés"),
        waits=True,
    ),
    "too quick": at_sign_in(
        ways.too_quick, 429, Words("That was very quick", "C’était très rapide")
    ),
    "permissions missing": State(
        ways.missing,
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
    "busy": at_sign_in(ways.faulty("busy"), 503, BUSY, waits=True),
    "gateway down": at_sign_in(
        company("PharesOuest"),
        503,
        SILENT,
        kept=("PharesOuest", "alderfinch_ws"),
        waits=True,
        next=EMAIL_ME,
    ),
    "gateway down, no address": at_sign_in(
        ways.down_without_an_address,
        503,
        SILENT,
        kept=("PharesOuest", "alderfinch_ws"),
        waits=True,
    ),
    "gateway down, mail promised": at_sign_in(
        ways.down_and_asked, 200, SILENT, kept=("PharesOuest", "alderfinch_ws")
    ),
    "answer cut": at_sign_in(
        ways.faulty("cut"),
        503,
        Words("did not arrive whole", "n’est pas arrivée entière"),
        waits=True,
        next=EMAIL_ME,
    ),
    "no answer in time": at_sign_in(
        ways.faulty("gave-up"),
        503,
        Words("did not answer in time", "n’a pas répondu à temps"),
        waits=True,
        next=EMAIL_ME,
    ),
    "turned away": at_sign_in(
        ways.faulty("blocked"),
        503,
        Words("turned us away", "nous a refusés"),
        waits=True,
        next=EMAIL_ME,
    ),
    "sender refused": at_sign_in(
        ways.sender_refused,
        503,
        Words("Sage Intacct did not let us in", "ne nous a pas laissés entrer"),
        waits=True,
    ),
    "password unreadable": at_sign_in(
        ways.unreadable,
        503,
        Words("We cannot open a password", "Nous ne pouvons pas ouvrir un mot de"),
        waits=True,
    ),
    "resumed on another device": State(
        ways.resumed,
        200,
        SENDER_PAGE,
        DONE,
        Words("Welcome back", "Vous revoilà"),
    ),
    "both devices at once": State(
        ways.overtaken,
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
        ways.handed,
        200,
        SENDER_PAGE,
        Words("See whether it is done", "Voir si c’est fait"),
        Words("marc@atelier-brume.example has", "marc@atelier-brume.example"),
    ),
    "handed over, on another device": State(
        ways.handed_and_resumed,
        200,
        SENDER_PAGE,
        Words("See whether it is done", "Voir si c’est fait"),
        Words("marc@atelier-brume.example has", "marc@atelier-brume.example"),
    ),
    "handed to you": State(
        ways.handed_to_you,
        200,
        Words("A colleague asks for your help", "Un collègue demande votre aide"),
        Words("Start the step", "Commencer l’étape"),
    ),
    "not yours": State(
        ways.not_yours,
        403,
        Words(
            "This page is your colleague’s", "Cette page est celle de votre collègue"
        ),
        Words("Go to your step", "Aller à votre étape"),
    ),
    "taken back": State(
        ways.taken_back,
        410,
        Words("There is nothing left for you to do", "Vous n’avez plus rien à faire"),
    ),
    "mailed already": State(
        ways.mailed_already,
        429,
        Words("The email was not sent", "L’e‑mail n’est pas parti"),
        Words("Back to the step", "Revenir à l’étape"),
    ),
    "session ended": State(ways.idle, 200, IDLE, Words("Carry on", "Continuer")),
    "no session": State(lambda scene: Ask("/link/sender/"), 200, IDLE),
    "not proven": State(ways.unproven, 200, PROVE, Words("Continue", "Continuer")),
    "too many codes": State(
        ways.too_many_codes,
        429,
        PROVE,
        Words("Send another code", "Envoyer un autre code"),
        Words("Too many tries", "Trop d’essais"),
        waits=True,
    ),
    "before the consent": State(
        ways.before_the_consent,
        200,
        Words("One short step comes first", "Une courte étape d’abord"),
        Words("Go to that step", "Aller à cette étape"),
    ),
    "nothing to hand over": State(
        ways.nothing_to_hand_over,
        200,
        Words("Nothing is left to hand over", "Il ne reste rien à confier"),
        Words("Go to that step", "Aller à cette étape"),
    ),
    "permissions to hand over": State(
        ways.permissions_to_hand_over,
        200,
        Words(
            "Send your administrator what is missing",
            "Envoyez à votre administrateur ce qui manque",
        ),
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
        ways.too_old, 403, Words("This page is too old", "Cette page est trop ancienne")
    ),
    "our mistake": State(
        ways.our_mistake,
        500,
        Words("Something broke on our side", "Quelque chose s’est cassé de notre côté"),
        Words("Try again", "Réessayer"),
    ),
}
