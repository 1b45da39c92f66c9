"""Addresses of the filing. None of them carries a personal value."""

from django.urls import path

from madoguchi.delivery.filing.views import classes, documents, folder, masks, records

app_name = "filing"
urlpatterns = [
    path("", documents.list_page, name="list"),
    path("search/", documents.search_page, name="search"),
    path("find/", documents.find, name="find"),
    path("cards/<int:pk>/", documents.card_page, name="card"),
    path("cards/<int:pk>/covers/", documents.covers, name="covers"),
    path("<int:pk>/", documents.document_page, name="document"),
    path("<int:pk>/class/", documents.change_class, name="change-class"),
    path("<int:pk>/look/", records.look_again, name="look"),
    path("folder/", folder.incoming, name="incoming"),
    path("folder/look/", folder.look_now, name="look-now"),
    path("folder/<int:pk>/", folder.assign, name="assign"),
    path("folder/<int:pk>/preview/", folder.preview, name="preview"),
    path("folder/<int:pk>/retry/", folder.retry, name="retry"),
    path("shredding/", records.shredding_page, name="shredding"),
    path("shredding/<int:pk>/close/", records.close_shredding, name="close-shredding"),
    path("extract/", records.extract_page, name="extract"),
    path("disposals/", records.disposals_page, name="disposals"),
    path("disposals/<int:pk>/", records.disposal_page, name="disposal"),
    path("disposals/<int:pk>/certificate/", records.certificate, name="certificate"),
    path("classes/", classes.classes_page, name="classes"),
    path("classes/new/", classes.new_class, name="new-class"),
    path("classes/<int:pk>/", classes.class_page, name="class"),
    path("classes/<int:pk>/period/", classes.set_period, name="set-period"),
    path("pages/<int:pk>/image/", documents.image, name="image"),
    path("pages/<int:pk>/thumb/", documents.thumb, name="thumb"),
    path("pages/<int:pk>/mask/", masks.mask_page, name="mask"),
    path("pages/<int:pk>/mask/picture/", masks.trial_picture, name="mask-picture"),
    path("pages/<int:pk>/unmasked/", masks.unmasked, name="unmasked"),
    path("pages/<int:pk>/turn/", documents.turn, name="turn"),
    path("pages/<int:pk>/move/", documents.move, name="move"),
]
