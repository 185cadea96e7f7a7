"""The only file that names both faces."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def live(request: HttpRequest) -> HttpResponse:
    """Tell a load balancer that the process answers."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="portal:home")),
    path("", include("onboarding.urls")),
    path("portal/", include("portal.urls")),
    # A Solutions Engineer changes addresses; nobody adds another's to a User.
    path("account/email/", RedirectView.as_view(pattern_name="portal:account")),
    path("account/", include("allauth.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("livez", live),
]

handler400 = "linksite.errors.bad_request"
handler403 = "linksite.errors.forbidden"
handler404 = "linksite.errors.not_found"
handler500 = "linksite.errors.server_error"
