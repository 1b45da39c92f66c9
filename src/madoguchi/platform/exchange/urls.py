"""Addresses of the exchange, below the prefix that a zone gives it."""

from django.urls import path

from madoguchi.platform.exchange import media_views, views

app_name = "exchange"
urlpatterns = [
    path("export/", views.export_page, name="export"),
    path("import/", views.import_page, name="import"),
    path("import/held/<int:pk>/", views.held_page, name="held"),
    path("ledger/", views.ledger_page, name="ledger"),
    path("ledger/print/", media_views.print_ledger, name="print-ledger"),
    path("direct/", views.direct_page, name="direct"),
    path("direct/call/", views.call_now, name="call"),
    path("media/", media_views.media_page, name="media"),
    path("media/new/", media_views.new_medium, name="new-medium"),
    path("media/<int:pk>/", media_views.medium_page, name="medium"),
    path("media/<int:pk>/out/", media_views.take_out, name="take-out"),
    path("media/<int:pk>/dispose/", media_views.dispose, name="dispose"),
    path("media/trips/<int:pk>/<str:step>/", media_views.step, name="step"),
    path("rules/", media_views.rules_page, name="rules"),
    path("files/<int:pk>/release/", media_views.release, name="release"),
    path("files/<int:pk>/download/", views.download, name="download"),
    path("files/<int:pk>/withdraw/", views.withdraw_page, name="withdraw"),
]
