"""The one answer to a form that was taken: go and look there (303)."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url


def see_other(to: str, *args: object) -> HttpResponse:
    """Send the browser to a page by GET, so that a reload repeats nothing.

    Its focus goes to the heading, as in Link.
    """
    return HttpResponseRedirect(f"{resolve_url(to, *args)}#title", status=303)
