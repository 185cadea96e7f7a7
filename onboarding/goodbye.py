"""Disconnecting: asked on a page of its own, and what is left to do in Sage Intacct."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from linksite import linking, requesting
from linksite.models import LinkRequest
from onboarding import paths
from onboarding.visit import is_proven, visiting


@require_http_methods(["GET", "HEAD", "POST"])
@visiting(may_be_paused=True)
def disconnect(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Ask whether to end the Connection; by POST, end it."""
    connection = linking.connection(link)
    if connection is None:
        return redirect("onboarding:disconnected")
    if request.method != "POST":
        context = {"link": link, "connection": connection}
        return render(request, "onboarding/disconnect.html", context)
    linking.disconnect(connection, asks_erasure="erase" in request.POST)
    return HttpResponseRedirect(reverse("onboarding:disconnected"), status=303)


@require_safe
@visiting(may_be_paused=True)
def disconnected(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Show that nothing is read any more, and how to clear up in Sage Intacct."""
    ended = link.ended
    if ended is None or not is_proven(request, link):
        return redirect("onboarding:step", "linked")
    context = {
        "link": link,
        "connection": ended,
        "sender_id": requesting.sender_id(link),
        "sender_path": paths.click_path(paths.TO["sender"]),
        "user_path": paths.click_path(paths.TO["user"]),
        "roles_path": paths.click_path(paths.TO["roles"]),
        "words": paths.Words(),
        "role_name": requesting.suggested(link).role_name,
    }
    return render(request, "onboarding/disconnected.html", context)
