"""The page behind "Stop these reminders": one press, and no sign-in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from linksite import notices, requesting
from onboarding.visit import SeeOther, speak


# A mail program presses the button by itself (RFC 8058), without cookie or token
# of a form: the signed address is the proof, and stops the reminders only.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to stop the reminders; by POST, stop them."""
    link = notices.behind(token)
    if link is None:
        return render(request, "onboarding/states/unknown.html", status=404)
    speak(request, link.language)
    if request.method == "POST":
        requesting.stop_reminders(link)
        if "List-Unsubscribe" not in request.POST:  # it must not be sent elsewhere
            return SeeOther(reverse("onboarding:reminders", args=[token]))
    return render(request, "onboarding/reminders.html", {"link": link})
