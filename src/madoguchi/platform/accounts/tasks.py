"""Regular work on sessions."""

from procrastinate.contrib.django import app

from madoguchi.platform.accounts import kept_input, services
from madoguchi.platform.accounts.sessions import SessionStore


@app.periodic(cron="17 3 * * *")
@app.task
def forget_expired_sessions(timestamp: int) -> None:  # noqa: ARG001 procrastinate passes the planned time
    """Delete the rows of sessions that ended; nobody could use them any more."""
    SessionStore.clear_expired()


@app.periodic(cron="* * * * *")
@app.task
def forget_kept_input(timestamp: int) -> None:  # noqa: ARG001 procrastinate passes the planned time
    """Delete what was typed and kept for its half hour."""
    kept_input.forget_expired()


@app.periodic(cron="4 * * * *")
@app.task
def end_roles(timestamp: int) -> None:  # noqa: ARG001 procrastinate passes the planned time
    """Clear away the roles whose last day is over."""
    services.end_roles()
