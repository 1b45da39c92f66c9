"""Addresses of the intake."""

from django.urls import path

from madoguchi.delivery.intake import difference_views, inspection_views, mapping_views, views

app_name = "intake"
urlpatterns = [
    path("lists/", views.lists, name="lists"),
    path("lists/<int:pk>/", views.batch_page, name="batch"),
    path("lists/<int:pk>/difference/<slug:kind>/", difference_views.difference, name="difference"),
    path("lists/<int:pk>/result.csv", difference_views.result, name="result"),
    path("lists/<int:pk>/approve/", views.approve, name="approve"),
    path("lists/<int:pk>/leave-out/", views.leave_out, name="leave-out"),
    path("lists/<int:pk>/discard/", views.discard, name="discard"),
    path("lists/<int:pk>/undo/", views.undo, name="undo"),
    path("mappings/", mapping_views.mappings, name="mappings"),
    path("mappings/new/", mapping_views.new_mapping, name="new-mapping"),
    path("mappings/<int:pk>/", mapping_views.mapping_page, name="mapping"),
    path("mappings/<int:pk>/try/", mapping_views.try_mapping, name="try-mapping"),
    path("mappings/<int:pk>/hand-in/", mapping_views.hand_in, name="hand-in"),
    path("arrivals/", views.arrivals, name="arrivals"),
    path("arrivals/<int:pk>/", views.arrival_page, name="arrival"),
    path("arrivals/<int:pk>/scan/", views.scan, name="scan"),
    path("arrivals/<int:pk>/list/", views.scanned_list, name="scanned-list"),
    path("arrivals/<int:pk>/labels/", views.labels, name="labels"),
    path("arrivals/<int:pk>/inspect/", views.inspect, name="inspect"),
    path("arrivals/<int:pk>/inspection/", inspection_views.inspection, name="inspection"),
    path("arrivals/<int:pk>/inspection/<int:card>/done/", inspection_views.inspected, name="inspected"),
    path("arrivals/<int:pk>/inspection/<int:card>/fault/", inspection_views.fault, name="fault"),
    path("arrivals/<int:pk>/correct/", views.correct, name="correct"),
    path("arrivals/<int:pk>/close/", views.close, name="close"),
    path("presets/", views.presets, name="presets"),
]
