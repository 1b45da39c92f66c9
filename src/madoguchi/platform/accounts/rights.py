"""Rights: the functions of a zone that can be granted one by one (seed 000 (5)ア(エ), SF-02).

An app names its rights as constants in its own `rights.py`; a zone lists them and the roles that bundle them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Right:
    """One function that staff may or may not use. `name` is what administrators read."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """A bundle of rights that a municipality starts with; it may change its copy in the database."""

    code: str
    name: str
    rights: tuple[Right, ...]


ACCOUNTS_MANAGE = Right("accounts.manage", "利用者の登録・停止、役割の付与の申請")
# Apart from ACCOUNTS_MANAGE: whoever asks for a right is never the one who grants it (SF-02).
ACCOUNTS_APPROVE = Right("accounts.approve", "役割の付与・取消しの承認")
# Heads and administrators review each other's rights; nobody reviews their own.
RIGHTS_REVIEW = Right("accounts.review", "権限の棚卸を行う")
RIGHTS_REVIEW_SEE = Right("accounts.review-see", "権限の棚卸を見る")
AUDIT_VIEW = Right("audit.view", "操作記録の閲覧")
OUTPUTS_SEE = Right("audit.outputs", "出力の記録の閲覧(出力センター)")

# What the starting roles get of this app; every app's `rights.py` has such a table, and the zone puts them together.
ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {
    "administrator": (ACCOUNTS_MANAGE, ACCOUNTS_APPROVE, RIGHTS_REVIEW),
    "chief": (ACCOUNTS_APPROVE, RIGHTS_REVIEW, OUTPUTS_SEE),
    "auditor": (AUDIT_VIEW, RIGHTS_REVIEW_SEE, OUTPUTS_SEE),
}
