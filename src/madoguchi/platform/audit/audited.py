"""What the operation log calls the looking at itself."""

from madoguchi.platform.audit.processes import Process, ProcessClass

LOG_VIEWED = Process("audit.viewed", "操作記録の閲覧", ProcessClass.VIEW)
