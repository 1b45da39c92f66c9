"""What the worker does for mail."""

from procrastinate.contrib.django import app

from madoguchi.booking.notices.services import drain_outbox


@app.periodic(cron="* * * * * */5")
@app.task(name="notices.drain_outbox", queueing_lock="notices.drain_outbox")
def send_mails(timestamp: int) -> None:  # noqa: ARG001 every periodic task is told its time
    """Send what is due, every five seconds."""
    drain_outbox()
