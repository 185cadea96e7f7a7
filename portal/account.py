"""The signed-in person's own page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.access import MemberRequest, member_required
from portal.answers import see_other
from portal.forms import AccountForm


@require_http_methods(["GET", "HEAD", "POST"])
@member_required()
def show(request: MemberRequest) -> HttpResponse:
    """Show and change the language; lead on to password and second factor."""
    data = request.POST if request.method == "POST" else None
    form = AccountForm(data, instance=request.user)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "portal/account.html", {"form": form}, status=status)
    user = form.save()
    response = see_other("portal:account")
    # The choice of one visit, which would hide what was just chosen.
    response.delete_cookie("language")
    with translation.override(user.language or translation.get_language()):
        messages.success(request, _("Saved"))
    return response
