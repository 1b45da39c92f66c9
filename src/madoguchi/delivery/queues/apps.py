from django.apps import AppConfig


class QueuesConfig(AppConfig):
    name = "madoguchi.delivery.queues"
    label = "queues"
