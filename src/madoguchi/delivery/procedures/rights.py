"""Rights on visits without stock, and who starts with them."""

from collections.abc import Mapping

from madoguchi.platform.accounts.rights import Right

SERVE_PROCEDURES = Right("procedures.serve", "在庫のない手続きを受け付け、対応する")
SEE_PROCEDURE_FIGURES = Right("procedures.figures", "手続きの統計を見る")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "clerk": (SERVE_PROCEDURES, SEE_PROCEDURE_FIGURES),
    "chief": (SERVE_PROCEDURES, SEE_PROCEDURE_FIGURES),
    "auditor": (SEE_PROCEDURE_FIGURES,),
}
