"""What other rooms may hear of a card."""

from django.dispatch import Signal

# After an act on one card, in its transaction: card, act (its code), reason, actor. A receiver that raises undoes the act.
act_performed = Signal()
