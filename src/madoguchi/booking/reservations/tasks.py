"""What the worker does for bookings."""

from procrastinate.contrib.django import app

from madoguchi.booking.abuse import services as abuse
from madoguchi.booking.reservations import identification, services
from madoguchi.booking.reservations.models import Credential
from madoguchi.platform.audit.actors import automatic


@app.periodic(cron="*/1 * * * *")
@app.task(name="reservations.expire_holds", queueing_lock="reservations.expire_holds")
def expire_holds(timestamp: int) -> None:  # noqa: ARG001 every periodic task is told its time
    """Give back the holds whose time is up, and offer what has become free to those who wait."""
    services.expire_holds()
    services.offer_open_places()


@app.periodic(cron="7 * * * *")
@app.task(name="reservations.forget", queueing_lock="reservations.forget")
def forget_old_drafts(timestamp: int) -> None:  # noqa: ARG001
    """Delete what the public pages need no more."""
    identification.forget_old_drafts()


@app.periodic(cron="23 * * * *")
@app.task(name="reservations.renew_canaries", queueing_lock="reservations.renew_canaries")
def renew_canaries(timestamp: int) -> None:  # noqa: ARG001
    """Keep decoys among the booking numbers: one that has become real goes, new ones come as the roster grows."""
    abuse.renew_canaries(automatic("canaries"), set(Credential.objects.values_list("serial", flat=True)))
