from django.apps import AppConfig


class QueuesConfig(AppConfig):
    name = "madoguchi.delivery.queues"
    label = "queues"

    def ready(self) -> None:
        """Hear of acts on cards: an act ends the charge of the card."""
        from madoguchi.delivery.cards.signals import act_performed
        from madoguchi.delivery.queues import charge

        act_performed.connect(charge.on_act, dispatch_uid="queues.charge")
