"""Processes of the disposal in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

PROPOSE = Process("disposal.propose", "廃棄の候補の作成", ProcessClass.CHANGE)
APPROVE = Process("disposal.approve", "廃棄の承認", ProcessClass.APPROVE)
GIVE_UP = Process("disposal.give_up", "廃棄の取りやめ", ProcessClass.CHANGE)
LEAVE_OUT = Process("disposal.leave_out", "廃棄からの除外", ProcessClass.CHANGE)
CARRY_OUT = Process("disposal.carry_out", "カードの廃棄", ProcessClass.CHANGE)
VIEW = Process("disposal.view", "廃棄の一覧の照会", ProcessClass.VIEW)
PRINT_CERTIFICATE = Process("disposal.certificate.print", "カード廃棄証明書の出力", ProcessClass.PRINT)
