"""The direct transport calls by itself while it is switched on (EX-05)."""

from contextlib import suppress

from procrastinate.contrib.django import app

from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange.direct import runs
from madoguchi.platform.verbs import Refusal


@app.periodic(cron="* * * * *")
@app.task(name="exchange.direct", queue="exchange")
def call(timestamp: int) -> None:  # noqa: ARG001 every periodic task is told its time
    """Call the other zone when it is time."""
    if runs.is_due():
        # Somebody's own run may be under way: the next minute asks again.
        with suppress(Refusal):
            runs.run(automatic("direct"))
