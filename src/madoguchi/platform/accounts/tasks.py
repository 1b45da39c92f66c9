"""Regular work on sessions."""

from procrastinate.contrib.django import app

from madoguchi.platform.accounts.sessions import SessionStore


@app.periodic(cron="17 3 * * *")
@app.task
def forget_expired_sessions(timestamp: int) -> None:  # noqa: ARG001 procrastinate passes the planned time
    """Delete the rows of sessions that ended; nobody could use them any more."""
    SessionStore.clear_expired()
