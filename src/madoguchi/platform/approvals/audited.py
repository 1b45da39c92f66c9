"""What the operation log calls the acts of this app."""

from madoguchi.platform.audit.processes import Process, ProcessClass

REQUESTED = Process("approvals.requested", "承認の依頼", ProcessClass.CHANGE)
APPROVED = Process("approvals.approved", "承認", ProcessClass.APPROVE)
REJECTED = Process("approvals.rejected", "差戻し", ProcessClass.APPROVE)
WITHDRAWN = Process("approvals.withdrawn", "承認依頼の取下げ", ProcessClass.CHANGE)
WITNESSED = Process("approvals.witnessed", "二人目の確認", ProcessClass.APPROVE)
