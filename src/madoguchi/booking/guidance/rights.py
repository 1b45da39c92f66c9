"""Rights of the guidance, and which role starts with which (SF-02)."""

from collections.abc import Mapping

from madoguchi.platform.accounts.rights import Right

SEE_GUIDANCE = Right("guidance.see", "持ち物案内の照会")
SET_GUIDANCE = Right("guidance.set", "持ち物案内の規則の変更")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "clerk": (SEE_GUIDANCE,),
    "operator": (SEE_GUIDANCE,),
    "chief": (SEE_GUIDANCE, SET_GUIDANCE),
    "administrator": (SEE_GUIDANCE, SET_GUIDANCE),
    "auditor": (SEE_GUIDANCE,),
}
