"""Processes of mail in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

MAIL_SENT = Process("notices.mail.send", "予約メールの送信", ProcessClass.AUTOMATIC)
