"""Settings > Branding: how the Client shows itself in Link."""

from django.conf import settings as site
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from linksite import branding
from linksite.models import Branding, Member
from portal.access import MemberRequest, member_required
from portal.answers import see_other
from portal.forms import BrandingForm


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(to_change=Member.Role.ADMIN)
def show(request: MemberRequest) -> HttpResponse:
    """Show the branding; by POST, save it."""
    if request.method != "POST":
        return _page(request, BrandingForm(instance=_of(request)))
    form = BrandingForm(request.POST, request.FILES, instance=_of(request))
    if _lost_its_file(request):
        form.add_error("logo", _("The file is too large: 200 KB at most"))
    if not form.is_valid():
        return _page(request, form, status=422, is_logo_kept=_keep_logo(request, form))
    form.save()
    messages.success(request, _("Saved"))
    return see_other("portal:branding")


def _of(request: MemberRequest) -> Branding:
    client = request.member.client
    return Branding.objects.filter(client=client).first() or Branding(client=client)


def _keep_logo(request: MemberRequest, form: BrandingForm) -> bool:
    """Save a logo that can be used, though the rest cannot; return whether it was.

    A browser forgets the chosen file: it would have to be found again.
    """
    logo = form.cleaned_data.get("logo")
    if logo:
        branding.save(_of(request), logo=logo)
    return bool(logo)


def _lost_its_file(request: MemberRequest) -> bool:
    """Return whether the request was so large that its file was not read."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    return length > site.FILE_UPLOAD_MAX_MEMORY_SIZE and not request.FILES


def _page(
    request: MemberRequest,
    form: BrandingForm,
    status: int = 200,
    *,
    is_logo_kept: bool = False,
) -> HttpResponse:
    context = {
        "form": form,
        "is_logo_kept": is_logo_kept,
        "branding": _of(request),
        "may_change": request.member.may_administer,
    }
    return render(request, "portal/branding.html", context, status=status)
