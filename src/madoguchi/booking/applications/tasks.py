"""What the worker does for form bookings."""

from procrastinate.contrib.django import app

from madoguchi.booking.applications import services


@app.periodic(cron="23 * * * *")
@app.task(name="applications.forget", queueing_lock="applications.forget")
def forget_what_is_not_needed(timestamp: int) -> None:  # noqa: ARG001 every periodic task is told its time
    """Erase addresses and answers whose time is over."""
    services.forget_what_is_not_needed()
