"""What the exchange writes into the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

FILE_ISSUED = Process("exchange.file.issue", "連携ファイルの作成", ProcessClass.EXPORT)
FILE_WRITTEN = Process("exchange.file.write", "連携ファイルの媒体への書き出し", ProcessClass.EXPORT)
FILE_WITHDRAWN = Process("exchange.file.withdraw", "連携ファイルの取り下げ", ProcessClass.CHANGE)
FILE_IMPORTED = Process("exchange.file.import", "連携ファイルの取り込み", ProcessClass.IMPORT)
KEY_ENROLLED = Process("exchange.key.enrol", "連携先の鍵の登録", ProcessClass.ADMINISTER)
FILE_RELEASED = Process("exchange.file.release", "連携ファイルの承認", ProcessClass.APPROVE)
MEDIUM_REGISTERED = Process("exchange.medium.register", "媒体の登録", ProcessClass.ADMINISTER)
MEDIUM_OUT = Process("exchange.medium.out", "媒体の持出し", ProcessClass.CHANGE)
MEDIUM_STEP = Process("exchange.medium.step", "媒体の読み込み・消去・返却の確認", ProcessClass.CHANGE)
MEDIUM_DISPOSED = Process("exchange.medium.dispose", "媒体の廃棄", ProcessClass.ADMINISTER)
RULES_CHANGED = Process("exchange.rules.change", "媒体の決まりの変更", ProcessClass.ADMINISTER)
LEDGER_PRINTED = Process("exchange.ledger.print", "媒体管理簿の印刷", ProcessClass.PRINT)
DIRECT_RUN = Process("exchange.direct.run", "直接連携の実行", ProcessClass.AUTOMATIC)
DIRECT_REFUSED = Process("exchange.direct.refuse", "直接連携の接続の拒否", ProcessClass.SIGN_IN)
CERTIFICATE = Process("exchange.direct.certificate", "直接連携の証明書", ProcessClass.ADMINISTER)
MASS_CHANGE_LET_IN = Process("exchange.file.let-in", "件数の多い連携ファイルの承認", ProcessClass.APPROVE)
