"""Rights over the limits against abuse."""

from collections.abc import Mapping

from madoguchi.platform.accounts.rights import Right

SEE_LIMITS = Right("abuse.see", "受付の制限と不正の知らせの閲覧")
RELEASE_LIMITS = Right("abuse.release", "受付の制限の解除・共用ネットワークの登録")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "chief": (SEE_LIMITS, RELEASE_LIMITS),
    "administrator": (SEE_LIMITS, RELEASE_LIMITS),
    "auditor": (SEE_LIMITS,),
}
