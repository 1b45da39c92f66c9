"""Who acts: a member of staff, a citizen at the public site, an automatic job."""

import enum
from dataclasses import dataclass


class ActorKind(enum.StrEnum):
    """Employees, contractors and automatic runs are kept apart (seed 003 master management; SF-01)."""

    STAFF = "staff"
    CONTRACTOR = "contractor"
    AUTOMATIC = "automatic"
    CITIZEN = "citizen"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts, as the operation log names it (seed 003 (5): client, user id and name, section)."""

    kind: ActorKind
    user_id: str = ""
    user_name: str = ""
    section: str = ""
    client: str = ""
    session_ref: str = ""
    staff_pk: int | None = None
    # 今日の担当: the role chosen for today by who has several, the code of the place, and place and window in words.
    role: str = ""
    place: str = ""
    window: str = ""


def automatic(name: str) -> Actor:
    """Return the named automatic account `name`, e.g. the importer or the exchange."""
    return Actor(kind=ActorKind.AUTOMATIC, user_id=f"auto:{name}", user_name=f"自動処理({name})")


def anonymous(client: str) -> Actor:
    """Return somebody who has not signed in, known by the address of the client alone."""
    return Actor(kind=ActorKind.ANONYMOUS, client=client)
