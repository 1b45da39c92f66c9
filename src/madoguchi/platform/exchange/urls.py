"""Addresses of the exchange, below the prefix that a zone gives it."""

from django.urls import path

from madoguchi.platform.exchange import views

app_name = "exchange"
urlpatterns = [
    path("export/", views.export_page, name="export"),
    path("import/", views.import_page, name="import"),
    path("ledger/", views.ledger_page, name="ledger"),
    path("files/<int:pk>/download/", views.download, name="download"),
    path("files/<int:pk>/withdraw/", views.withdraw_page, name="withdraw"),
]
