"""What the operation log calls the looking at itself."""

from madoguchi.platform.audit.processes import Process, ProcessClass

OUTPUTS_VIEWED = Process("audit.outputs.view", "出力の記録の閲覧", ProcessClass.VIEW)
LOG_VIEWED = Process("audit.viewed", "操作記録の閲覧", ProcessClass.VIEW)
