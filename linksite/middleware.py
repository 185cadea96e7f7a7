"""What holds for every page: headers, language, hours, and the site's own words."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from linksite import hours
from linksite.models import Handover, LinkRequest

Responder = Callable[[HttpRequest], HttpResponse]

LINK_PATHS = ("/l/", "/link/")
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def headers(get_response: Responder) -> Responder:
    """Refuse odd methods; add the headers that no library of ours adds."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD, POST"})
        response = get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.path.startswith("/l/"):
            # same-origin would put the token into the Referer of our own style
            # sheet's request, and so into the access log.
            response.headers["Referrer-Policy"] = "strict-origin"
        if response.headers.get("Content-Type", "").startswith("text/html"):
            add_never_cache_headers(response)
            patch_vary_headers(response, ("HX-Request", "Accept-Language", "Cookie"))
            response.headers["X-Robots-Tag"] = "noindex"
        return response

    return respond


def language(get_response: Responder) -> Responder:
    """Choose the language: what this visit asked for, then the link's or the
    Member's, then what the browser prefers. See docs/decisions/0008.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("lang", "")
        if asked in dict(settings.LANGUAGES) and request.method == "GET":
            return _remember(request, asked)
        chosen = (
            request.COOKIES.get(_cookie(request))
            or _own_language(request)
            or translation.get_language_from_request(request)
        )
        if chosen not in dict(settings.LANGUAGES):
            chosen = settings.LANGUAGE_CODE
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return respond


def zone(get_response: Responder) -> Responder:
    """Write hours in the zone that a form of this visit named.

    A form begins no session for it: a page that only says no sets no cookie.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        with timezone.override(hours.zone_of(request.session)):
            response = get_response(request)
        if request.method == "POST" and not request.session.is_empty():
            hours.keep(request.session, request.POST.get(hours.FIELD, ""))
        return response

    return respond


def _remember(request: HttpRequest, asked: str) -> HttpResponse:
    query = request.GET.copy()
    del query["lang"]
    # The path is the one that was asked for, on this very site.
    target = request.path + (f"?{urlencode(query, doseq=True)}" if query else "")
    response = HttpResponseRedirect("/" + target.lstrip("/\\"))
    response.set_cookie(
        _cookie(request),
        asked,
        secure=settings.SITE_IS_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _cookie(request: HttpRequest) -> str:
    return "link_language" if _is_link(request) else "language"


def _is_link(request: HttpRequest) -> bool:
    return request.path.startswith(LINK_PATHS)


def _own_language(request: HttpRequest) -> str:
    if _is_link(request):
        return _language_of_visit(request.session)
    return getattr(request.user, "language", "")


def _language_of_visit(session: SessionBase) -> str:
    if "handover" in session:
        helped = Handover.objects.filter(pk=session["handover"]).first()
        return helped.language if helped else ""
    bound_to = session.get("link")
    link = LinkRequest.objects.filter(pk=bound_to).first() if bound_to else None
    return link.language if link else ""


def _intacct_site() -> str:
    """Return where people sign in to Sage Intacct: for a Sandbox, its console."""
    host = urlsplit(settings.GATEWAY_URL).netloc
    is_sandbox = host in settings.GATEWAY_TEST_HOSTS
    return f"http://{host}/" if is_sandbox else "https://www.intacct.com/"


def site(request: HttpRequest) -> dict[str, object]:
    """Give every template the site's own words and the language switch."""
    current = translation.get_language()
    query = request.GET.copy()
    languages = []
    for code, name in (("en", "English"), ("fr", "Français")):
        query["lang"] = code
        url = f"{request.path}?{query.urlencode()}"
        languages.append((code, name, url, code == current))
    return {
        "BRAND_NAME": settings.BRAND_NAME,
        "SUPPORT_EMAIL": settings.SUPPORT_EMAIL,
        "INTACCT_SITE": _intacct_site(),
        "site_languages": languages,
    }
