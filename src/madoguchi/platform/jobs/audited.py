"""What the operation log calls the acts of this app."""

from madoguchi.platform.audit.processes import Process, ProcessClass

STARTED = Process("jobs.started", "時間のかかる処理の開始", ProcessClass.CHANGE)
ENDED = Process("jobs.ended", "時間のかかる処理の終了", ProcessClass.AUTOMATIC)
CANCEL_ASKED = Process("jobs.cancel-asked", "時間のかかる処理の中止の指示", ProcessClass.CHANGE)
