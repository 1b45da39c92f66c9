from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CardsConfig(AppConfig):
    name = "madoguchi.delivery.cards"
    label = "cards"

    def ready(self) -> None:
        """Let everything that is printed take the substitutes of the municipality's table, and hear what the rooms say of a card."""
        from madoguchi.delivery.cards.own_characters import substitutes
        from madoguchi.platform.documents.zone_fonts import take_substitutes_from

        take_substitutes_from(substitutes)
        autodiscover_modules("card_part")
