"""Who of the demo's staff acts: the same accounts in both zones."""

from madoguchi.platform.accounts.access import actor_for
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor


def account(user_id: str) -> Staff:
    """Return one of the demo's accounts."""
    found: Staff = Staff.objects.select_related("section").get(user_id=user_id)
    return found


def acting(user_id: str) -> Actor:
    """Return one of the demo's accounts as the one who acts."""
    return actor_for(account(user_id))
