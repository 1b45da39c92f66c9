"""Rights on reports: numbers name nobody; the list behind a number needs the right to see cards as well."""

from madoguchi.platform.accounts.rights import Right

SEE_REPORTS = Right("reports.see", "交付の統計を見る")

ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {
    "clerk": (SEE_REPORTS,),
    "chief": (SEE_REPORTS,),
    "administrator": (SEE_REPORTS,),
    "auditor": (SEE_REPORTS,),
}
