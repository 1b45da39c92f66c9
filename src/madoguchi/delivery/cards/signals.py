"""What other rooms may hear of cards."""

from django.dispatch import Signal

# After an act, in its transaction, whether on one card or on many: act (its code), done (a `services.Done` for each card), actor.
# A receiver that raises undoes the act on all of them.
act_performed = Signal()
