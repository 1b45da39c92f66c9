"""What the worker does for the service level."""

import datetime as dt

from procrastinate.contrib.django import app

from madoguchi.booking.service_level import probing, services
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic


@app.periodic(cron="* * * * *")
@app.task(name="service_level.probe", queueing_lock="service_level.probe")
def probe(timestamp: int) -> None:  # noqa: ARG001 every periodic task is told its time
    """Ask whether the site answers."""
    probing.probe()


@app.periodic(cron="20 0 * * *")
@app.task(name="service_level.close_day", queueing_lock="service_level.close_day")
def close_day(timestamp: int) -> None:  # noqa: ARG001
    """Add yesterday up, and open cases for what was missed last month."""
    yesterday = clock.today() - dt.timedelta(days=1)
    services.close_day(yesterday)
    services.open_cases(automatic("service-level"), clock.today().replace(day=1) - dt.timedelta(days=1))
    services.forget()
