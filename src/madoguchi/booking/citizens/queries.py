"""Reads of the public pages that nobody else needs."""

from madoguchi.booking.reservations.models import Booking, Draft, State


def cancelled_in_this_visit(draft: Draft) -> Booking | None:
    """Return the booking that the person of `draft` cancelled since identifying, the newest. One statement."""
    found = Booking.objects.select_related("slot__place").filter(
        attendees__credential=draft.credential_id, state=State.CANCELLED, changed_at__gte=draft.created_at
    )
    return found.order_by("-changed_at").first()
