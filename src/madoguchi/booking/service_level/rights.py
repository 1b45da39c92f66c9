"""Rights over the service level."""

from collections.abc import Mapping

from madoguchi.platform.accounts.rights import Right

SEE_SERVICE = Right("service_level.see", "サービス水準の閲覧")
SET_SERVICE = Right("service_level.set", "サービス水準の合意値と未達の記録")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "chief": (SEE_SERVICE,),
    "administrator": (SEE_SERVICE, SET_SERVICE),
    "auditor": (SEE_SERVICE,),
}
