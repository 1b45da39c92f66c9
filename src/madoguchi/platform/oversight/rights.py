"""Rights of the auditors' tools. Who is watched does not set the measure: the thresholds are the auditors' own (SF-02)."""

from madoguchi.platform.accounts.rights import Right

EXAMINE = Right("oversight.examine", "閲覧の集計と、ふだんと違う使い方の報告を見て、確かめる")
SET_THRESHOLDS = Right("oversight.thresholds", "ふだんと違う使い方のめやすを決める")
EXPORT_LOG = Right("oversight.export", "操作記録を署名付きで書き出す")
SEE_FACTS = Right("oversight.facts", "個人情報の取扱いの実態（評価書の資料）を見て、出力する")

ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {
    "auditor": (EXAMINE, SET_THRESHOLDS, EXPORT_LOG, SEE_FACTS),
    "chief": (SEE_FACTS,),
    "administrator": (SEE_FACTS,),
}
