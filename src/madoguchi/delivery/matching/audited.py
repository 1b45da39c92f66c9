"""What the operation log calls the processes of matching."""

from madoguchi.platform.audit.processes import Process, ProcessClass

MATCHES_LISTED = Process("matching.list", "予約の突合一覧の表示", ProcessClass.VIEW)
