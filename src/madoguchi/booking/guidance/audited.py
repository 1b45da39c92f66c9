"""Processes of the guidance in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

RULE_SET = Process("guidance.set_rule", "持ち物案内の規則の登録", ProcessClass.CHANGE)
RULE_WITHDRAWN = Process("guidance.withdraw_rule", "持ち物案内の規則の取り下げ", ProcessClass.CHANGE)
