"""Addresses of the forms' pages. None of them carries a personal value."""

from django.urls import path

from madoguchi.booking.applications.views import applying, manage, waiting

app_name = "applications"
urlpatterns = [
    path("for/<slug:kind>/", applying.choose_place, name="place"),
    path("for/<slug:kind>/at/<slug:place>/", applying.choose_day, name="day"),
    path("for/<slug:kind>/at/<slug:place>/time/", applying.choose_time, name="time"),
    path("for/<slug:kind>/wait/", waiting.register, name="wait"),
    path("wait/", waiting.show, name="wish"),
    path("wait/take/", waiting.take, name="take-offer"),
    path("wait/decline/", waiting.decline, name="decline-offer"),
    path("wait/stop/", waiting.stop, name="stop-waiting"),
    path("form/", applying.fill_in, name="form"),
    path("check/", applying.check, name="check"),
    path("done/", applying.done, name="done"),
    path("manage/", manage.identify, name="manage"),
    path("manage/booking/", manage.show, name="booking"),
    path("manage/yoyaku.ics", manage.calendar_file, name="calendar-file"),
    path("manage/move/", manage.choose_day, name="move"),
    path("manage/move/place/", manage.choose_place, name="move-place"),
    path("manage/move/time/", manage.choose_time, name="move-time"),
    path("manage/cancel/", manage.cancel, name="cancel"),
    path("manage/address/", manage.set_address, name="address"),
    path("manage/mail/", manage.ask_for_proof, name="ask-for-proof"),
    path("manage/undo/", manage.undo, name="undo"),
]
