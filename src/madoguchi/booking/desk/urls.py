"""Addresses of the desk. Keys in them are our own row numbers, never a 予約用ID or a 予約番号."""

from django.urls import path

from madoguchi.booking.desk.views import board, bookings, calendars, displays, home, lists, proxy, settings

app_name = "desk"
urlpatterns = [
    path("", home.home, name="home"),
    path("bookings/", lists.booking_list, name="bookings"),
    path("bookings/export/", lists.export, name="export"),
    path("bookings/views/", lists.save, name="save-view"),
    path("bookings/views/<int:pk>/remove/", lists.remove, name="remove-view"),
    path("calendar/month/", calendars.month, name="month-calendar"),
    path("calendar/week/", calendars.week, name="week-calendar"),
    path("calendar/day/", calendars.day, name="day-calendar"),
    path("bookings/<uuid:pk>/", bookings.show, name="booking"),
    path("bookings/<uuid:pk>/cancel/", bookings.cancel, name="cancel"),
    path("board/", board.show, name="board"),
    path("board/live/", board.live, name="board-live"),
    path("board/counter/", board.set_counter, name="set-counter"),
    path("board/undo/", board.undo, name="undo"),
    path("board/walk-in/", board.walk_in, name="walk-in"),
    path("board/bookings/<uuid:pk>/mark/", board.mark, name="mark"),
    path("board/tickets/<int:pk>/", board.step, name="ticket-step"),
    path("board/tickets/<int:pk>/slip/", board.slip, name="slip"),
    path("displays/", displays.manage, name="displays"),
    path("displays/<int:pk>/code/", displays.renew, name="renew-display"),
    path("displays/<int:pk>/remove/", displays.remove, name="remove-display"),
    path("screen/", displays.screen, name="screen"),
    path("screen/live/", displays.screen_live, name="screen-live"),
    path("find/", proxy.find, name="find"),
    path("numbers/locked/", proxy.locked, name="locked"),
    path("numbers/<int:pk>/", proxy.number, name="number"),
    path("numbers/<int:pk>/book/", proxy.book, name="book"),
    path("numbers/<int:pk>/release/", proxy.release_number, name="release"),
    path("places/", settings.places, name="places"),
    path("places/new/", settings.place, name="new-place"),
    path("places/<int:pk>/", settings.place, name="place"),
    path("places/<int:place_pk>/rules/new/", settings.rule, name="new-rule"),
    path("places/<int:place_pk>/rules/<int:pk>/", settings.rule, name="rule"),
    path("places/<int:place_pk>/rules/<int:pk>/remove/", settings.remove_rule, name="remove-rule"),
    path("closures/", settings.closures, name="closures"),
    path("closures/<int:pk>/remove/", settings.remove_closure, name="remove-closure"),
    path("settings/", settings.settings_page, name="settings"),
]
