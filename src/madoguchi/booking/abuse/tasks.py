"""What the worker does for the limits."""

from procrastinate.contrib.django import app

from madoguchi.booking.abuse import services


@app.periodic(cron="9 * * * *")
@app.task(name="abuse.forget", queueing_lock="abuse.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 every periodic task is told its time
    """Delete counts, answered challenges and alarms that are over."""
    services.forget()
