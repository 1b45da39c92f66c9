"""Rights of matching, and who starts with them."""

from collections.abc import Mapping

from madoguchi.platform.accounts.rights import Right

MATCHES_VIEW = Right("matching.view", "予約の突合一覧を見る")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {"clerk": (MATCHES_VIEW,), "chief": (MATCHES_VIEW,), "operator": (MATCHES_VIEW,)}
