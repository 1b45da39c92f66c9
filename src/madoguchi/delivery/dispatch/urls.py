"""Addresses of letters."""

from django.urls import path

from madoguchi.delivery.dispatch import mail_views, text_views, views

app_name = "dispatch"
urlpatterns = [
    path("", views.list_page, name="list"),
    path("history/", mail_views.history_page, name="history"),
    path("text/", text_views.kinds_page, name="text"),
    path("text/version/<int:pk>/", text_views.version_page, name="version"),
    path("text/version/<int:pk>/approve/", text_views.approve, name="approve-text"),
    path("text/version/<int:pk>/reject/", text_views.reject, name="reject-text"),
    path("text/version/<int:pk>/sample/", text_views.version_sample, name="version-sample"),
    path("text/<slug:kind>/", text_views.words_page, name="words"),
    path("text/<slug:kind>/preview/", text_views.preview, name="preview"),
    path("text/<slug:kind>/preview.png", text_views.preview_picture, name="preview-picture"),
    path("text/<slug:kind>/sample/", text_views.sample_pdf, name="sample"),
    path("dispatches/", mail_views.dispatches_page, name="dispatches"),
    path("dispatches/export/", mail_views.export, name="export"),
    path("dispatches/<int:pk>/", mail_views.dispatch_page, name="dispatch"),
    path("slip/<slug:way>/<slug:day>/", mail_views.slip, name="slip"),
    path("protected/", mail_views.protected_page, name="protected"),
    path("protected/slip/<slug:way>/<slug:day>/", mail_views.protected_slip, name="protected-slip"),
    path("returns/", mail_views.returns_page, name="returns"),
    path("returns/<int:pk>/", mail_views.return_page, name="return"),
    path("cards/", mail_views.cards_page, name="cards"),
    path("cards/seal/", mail_views.seal_page, name="seal"),
    path("cards/<int:pk>/delivered/", mail_views.delivered, name="delivered"),
    path("address/<int:card_pk>/", mail_views.address_page, name="address"),
    path("address/<int:card_pk>/end/", mail_views.end_address, name="end-address"),
    path("<uuid:pk>/", views.batch_page, name="batch"),
    path("<uuid:pk>/pdf/", views.open_pdf, name="pdf"),
    path("<uuid:pk>/labels/", views.address_labels, name="labels"),
    path("<uuid:pk>/scan/", views.scan, name="scan"),
    path("<uuid:pk>/pull/", views.pull, name="pull"),
    path("<uuid:pk>/sent/", views.mark_sent, name="sent"),
    path("<uuid:pk>/pause/", views.pause, name="pause"),
    path("<uuid:pk>/resume/", views.resume, name="resume"),
    path("<uuid:pk>/give-up/", views.give_up, name="give-up"),
    path("<uuid:pk>/clear/", views.clear_stop, name="clear"),
]
