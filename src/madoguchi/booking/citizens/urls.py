"""Addresses of the public pages. None of them carries a personal value."""

from django.urls import path

from madoguchi.booking.citizens.views import (
    about,
    accessibility,
    booking,
    entrance,
    finish,
    languages,
    manage,
    party,
    times,
    waiting,
)

app_name = "citizens"
urlpatterns = [
    path("", entrance.top, name="top"),
    path("language/", languages.choose, name="languages"),
    path("language/<slug:code>/", languages.change, name="choose-language"),
    path("help/", about.questions, name="help"),
    path("help/browsers/", about.browsers, name="browsers"),
    path("accessibility/", about.accessibility, name="accessibility"),
    path("sitemap/", about.sitemap, name="sitemap"),
    path("privacy/", entrance.privacy, name="privacy"),
    path("accessibility/results/", accessibility.results, name="accessibility-results"),
    path("calendar/", entrance.places, name="places"),
    path("calendar/<slug:place>/", entrance.month, name="month"),
    path("q", booking.from_letter, name="letter"),
    path("book/", booking.identify_to_book, name="identify"),
    path("book/place/", booking.choose_place, name="place"),
    path("book/party/", party.party, name="party"),
    path("book/party/leave-out/", party.leave_out, name="leave-out"),
    path("book/day/", times.choose_day, name="day"),
    path("book/time/", times.choose_time, name="time"),
    path("book/contact/", booking.give_contact, name="contact"),
    path("book/extend/", booking.extend, name="extend"),
    path("book/give-up/", booking.give_up, name="give-up"),
    path("book/check/", finish.check, name="check"),
    path("book/done/", finish.done, name="done"),
    path("book/yoyaku.ics", finish.calendar_file, name="calendar-file"),
    path("manage/", booking.identify_to_manage, name="manage"),
    path("manage/booking/", manage.show, name="booking"),
    path("manage/cancel/", manage.cancel, name="cancel"),
    path("manage/cancelled/", manage.cancelled, name="cancelled"),
    path("manage/change/", manage.change, name="change"),
    path("manage/undo/", manage.undo, name="undo"),
    path("waiting/", waiting.waiting, name="waiting"),
    path("waiting/take/", waiting.take, name="take-offer"),
    path("waiting/decline/", waiting.decline, name="decline-offer"),
    path("waiting/stop/", waiting.stop, name="stop-waiting"),
]
