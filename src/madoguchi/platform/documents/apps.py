from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "madoguchi.platform.documents"
    label = "documents"
