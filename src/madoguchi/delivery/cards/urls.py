"""Addresses of the register."""

from django.urls import path

from madoguchi.delivery.cards import item_views, office_views, views

app_name = "cards"
urlpatterns = [
    path("cards/progress/", views.home, name="home"),
    path("cards/", views.list_page, name="list"),
    path("cards/find/", views.find, name="find"),
    path("cards/items/", item_views.chosen, name="chosen"),
    path("cards/words/", item_views.words, name="words"),
    path("cards/<int:pk>/notes/", item_views.notes, name="notes"),
    path("cards/<int:pk>/notes/<int:comment_pk>/strike/", item_views.strike, name="strike"),
    path("cards/<int:pk>/items/", item_views.edit, name="edit"),
    path("cards/<int:pk>/", views.card_page, name="card"),
    path("cards/<int:pk>/reveal/", views.reveal, name="reveal"),
    path("cards/<int:pk>/hold/", views.set_hold, name="hold"),
    path("cards/<int:pk>/hold/<int:hold_pk>/release/", views.release_hold, name="release"),
    path("cards/<int:pk>/acts/<slug:code>/", views.act, name="act"),
    path("cards/<int:pk>/reissue/", views.reissue, name="reissue"),
    path("settings/", office_views.settings_page, name="settings"),
    path("places/", office_views.places_page, name="places"),
    path("places/<int:pk>/", office_views.place_page, name="place"),
]
