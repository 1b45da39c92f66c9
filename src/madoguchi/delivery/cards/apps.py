from django.apps import AppConfig


class CardsConfig(AppConfig):
    name = "madoguchi.delivery.cards"
    label = "cards"

    def ready(self) -> None:
        """Let everything that is printed take the substitutes of the municipality's table."""
        from madoguchi.delivery.cards.own_characters import substitutes
        from madoguchi.platform.documents.zone_fonts import take_substitutes_from

        take_substitutes_from(substitutes)
