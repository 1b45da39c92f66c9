"""The core zone's domain: the way of a card from the list to the hand-over."""
