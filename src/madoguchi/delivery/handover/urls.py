"""Addresses of the counter."""

from django.urls import path

from madoguchi.delivery.handover import paper_rule_views, sealed_views, views

app_name = "handover"
urlpatterns = [
    path("", views.board, name="board"),
    path("receive/", views.receive_page, name="receive"),
    path("papers/", paper_rule_views.paper_rules, name="paper-rules"),
    path("sealed/", sealed_views.register, name="sealed"),
    path("sealed/<int:pk>/", sealed_views.paper_page, name="sealed-paper"),
    path("<int:pk>/", views.encounter_page, name="encounter"),
    path("<int:pk>/sleeve/", views.sleeve, name="sleeve"),
    path("<int:pk>/notice/", views.notice, name="notice"),
    path("<int:pk>/without-notice/", views.without_notice, name="without-notice"),
    path("<int:pk>/documents/", views.documents, name="documents"),
    path("<int:pk>/fee/", views.fee, name="fee"),
    path("<int:pk>/deliver/", views.deliver, name="deliver"),
    path("<int:pk>/case/", views.case, name="case"),
    path("<int:pk>/interrupt/", views.interrupt, name="interrupt"),
    path("<int:pk>/resume/", views.resume, name="resume"),
    path("<int:pk>/keep/", views.keep, name="keep"),
    path("<int:pk>/refuse/", views.refuse_page, name="refuse"),
]
