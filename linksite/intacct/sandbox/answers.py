"""The envelope of the Sandbox's answers, and the words of its refusals."""

import secrets
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element
Answer: TypeAlias = tuple[str, list[tuple[str, str]], bytes]

_XML = 'text/xml; encoding="UTF-8"'  # sic: what the gateway says

# Each: outcome for the log, errorno, description, description2.
_SIGN_IN = "Sign-in information is incorrect"
NOT_SIGNED_IN = (
    "bad_login",
    "XMLGW_JPP0002",
    f"{_SIGN_IN}. Please check your request.",
)
WRONG_SENDER = (
    "bad_partner_credential",
    "XL03000006",
    "",
    "Incorrect Intacct XML Partner ID or password.",
)
UNKNOWN_COMPANY = (
    "company_unknown_or_sender_inactive",
    "GW-0011",
    "Invalid Request [Request ID: 5A4D:B0C5_0.1]",
)
EXPIRED = (
    "company_expired_demo",
    "PL04000055",
    "",
    "This company is a demo company and has expired.",
)
WRONG_LOGIN = ("bad_login", "XL03000006", "", _SIGN_IN)
IP_DENIED = ("ip_blocked", "XL03000006", "", "IP Address Denied")
INVALID_SESSION = ("session_invalid", "XL03000006", "", "Invalid session ...")
NO_SUCH_ENTITY = (
    "entity_denied_or_session_failed",
    "Get API Session Failed",
    "",
    "The entity does not exist, or the user may not enter it.",
)
TOO_MANY = (
    "throttled",
    "XL03000006",
    "",
    "There are too many operations running for this company (200024).",
)
OFF_LINE = (
    "transient",
    "XL03000009",
    "",
    "The Service is Temporarily Off-line",
    "Please Try Again Later",
)
ROLLED_BACK = (
    "rolled_back",
    "XL03000009",
    "",
    "The entire transaction in this operation has been rolled back due to an error.",
)
RATE_LIMIT = (
    "throttled",
    "GW-0010",
    "API rate limit exceeded [Request ID: 1F:2E_0A.7]",
)


class Refusal(Exception):
    """A function, a sign-in or a request that the Sandbox turns down.

    `texts` are description, description2 and correction; `outcome` is for the log;
    `category` is what `additionalinfo` says; `others` follow in the same message.
    """

    def __init__(
        self,
        outcome: str,
        errorno: str,
        *texts: str,
        support: bool = False,
        category: str = "",
        others: "tuple[Refusal, ...]" = (),
    ) -> None:
        super().__init__(outcome)
        self.outcome, self.errorno = outcome, errorno
        self.category, self.others = category, others
        description, second, correction = (*texts, "", "", "")[:3]
        if support:
            ticket = f"{secrets.token_hex(4)}%7E{secrets.token_hex(8)}"
            second = f"{second} [Support ID: {ticket}]"
        self.texts = (description, second, correction)


def not_authorised(sender_id: str, company_id: str) -> Refusal:
    """Return the refusal of a sender that is not on the company's list."""
    text = (
        f"The sender ID '{sender_id}' is not authorized to make Web Services "
        f"requests to company ID '{company_id}'."
    )
    advice = (
        "Contact the company administrator to grant Web Services authorization "
        "to this sender ID."
    )
    title = "Invalid Web Services Authorization"
    return Refusal("sender_not_authorised", "XL03000006", title, text, advice)


def web_services_off(company_id: str) -> Refusal:
    """Return the refusal of a company that has not switched Web Services on."""
    text = f"You are not authorized to use Web Services under the company {company_id}"
    return Refusal("web_services_off", "XL03000006", text)


def schema(text: str, *, kind: str = "Error 1871", where: str = "") -> Refusal:
    """Return the refusal of a request that is not as the schema wants it."""
    text = f"XML Parse schema error: {kind}: {text}{where}"
    return Refusal("client_bug", "XL03000003", "", text)


def make(tag: str, *inside: Element | str, **attributes: str) -> Element:
    """Return an element with texts or elements inside; `for_` stands for `for`."""
    named = {name.rstrip("_"): value for name, value in attributes.items()}
    element = etree.Element(tag, named)
    for each in inside:
        if isinstance(each, str):
            element.text = (element.text or "") + each
        else:
            element.append(each)
    return element


def texts(row: dict[str, str]) -> list[Element]:
    """Return one element for each name, with its value as text."""
    return [make(name, value) for name, value in row.items()]


def record(tag: str, row: dict[str, str]) -> Element:
    """Return an element that holds one element for each name."""
    return make(tag, *texts(row))


def errors(*refusals: Refusal, detailed: bool = False) -> Element:
    """Return the errormessage of refusals; `detailed` adds their additionalinfo."""
    every = [each for first in refusals for each in (first, *first.others)]
    return make("errormessage", *(_error(each, detailed) for each in every))


def _error(refusal: Refusal, detailed: bool) -> Element:
    names = ("errorno", "description", "description2", "correction")
    row = dict(zip(names, (refusal.errorno, *refusal.texts), strict=True))
    more = [_details(refusal)] if detailed else []
    return make("error", *texts(row), *more)


def _details(refusal: Refusal) -> Element:
    """Return what `showadditionalerrorinfo` adds, as a real answer spells it."""
    target = {"domain": "", "requestinfo": "", "object": "", "field": ""}
    messages = (
        make(
            name,
            make("messageid"),
            make("target", **target, businessInfo=""),
            make("placeholders"),
        )
        for name in ("description", "cdescription", "correction")
    )
    return make(
        "additionalinfo",
        make("errorid"),
        make("category", refusal.category),
        make("target", **target, businessinfo=""),
        *messages,
    )


def failed(
    status: str,
    refusal: Refusal,
    control: dict[str, str],
    *headers: tuple[str, str],
    detailed: bool = False,
) -> Answer:
    """Return a refusal at control level; the gateway itself echoes no ids."""
    block = make("control", *texts({"status": "failure", **control}))
    root = make("response", block, errors(refusal, detailed=detailed))
    return xml(status, root, *headers)


def xml(
    status: str, root: Element, *headers: tuple[str, str], spaced: bool = False
) -> Answer:
    """Return an answer: HTTP status, headers and the bytes of `root`."""
    body = etree.tostring(
        root, xml_declaration=True, encoding="UTF-8", pretty_print=spaced
    )
    return status, [("Content-Type", _XML), *headers], body
