"""The log is examined by itself every night (S29)."""

from procrastinate.contrib.django import app

from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.oversight import services


@app.periodic(cron="25 4 * * *")
@app.task(name="oversight.examine", queueing_lock="oversight.examine")
def examine(timestamp: int) -> None:  # noqa: ARG001 every periodic task is told its time
    """Examine yesterday, and the days before that were missed."""
    services.examine_what_is_left(automatic("oversight"))
