"""Reading the settings."""

from django.core.cache import cache

from madoguchi.booking.municipality.models import Municipality

CACHE_KEY = "municipality"
_SECONDS = 5


def current() -> Municipality:
    """Return the settings, at most a few seconds old: one statement, kept for five seconds per process.

    Decisions that must not be stale (a hold, a sign-in) read the row inside their own statement or call `fresh`.
    Raises Municipality.DoesNotExist before `madoguchi init`.
    """
    kept: Municipality | None = cache.get(CACHE_KEY)
    if kept is None:
        kept = fresh()
        cache.set(CACHE_KEY, kept, _SECONDS)
    return kept


def fresh() -> Municipality:
    """Return the settings as they stand in the database now."""
    return Municipality.objects.get(pk=Municipality.ONLY_ROW)
