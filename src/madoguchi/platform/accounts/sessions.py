"""Staff sessions in the database; the key is stored as a hash, so that a copy of the table opens no session (ASVS 5.0 V7)."""

import hashlib
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions

from madoguchi.platform import clock


def stored_key(session_key: str) -> str:
    """Return the form in which a session key is kept in the table."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(DatabaseSessions):
    """Django's database sessions with hashed keys."""

    def _get_session_from_db(self) -> Any:  # noqa: ANN401 Django's own type is private
        key = self.session_key
        row = self.model.objects.filter(session_key=stored_key(key), expire_date__gt=clock.now()).first() if key else None
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        return super().exists(stored_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:  # noqa: ANN401
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(stored_key(key))
