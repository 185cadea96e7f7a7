"""A Client's logo and accent colour, from our own origin."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from linksite import accents, branding

FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def accent(request: HttpRequest, name: str) -> HttpResponse:
    """Serve the style sheet of one accent colour; it is the same for everybody."""
    colour = f"#{name}"
    try:
        accents.check(colour)
    except ValidationError as error:
        raise Http404 from error
    return _kept(accents.css(colour).encode(), "text/css; charset=utf-8")


@require_safe
def logo(request: HttpRequest, name: str) -> HttpResponse:
    """Serve a logo; opened by itself, it may do nothing."""
    row = branding.logo(name)
    if row is None:
        raise Http404
    response = _kept(bytes(row.body), row.content_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _kept(body: bytes, content_type: str) -> HttpResponse:
    headers = {"Cache-Control": FOR_EVER}
    return HttpResponse(body, content_type=content_type, headers=headers)
