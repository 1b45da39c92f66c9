"""What the worker does for mail."""

from procrastinate.contrib.django import app

from madoguchi.booking.notices import services


@app.periodic(cron="* * * * * */5")
@app.task(name="notices.drain_outbox", queueing_lock="notices.drain_outbox")
def send_mails(timestamp: int) -> None:  # noqa: ARG001 every periodic task is told its time
    """Send what is due, every five seconds."""
    services.drain_outbox()


@app.periodic(cron="*/5 * * * *")
@app.task(name="notices.remind", queueing_lock="notices.remind")
def owe_reminders(timestamp: int) -> None:  # noqa: ARG001
    """Owe the reminders that are due."""
    services.remind()


@app.periodic(cron="*/3 * * * *")
@app.task(name="notices.take_back", queueing_lock="notices.take_back")
def read_returned_mails(timestamp: int) -> None:  # noqa: ARG001
    """Read what has come back."""
    services.take_back()


@app.periodic(cron="23 * * * *")
@app.task(name="notices.forget_addresses", queueing_lock="notices.forget_addresses")
def forget_addresses(timestamp: int) -> None:  # noqa: ARG001
    """Delete addresses and links that serve nothing any more."""
    services.forget_addresses()
