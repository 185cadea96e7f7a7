"""Who may open a page of the Portal, and which rows are theirs."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from linksite.models import Company, Member, User

P = ParamSpec("P")
Page = Callable[Concatenate["MemberRequest", P], HttpResponse]

# Each role may do what the ones before it may.
RANK = {Member.Role.VIEWER: 0, Member.Role.OPERATOR: 1, Member.Role.ADMIN: 2}


class MemberRequest(HttpRequest):
    """A request whose sender is known to be a Member of a Client."""

    member: Member
    user: User
    htmx: Any


def member_required(
    role: Member.Role = Member.Role.VIEWER, *, to_change: Member.Role | None = None
) -> Callable[[Page[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """Let a view be reached by Members of `role` or above; `to_change`, its POSTs.

    The view finds the Member in `request.member`.
    """

    def decorate(
        view: Page[P],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def reached(
            request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            needed = to_change if to_change and request.method == "POST" else role
            refusal = _refusal(request, needed)
            return refusal or view(cast(MemberRequest, request), *args, **kwargs)

        return reached

    return decorate


def _refusal(request: HttpRequest, role: Member.Role) -> HttpResponse | None:
    """Return the answer for somebody who may not, or None and set request.member."""
    if not request.user.is_authenticated:
        return _to_sign_in(request)
    # Asked of the database each time: a changed role acts on the next request.
    member = Member.objects.select_related("client", "user").filter(user=request.user)
    found = cast(MemberRequest, request).member = member.first()  # type: ignore[assignment]
    if found is None:
        return _no_place(request)
    if RANK[Member.Role(found.role)] < RANK[role]:
        return _too_small(request, found, role)
    return None


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if getattr(request, "htmx", None):
        # A fragment cannot hold the sign-in page: let the whole page go there.
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    here = request.get_full_path() if request.method == "GET" else None
    return redirect_to_login(here or settings.LOGIN_REDIRECT_URL)


def _no_place(request: HttpRequest) -> HttpResponse:
    if getattr(request.user, "is_staff", False):
        return redirect("admin:index")
    return render(request, "portal/refused.html", {"is_nobody": True}, status=403)


def _too_small(request: HttpRequest, member: Member, role: Member.Role) -> HttpResponse:
    able = [name for name, rank in RANK.items() if rank >= RANK[role]]
    people = member.client.members.filter(role__in=able).select_related("user")
    context = {"member": member, "people": people}
    return render(request, "portal/refused.html", context, status=403)


def company_of(request: MemberRequest, company_id: UUID) -> Company:
    """Return a Company of this Member's Client; anybody else's does not exist."""
    mine = request.member.client.companies.select_related("client")
    return get_object_or_404(mine, pk=company_id)
