"""Addresses of storage."""

from django.urls import path

from madoguchi.delivery.storage import custody_views, stock_views, transfer_views, views

app_name = "storage"
urlpatterns = [
    path("", views.boxes_page, name="boxes"),
    path("boxes/<str:code>/label/", views.box_label, name="label"),
    path("boxes/<str:code>/slots/", views.slot_labels, name="slot-labels"),
    path("boxes/<str:code>/safe/", views.safe_labels, name="safe-labels"),
    path("boxes/new/", views.new_box, name="new-box"),
    path("put/", views.put_page, name="put"),
    path("pick-list/", views.pick_list_page, name="pick-list"),
    path("pick-list/<str:day>/take/", views.take_out, name="take"),
    path("transfers/", transfer_views.list_page, name="transfers"),
    path("transfers/lead-times/", transfer_views.lead_times, name="lead-times"),
    path("transfers/<str:code>/", transfer_views.transfer_page, name="transfer"),
    path("transfers/<str:code>/pack/", transfer_views.pack, name="pack"),
    path("transfers/<str:code>/unpack/<int:item>/", transfer_views.unpack, name="unpack"),
    path("transfers/<str:code>/slip/", transfer_views.slip, name="slip"),
    path("transfers/<str:code>/send/", transfer_views.send, name="send"),
    path("transfers/<str:code>/give-up/", transfer_views.give_up, name="give-up-transfer"),
    path("transfers/<str:code>/receive/", transfer_views.receive, name="receive"),
    path("transfers/<str:code>/close/", transfer_views.close, name="close-transfer"),
    path("stock/", stock_views.list_page, name="stock-takes"),
    path("stock/<int:pk>/", stock_views.scan_page, name="stock-take"),
    path("stock/<int:pk>/scan/", stock_views.scan, name="stock-scan"),
    path("stock/<int:pk>/counted/", stock_views.counted, name="stock-counted"),
    path("stock/<int:pk>/report/", stock_views.report_page, name="stock-report"),
    path("stock/<int:pk>/report/file/", stock_views.export, name="stock-export"),
    path("stock/<int:pk>/close/", stock_views.close, name="stock-close"),
    path("stock/<int:pk>/give-up/", stock_views.give_up, name="stock-give-up"),
    path("custody/<int:pk>/", custody_views.chain_page, name="custody"),
    path("custody/<int:pk>/undo/", custody_views.undo_move, name="undo-move"),
    path("at-counter/", custody_views.at_counter_page, name="at-counter"),
]
