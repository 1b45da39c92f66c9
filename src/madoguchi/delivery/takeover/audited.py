"""Processes of the take-over in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

READ_STOCK = Process("takeover.read", "移行の一覧の読み込み", ProcessClass.CHANGE)
TAKE_OVER = Process("takeover.apply", "移行の一覧の反映", ProcessClass.APPROVE)
SIGN_OFF = Process("takeover.sign_off", "移行の締め", ProcessClass.APPROVE)
PRINT_LABELS = Process("takeover.labels", "移行したカードのスリーブのラベルの印刷", ProcessClass.PRINT)
