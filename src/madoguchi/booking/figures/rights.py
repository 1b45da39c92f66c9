"""Rights over the figures."""

from collections.abc import Mapping

from madoguchi.platform.accounts.rights import Right

SEE_FIGURES = Right("figures.see", "統計の閲覧・出力")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "chief": (SEE_FIGURES,),
    "administrator": (SEE_FIGURES,),
    "auditor": (SEE_FIGURES,),
}
