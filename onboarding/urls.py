"""The addresses of the Link face."""

from django.urls import path

from onboarding import (
    about,
    brand,
    code,
    goodbye,
    handover,
    helping,
    reminders,
    views,
    watch,
)

app_name = "onboarding"
urlpatterns = [
    path("l/<str:token>/", views.open_link, name="open"),
    path("link/code/", code.code, name="code"),
    path("link/code/send/", code.send_code, name="send-code"),
    path("link/carry-on/", views.carry_on, name="carry-on"),
    path("link/email-me/", views.email_me, name="email-me"),
    path("link/help/", about.help_page, name="help"),
    path("link/privacy/", about.privacy, name="privacy"),
    path("link/accessibility/", about.accessibility, name="accessibility"),
    path("link/permissions/list/", about.permission_list, name="permission-list"),
    path("link/permissions/without/", views.continue_without, name="continue-without"),
    path("link/permissions/finish/", views.finish, name="finish"),
    path("link/permissions/check/", views.check_again, name="check-again"),
    path("link/permissions/watch/", views.watch, name="watch"),
    path("link/linked/progress/", views.progress, name="progress"),
    path("link/disconnect/", goodbye.disconnect, name="disconnect"),
    path("link/disconnected/", goodbye.disconnected, name="disconnected"),
    path("link/brand/<str:name>.css", brand.accent, name="accent"),
    path("link/brand/<str:name>", brand.logo, name="logo"),
    path("link/reminders/<str:token>/", reminders.stop, name="reminders"),
    path("link/<slug:slug>/look/", watch.look, name="look"),
    path("link/colleague/", handover.colleague, name="colleague"),
    path("link/<slug:slug>/handed/", handover.handed, name="handed"),
    path("link/hand-over/", views.agree_and_hand_over, name="agree-and-hand-over"),
    path("link/hand-over/<slug:slug>/", handover.hand_over, name="hand-over"),
    path("link/hand-over/<slug:slug>/again/", handover.send_again, name="send-again"),
    path("link/hand-over/<slug:slug>/back/", handover.take_back, name="take-back"),
    path("link/for-you/", helping.done, name="for-you-done"),
    path("link/for-you/<slug:slug>/", helping.step, name="for-you"),
    path("link/for-you/<slug:slug>/look/", watch.look_for_you, name="for-you-look"),
    path("link/<slug:slug>/", views.step, name="step"),
]
