"""What the exchange writes into the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

FILE_ISSUED = Process("exchange.file.issue", "連携ファイルの作成", ProcessClass.EXPORT)
FILE_WRITTEN = Process("exchange.file.write", "連携ファイルの媒体への書き出し", ProcessClass.EXPORT)
FILE_WITHDRAWN = Process("exchange.file.withdraw", "連携ファイルの取り下げ", ProcessClass.CHANGE)
FILE_IMPORTED = Process("exchange.file.import", "連携ファイルの取り込み", ProcessClass.IMPORT)
KEY_ENROLLED = Process("exchange.key.enrol", "連携先の鍵の登録", ProcessClass.ADMINISTER)
