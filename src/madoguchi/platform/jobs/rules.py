"""How long work still takes, from the speed that was measured."""

import datetime as dt

# Before so long, and before so much of what was left is done, a speed says nothing that may be promised.
MEASURED_FOR = dt.timedelta(seconds=10)
MEASURED_PART = 20


def time_left(done: int, total: int | None, paced_done: int, measured: dt.timedelta) -> dt.timedelta | None:
    """Return how long the present phase still takes at the speed of `measured`, in which it came from `paced_done` to `done`.

    None while that cannot be told: no total, less than ten seconds measured, or less than a twentieth of the phase done.
    """
    if total is None or total <= done or measured < MEASURED_FOR:
        return None
    came = done - paced_done
    if came <= 0 or came * MEASURED_PART < total - paced_done:
        return None
    return measured * (total - done) / came


def minutes_left(left: dt.timedelta) -> int:
    """Return the time left in whole minutes, rounded up: who comes back then finds it done."""
    return -(-left // dt.timedelta(minutes=1))
