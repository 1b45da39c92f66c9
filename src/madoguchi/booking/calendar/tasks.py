"""What the worker does for the calendar."""

from procrastinate.contrib.django import app

from madoguchi.booking.calendar.generation import generate_horizon
from madoguchi.booking.calendar.holidays import provide_holidays
from madoguchi.booking.calendar.kinds import YEARS_AHEAD
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic


@app.periodic(cron="15 2 * * *")
@app.task(name="calendar.fill_horizon", queueing_lock="calendar.fill_horizon")
def fill_horizon(timestamp: int) -> None:  # noqa: ARG001 every periodic task is told its time
    """Keep the calendar filled up to the last day that may be booked, and the holidays known for longer than that."""
    this_year = clock.today().year
    provide_holidays(this_year, this_year + YEARS_AHEAD)
    generate_horizon(automatic("calendar"))
