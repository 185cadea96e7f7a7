"""The signed-in person's own page."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.access import MemberRequest, member_required
from portal.answers import see_other
from portal.forms import AccountForm, ThemeForm

A_YEAR = 365 * 24 * 60 * 60


@require_http_methods(["GET", "HEAD", "POST"])
@member_required()
def show(request: MemberRequest) -> HttpResponse:
    """Show and change the language; lead on to password and second factor."""
    data = request.POST if request.method == "POST" else None
    form = AccountForm(data, instance=request.user)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        chosen = {"theme": request.COOKIES.get("theme", "")}
        page = {"form": form, "look": ThemeForm(initial=chosen)}
        return render(request, "portal/account.html", page, status=status)
    user = form.save()
    response = see_other("portal:account")
    # The choice of one visit, which would hide what was just chosen.
    response.delete_cookie("language")
    with translation.override(user.language or translation.get_language()):
        messages.success(request, _("Saved"))
    return response


@require_POST
@member_required()
def theme(request: MemberRequest) -> HttpResponse:
    """Keep in a cookie which theme this browser shows; the device's needs none.

    The server writes it into each page, so that no page flashes.
    """
    form, response = ThemeForm(request.POST), see_other("portal:account")
    if form.is_valid() and form.cleaned_data["theme"]:
        response.set_cookie(
            "theme",
            form.cleaned_data["theme"],
            max_age=A_YEAR,
            secure=settings.SITE_IS_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie("theme")
    messages.success(request, _("Saved"))
    return response
