"""The addresses of the Portal, as its navigation names them."""

from django.urls import path

from portal import (
    account,
    approvals,
    branding,
    companies,
    data,
    integrations,
    requests,
)

app_name = "portal"

COMPANY = "companies/<uuid:company_id>/"
ACCOUNTING = "settings/integrations/accounting/"
SETTINGS = f"{ACCOUNTING}<slug:integration>/"

urlpatterns = [
    path("", companies.home, name="home"),
    path("companies/", companies.index, name="companies"),
    path("companies/new/", companies.new, name="new-company"),
    path(COMPANY, companies.show, name="company"),
    path(f"{COMPANY}approval/", approvals.decide, name="approval"),
    path(f"{COMPANY}confirm/", approvals.confirm, name="confirm"),
    path(f"{COMPANY}reject/", approvals.reject, name="reject"),
    path(f"{COMPANY}erase/", approvals.erase, name="erase"),
    path(f"{COMPANY}sync/", companies.sync, name="sync"),
    path(f"{COMPANY}request-data/", requests.show, name="request-data"),
    path(f"{COMPANY}request-data/send/", requests.send, name="send-link"),
    path(f"{COMPANY}request-data/expect/", requests.expect, name="expect"),
    path(f"{COMPANY}request-data/revoke/", requests.revoke, name="revoke-link"),
    path(
        f"{COMPANY}request-data/stop-reminders/",
        requests.stop_reminders,
        name="stop-reminders",
    ),
    path(f"{COMPANY}request-data/any-domain/", requests.allow, name="any-domain"),
    path(
        f"{COMPANY}request-data/hand-overs/<uuid:handover_id>/end/",
        requests.end_handover,
        name="end-handover",
    ),
    path(f"{COMPANY}data/<slug:dataset>/", data.show, name="data"),
    path("settings/", integrations.home, name="settings"),
    path("settings/branding/", branding.show, name="branding"),
    path("settings/integrations/", integrations.categories, name="integrations"),
    path(ACCOUNTING, integrations.index, name="accounting"),
    path(SETTINGS, integrations.show, name="integration"),
    path(f"{SETTINGS}switch/", integrations.switch, name="switch"),
    path(f"{SETTINGS}disable/", integrations.disable, name="disable"),
    path("account/", account.show, name="account"),
    path("account/theme/", account.theme, name="theme"),
]
