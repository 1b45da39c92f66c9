"""Processes of the filing in the operation log."""

from madoguchi.platform.audit.processes import Process, ProcessClass

SEARCH = Process("filing.search", "帳票の検索", ProcessClass.SEARCH)
LIST_DOCUMENTS = Process("filing.list.view", "帳票一覧の照会", ProcessClass.VIEW)
VIEW_DOCUMENT = Process("filing.document.view", "帳票の照会", ProcessClass.VIEW)
VIEW_IMAGE = Process("filing.image.view", "帳票画像の表示", ProcessClass.VIEW)
FILE_DOCUMENT = Process("filing.document.file", "帳票の登録", ProcessClass.IMPORT)
REFUSE_FILE = Process("filing.file.refuse", "帳票ファイルの受付拒否", ProcessClass.IMPORT)
CHANGE_DOCUMENT = Process("filing.document.change", "帳票のページ順・回転・索引の変更", ProcessClass.CHANGE)
MASK_PAGE = Process("filing.page.mask", "帳票画像の番号を伏せる", ProcessClass.CHANGE)
VIEW_UNMASKED = Process("filing.image.unmasked.reveal", "伏せる前の帳票画像の表示", ProcessClass.VIEW)
PRINT_COVERS = Process("filing.covers.print", "帳票表紙の印刷", ProcessClass.PRINT)
LOOK_AGAIN = Process("filing.document.look", "帳票画像の確認（二人目）", ProcessClass.APPROVE)
CLOSE_SHREDDING = Process("filing.shredding.close", "細断リストの締め", ProcessClass.APPROVE)
EXTRACT = Process("filing.extract", "帳票画像の抽出", ProcessClass.EXPORT)
PROPOSE_DISPOSAL = Process("filing.disposal.propose", "帳票の廃棄候補の作成", ProcessClass.CHANGE)
APPROVE_DISPOSAL = Process("filing.disposal.approve", "帳票の廃棄の承認", ProcessClass.APPROVE)
DISPOSE = Process("filing.disposal.carry-out", "帳票の廃棄", ProcessClass.CHANGE)
PRINT_CERTIFICATE = Process("filing.certificate.print", "帳票廃棄証明書の印刷", ProcessClass.PRINT)
SET_CLASS = Process("filing.class.set", "資料区分・保存年限の変更", ProcessClass.ADMINISTER)
CHANGE_SETTING = Process("filing.setting.change", "帳票の設定の変更", ProcessClass.ADMINISTER)
SET_UP = Process("filing.set-up", "帳票の資料区分の用意", ProcessClass.ADMINISTER)
