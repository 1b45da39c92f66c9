from django.apps import AppConfig


class HandoverConfig(AppConfig):
    name = "madoguchi.delivery.handover"
    label = "handover"

    def ready(self) -> None:
        """Hear of acts on cards that were done elsewhere."""
        from madoguchi.delivery.cards.signals import act_performed
        from madoguchi.delivery.handover import follow

        act_performed.connect(follow.on_act, dispatch_uid="handover.follow")
