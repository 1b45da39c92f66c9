"""Processes of mail in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

MAIL_SENT = Process("notices.mail.send", "予約メールの送信", ProcessClass.AUTOMATIC)
MAIL_RETURNED = Process("notices.mail.returned", "届かなかったメールの記録", ProcessClass.AUTOMATIC)
MAIL_SENT_AGAIN = Process("notices.mail.again", "メールの再送信", ProcessClass.CHANGE)
MESSAGE_OWED = Process("notices.message", "窓口からの連絡の送信", ProcessClass.CHANGE)
ADDRESS_PROVED = Process("notices.address.prove", "メールアドレスの確認", ProcessClass.CHANGE)
PROOF_ASKED = Process("notices.address.ask", "確認メールの再送", ProcessClass.CHANGE)
MAILS_STOPPED = Process("notices.address.stop", "メール配信の停止", ProcessClass.CHANGE)
MAILS_RESUMED = Process("notices.address.resume", "メール配信の再開", ProcessClass.CHANGE)
CALL_NOTED = Process("notices.address.called", "不達の電話連絡の記録", ProcessClass.CHANGE)
ADDRESSES_FORGOTTEN = Process("notices.address.forget", "メールアドレスの削除", ProcessClass.AUTOMATIC)
TEXT_SAVED = Process("notices.text.save", "メール文面の変更", ProcessClass.ADMINISTER)
TEST_SENT = Process("notices.text.test", "メールの試し送り", ProcessClass.ADMINISTER)
LOG_VIEWED = Process("notices.log.view", "メール送信記録の閲覧", ProcessClass.VIEW)
