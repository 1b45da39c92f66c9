"""What the worker does for the figures."""

from procrastinate.contrib.django import app

from madoguchi.booking.figures import services


@app.periodic(cron="50 5 * * *")
@app.task(name="figures.note_lead_times", queueing_lock="figures.note_lead_times")
def note_lead_times(timestamp: int) -> None:  # noqa: ARG001 every periodic task is told its time
    """Note how far the first free places lie, before the day begins."""
    services.note_lead_times()
