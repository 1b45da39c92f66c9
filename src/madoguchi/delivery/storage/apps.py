from django.apps import AppConfig


class StorageConfig(AppConfig):
    name = "madoguchi.delivery.storage"
    label = "storage"
