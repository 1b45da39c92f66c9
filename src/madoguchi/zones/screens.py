"""The codes of the pages of staff in both zones: one table, code ↔ address (S34).

A code is told over the telephone: its letter says the room, and letters that sound alike in Japanese (B D E G P V, N beside M) or look like
figures (I, O) are not used. A code is never given to another page: a page that goes away leaves its code in `RETIRED`, a new page takes the
next number of its letter. `python -m madoguchi.zones.screens > docs/manual/30-gamen-bango.md` writes the chapter of the manual.
"""

import sys

from django.utils.translation import gettext_lazy as _

from madoguchi.platform.ui.screens import Room, Screen

RETIRED: frozenset[str] = frozenset()

ROOMS: tuple[Room, ...] = (
    Room(
        "A",
        _("利用者とログイン"),
        (
            Screen("A1", "accounts:sign-in", _("ログイン")),
            Screen("A2", "accounts:confirm-code", _("確認コードの入力")),
            Screen("A3", "accounts:enrol", _("認証アプリの登録")),
            Screen("A4", "accounts:preferences", _("個人の設定")),
            Screen("A5", "accounts:duty", _("今日の担当")),
            Screen("A6", "accounts:lock-time", _("画面ロックの時間")),
            Screen("A7", "accounts:password", _("パスワードの変更")),
            Screen("A8", "accounts:list", _("利用者の一覧")),
            Screen("A9", "accounts:roles", _("役割と権限の表")),
            Screen("A10", "accounts:create", _("利用者の登録")),
            Screen("A11", "accounts:reviews", _("権限の棚卸")),
            Screen("A12", "accounts:review", _("権限の棚卸の内容")),
            Screen("A13", "accounts:account", _("利用者")),
            Screen("A14", "accounts:screens", _("画面の一覧")),
            Screen("A15", "accounts:training-site", _("研修環境のアドレス")),
            Screen("A16", "accounts:keys", _("認証器")),
            Screen("A17", "accounts:practice", _("練習")),
            Screen("A18", "accounts:own-role", _("自分の市区町村の役割")),
        ),
    ),
    Room(
        "C",
        _("カード"),
        (
            Screen("C1", "queues:home", _("交付管理")),
            Screen("C2", "queues:list", _("作業一覧")),
            Screen("C3", "queues:columns", _("列の選択")),
            Screen("C4", "queues:bulks", _("まとめての操作の記録")),
            Screen("C5", "queues:bulk", _("まとめての操作")),
            Screen("C6", "cards:home", _("進捗と段階")),
            Screen("C7", "cards:list", _("カード一覧")),
            Screen("C8", "cards:find", _("番号で探す")),
            Screen("C9", "cards:chosen", _("項目で絞る")),
            Screen("C10", "cards:words", _("コード表")),
            Screen("C11", "cards:notes", _("経過記録")),
            Screen("C12", "cards:edit", _("カードの項目を直す")),
            Screen("C13", "cards:card", _("カード")),
            Screen("C14", "cards:act", _("カードの操作")),
            Screen("C15", "cards:reissue", _("再発行依頼")),
            Screen("C16", "cards:settings", _("交付管理の設定")),
            Screen("C17", "cards:places", _("交付場所")),
            Screen("C18", "cards:place", _("交付場所の変更")),
            Screen("C19", "characters:table", _("外字")),
            Screen("C20", "characters:import", _("外字の表の取り込み")),
            Screen("C21", "characters:font-page", _("外字フォント")),
            Screen("C22", "characters:unknown", _("字形の分からない外字のあるカード")),
            Screen("C23", "characters:character", _("外字の履歴")),
            Screen("C24", "search:people", _("カードを探す")),
            Screen("C25", "search:trace", _("検索語で調べる")),
            Screen("C26", "printers:list", _("プリンター")),
            Screen("C27", "printers:new", _("プリンターの登録")),
            Screen("C28", "printers:printer", _("プリンターの調整")),
            Screen("C29", "scanning:formats", _("読取コードの形")),
            Screen("C30", "scanning:new-format", _("読取コードの形の登録")),
            Screen("C31", "scanning:format", _("読取コードの形の変更")),
        ),
    ),
    Room(
        "F",
        _("手数料"),
        (
            Screen("F1", "fees:home", _("手数料")),
            Screen("F2", "fees:drawers", _("つり銭箱の登録")),
            Screen("F3", "fees:table", _("手数料表")),
            Screen("F4", "fees:report", _("手数料日計表")),
            Screen("F5", "fees:drawer-day", _("つり銭箱の日計")),
            Screen("F6", "fees:entry", _("手数料の記録")),
        ),
    ),
    Room(
        "H",
        _("保管"),
        (
            Screen("H1", "storage:boxes", _("保管")),
            Screen("H2", "storage:new-box", _("保管箱の登録")),
            Screen("H3", "storage:put", _("カードを棚に置く")),
            Screen("H4", "storage:pick-list", _("前日準備 取り出し一覧")),
            Screen("H5", "storage:transfers", _("移送")),
            Screen("H6", "storage:lead-times", _("移送の日数")),
            Screen("H7", "storage:transfer", _("移送の袋")),
            Screen("H8", "storage:stock-takes", _("棚卸")),
            Screen("H9", "storage:stock-take", _("棚卸で数える")),
            Screen("H10", "storage:stock-report", _("棚卸の差異")),
            Screen("H11", "storage:custody", _("保管の経過")),
            Screen("H12", "storage:at-counter", _("窓口に出ているカード")),
        ),
    ),
    Room(
        "J",
        _("申請"),
        (
            Screen("J1", "received:list", _("申請予約の一覧")),
            Screen("J2", "received:search", _("申請予約を探す")),
            Screen("J3", "received:application", _("申請予約")),
            Screen("J4", "registration:list", _("申請受付の一覧")),
            Screen("J5", "registration:new", _("申請の受付")),
            Screen("J6", "registration:settings", _("申請受付の設定")),
            Screen("J7", "registration:from-application", _("申請予約からの受付")),
            Screen("J8", "registration:registration", _("受け付けた申請")),
            Screen("J9", "registration:venues", _("出張申請の会場")),
            Screen("J10", "registration:venue", _("出張申請の一覧")),
        ),
    ),
    Room(
        "K",
        _("承認、処理、記録"),
        (
            Screen("K1", "audit:log", _("操作記録")),
            Screen("K2", "audit:outputs", _("出力センター")),
            Screen("K3", "approvals:list", _("承認待ち")),
            Screen("K4", "approvals:approval", _("承認の依頼")),
            Screen("K5", "jobs:list", _("処理の一覧")),
            Screen("K6", "jobs:job", _("処理の状況")),
            Screen("K7", "condition:show", _("システムの状態")),
            Screen("K8", "oversight:findings", _("閲覧の点検")),
            Screen("K9", "oversight:finding", _("ふだんと違う使い方")),
            Screen("K10", "oversight:use", _("閲覧の集計")),
            Screen("K11", "oversight:thresholds", _("点検のめやす")),
            Screen("K12", "oversight:exports", _("操作記録の書き出し")),
            Screen("K13", "oversight:check", _("書き出しの検証")),
            Screen("K14", "oversight:facts", _("評価書の資料")),
        ),
    ),
    Room(
        "L",
        _("帳票"),
        (
            Screen("L1", "filing:list", _("帳票")),
            Screen("L2", "filing:search", _("帳票を探す")),
            Screen("L3", "filing:find", _("帳票を番号で開く")),
            Screen("L4", "filing:card", _("カードの帳票")),
            Screen("L5", "filing:document", _("帳票の画像")),
            Screen("L6", "filing:incoming", _("帳票の共有フォルダー")),
            Screen("L7", "filing:assign", _("表紙のない帳票")),
            Screen("L8", "filing:shredding", _("原本と細断リスト")),
            Screen("L9", "filing:extract", _("帳票の抽出")),
            Screen("L10", "filing:disposals", _("帳票の廃棄")),
            Screen("L11", "filing:disposal", _("帳票の廃棄の内容")),
            Screen("L12", "filing:classes", _("資料区分と保存年限")),
            Screen("L13", "filing:new-class", _("資料区分の登録")),
            Screen("L14", "filing:class", _("資料区分")),
            Screen("L15", "filing:mask", _("番号を伏せる")),
        ),
    ),
    Room(
        "M",
        _("窓口"),
        (
            Screen("M1", "handover:board", _("本日の窓口")),
            Screen("M2", "handover:receive", _("来庁の受付")),
            Screen("M3", "handover:paper-rules", _("書類の規則")),
            Screen("M4", "handover:sealed", _("封をした書面の台帳")),
            Screen("M5", "handover:sealed-paper", _("封をした書面")),
            Screen("M6", "handover:encounter", _("窓口対応")),
            Screen("M7", "procedures:board", _("在庫のない手続き")),
            Screen("M8", "procedures:figures", _("手続きの統計")),
            Screen("M9", "procedures:visit", _("手続きの対応")),
        ),
    ),
    Room(
        "Q",
        _("質問、案内、文面"),
        (
            Screen("Q1", "guidance:look", _("持ち物案内")),
            Screen("Q2", "guidance:rules", _("持ち物案内の規則")),
            Screen("Q3", "guidance:new-rule", _("市区町村だけの持ち物の登録")),
            Screen("Q4", "guidance:rule", _("持ち物案内の規則の変更")),
            Screen("Q5", "forms:list", _("申請フォームの質問")),
            Screen("Q6", "forms:kind", _("予約区分の質問")),
            Screen("Q7", "forms:new-question", _("質問の追加")),
            Screen("Q8", "forms:question", _("加えた質問の内容")),
            Screen("Q9", "forms:locked", _("停止中の申請予約")),
            Screen("Q10", "notices:log", _("メールの送信記録")),
            Screen("Q11", "notices:calls", _("メールが届かない予約")),
            Screen("Q12", "notices:texts", _("メールの文面")),
            Screen("Q13", "notices:text", _("メールの文面の内容")),
        ),
    ),
    Room(
        "R",
        _("読取"),
        (
            Screen("R1", "scanning:desk", _("読取")),
            Screen("R2", "scanning:sound", _("音と読取機")),
        ),
    ),
    Room(
        "S",
        _("統計、計画、制限"),
        (
            Screen("S1", "abuse:limits", _("受付の制限")),
            Screen("S2", "abuse:release", _("受付の制限の解除"), is_chosen=True),
            Screen("S3", "service_level:overview", _("サービス水準")),
            Screen("S4", "service_level:agreement", _("合意値の設定")),
            Screen("S5", "service_level:case", _("未達の記録")),
            Screen("S6", "figures:overview", _("統計")),
            Screen("S7", "reports:overview", _("交付の統計")),
            Screen("S8", "reports:behind", _("統計の元になったカード"), is_chosen=True),
            Screen("S9", "reports:cohort", _("通知した人のカード")),
            Screen("S10", "planning:overview", _("窓口の計画")),
            Screen("S11", "planning:new", _("案の試算")),
            Screen("S12", "planning:proposal", _("試算の結果")),
        ),
    ),
    Room(
        "T",
        _("通知"),
        (
            Screen("T1", "dispatch:list", _("通知")),
            Screen("T2", "dispatch:history", _("発送の履歴")),
            Screen("T3", "dispatch:text", _("通知の文面")),
            Screen("T4", "dispatch:version", _("文面の版")),
            Screen("T5", "dispatch:words", _("通知の文面の内容")),
            Screen("T6", "dispatch:dispatches", _("発送管理")),
            Screen("T7", "dispatch:dispatch", _("発送の記録")),
            Screen("T8", "dispatch:protected", _("支援措置の人の郵便物")),
            Screen("T9", "dispatch:returns", _("返戻")),
            Screen("T10", "dispatch:return", _("返戻の理由")),
            Screen("T11", "dispatch:cards", _("カードの郵送")),
            Screen("T12", "dispatch:seal", _("封緘")),
            Screen("T13", "dispatch:address", _("別の送付先")),
            Screen("T14", "dispatch:batch", _("印刷分")),
        ),
    ),
    Room(
        "U",
        _("受入"),
        (
            Screen("U1", "intake:lists", _("カード発行一覧")),
            Screen("U2", "intake:batch", _("取り込みの結果")),
            Screen("U3", "intake:mappings", _("一覧の対応付け")),
            Screen("U4", "intake:new-mapping", _("対応付けを作る")),
            Screen("U5", "intake:mapping", _("対応付け")),
            Screen("U6", "intake:arrivals", _("受入と検品")),
            Screen("U7", "intake:arrival", _("受入")),
            Screen("U8", "intake:inspection", _("続けて検品する")),
            Screen("U9", "intake:presets", _("交付前設定の結果")),
            Screen("U10", "intake:difference", _("取り込みで変わるカード")),
        ),
    ),
    Room(
        "W",
        _("枠と設定"),
        (
            Screen("W1", "desk:places", _("交付場所")),
            Screen("W2", "desk:new-place", _("交付場所の登録")),
            Screen("W3", "desk:place", _("交付場所の内容と開所規則")),
            Screen("W4", "desk:new-rule", _("開所規則の登録")),
            Screen("W5", "desk:rule", _("開所規則の変更")),
            Screen("W6", "desk:new-exception", _("臨時の開所の登録")),
            Screen("W7", "desk:exception", _("臨時の開所の変更")),
            Screen("W8", "desk:closures", _("休止日")),
            Screen("W9", "desk:holidays", _("祝日・全国システム停止日")),
            Screen("W10", "desk:holiday", _("祝日などの変更")),
            Screen("W11", "desk:calendar-history", _("枠と日程の変更履歴")),
            Screen("W12", "desk:kinds", _("予約区分と予約表")),
            Screen("W13", "desk:new-kind", _("予約区分の登録")),
            Screen("W14", "desk:kind", _("予約区分の内容")),
            Screen("W15", "desk:new-quota", _("1日の枠数の上限の登録")),
            Screen("W16", "desk:quota", _("1日の枠数の上限の変更")),
            Screen("W17", "desk:new-schedule", _("予約表の登録")),
            Screen("W18", "desk:schedule", _("予約表の変更")),
            Screen("W19", "desk:own-words", _("言葉と訳")),
            Screen("W20", "desk:own-word", _("言葉の訳を書く")),
            Screen("W21", "desk:settings", _("市区町村の設定")),
        ),
    ),
    Room(
        "X",
        _("連携"),
        (
            Screen("X1", "exchange:export", _("連携ファイルの書き出し")),
            Screen("X2", "exchange:import", _("連携ファイルの取り込み")),
            Screen("X3", "exchange:held", _("件数が多すぎるため止めたファイル")),
            Screen("X4", "exchange:ledger", _("媒体管理簿")),
            Screen("X5", "exchange:direct", _("直接連携")),
            Screen("X6", "exchange:media", _("媒体")),
            Screen("X7", "exchange:new-medium", _("媒体の登録")),
            Screen("X8", "exchange:medium", _("媒体の持出しと返却")),
            Screen("X9", "exchange:rules", _("媒体の決まり")),
            Screen("X10", "exchange:withdraw", _("連携ファイルの取り下げ")),
        ),
    ),
    Room(
        "Y",
        _("予約"),
        (
            Screen("Y1", "desk:home", _("予約の窓口")),
            Screen("Y2", "desk:bookings", _("予約一覧")),
            Screen("Y3", "desk:missed", _("媒体に間に合わない取消")),
            Screen("Y4", "desk:month-calendar", _("月のカレンダー")),
            Screen("Y5", "desk:week-calendar", _("週のカレンダー")),
            Screen("Y6", "desk:day-calendar", _("日のカレンダー")),
            Screen("Y7", "desk:booking", _("予約")),
            Screen("Y8", "desk:move", _("予約の日時の変更")),
            Screen("Y9", "desk:confirmation", _("予約票")),
            Screen("Y10", "desk:address", _("メールアドレスの登録・訂正")),
            Screen("Y11", "desk:party", _("来る人の変更")),
            Screen("Y12", "desk:message", _("本人へのメッセージ")),
            Screen("Y13", "desk:cancel", _("職員による予約の取消")),
            Screen("Y14", "desk:board", _("本日ボード")),
            Screen("Y15", "desk:walk-in", _("予約なしの受付")),
            Screen("Y16", "desk:slip", _("受付票")),
            Screen("Y17", "desk:displays", _("呼出表示")),
            Screen("Y18", "desk:stops", _("臨時停止")),
            Screen("Y19", "desk:new-stop", _("臨時停止の内容")),
            Screen("Y20", "desk:stop", _("臨時停止の影響")),
            Screen("Y21", "desk:announcements", _("公開ページのお知らせ")),
            Screen("Y22", "desk:contacts", _("連絡要")),
            Screen("Y23", "desk:contact", _("連絡の記録")),
            Screen("Y24", "desk:new-contact", _("連絡要に入れる")),
            Screen("Y25", "desk:find", _("代理予約")),
            Screen("Y26", "desk:take-form", _("申請フォームの代理予約")),
            Screen("Y27", "desk:locked", _("停止中の予約用ID")),
            Screen("Y28", "desk:number", _("予約用IDの状態")),
            Screen("Y29", "desk:book", _("復唱")),
            Screen("Y30", "desk:wait", _("空き待ちの代理登録")),
            Screen("Y31", "desk:waiting", _("空き待ち")),
            Screen("Y32", "desk:masses", _("予約の一括の変更・取消の記録")),
            Screen("Y33", "desk:mass", _("予約の一括の変更・取消")),
            Screen("Y34", "desk:phone", _("電話受付")),
            Screen("Y35", "desk:call", _("通話")),
            Screen("Y36", "desk:wrap-ups", _("通話の結果の一覧")),
            Screen("Y37", "desk:wrap-up", _("通話の結果の変更")),
        ),
    ),
    Room(
        "Z",
        _("例外と照合"),
        (
            Screen("Z1", "matching:work-list", _("予約の突合")),
            Screen("Z2", "reconciliation:differences", _("差異リスト")),
            Screen("Z3", "reconciliation:unconfirmed", _("交付済(未照合)")),
            Screen("Z4", "reconciliation:explain", _("差異の処理")),
            Screen("Z5", "reconciliation:unknown", _("登録のないカードの行")),
            Screen("Z6", "reconciliation:explain-row", _("登録のない行の説明")),
            Screen("Z7", "reconciliation:lists", _("統合端末の一覧")),
            Screen("Z8", "reconciliation:terminal-list", _("統合端末の一覧の結果")),
            Screen("Z9", "reconciliation:days", _("日次の照合")),
            Screen("Z10", "changes:lists", _("異動リスト")),
            Screen("Z11", "changes:list", _("異動リストの結果")),
            Screen("Z12", "changes:rows", _("確かめる異動")),
            Screen("Z13", "changes:settle", _("異動の処理")),
            Screen("Z14", "changes:protected", _("支援措置の対応")),
            Screen("Z15", "changes:decide", _("支援措置の対応を決める")),
            Screen("Z16", "changes:deadlines", _("期限経過")),
            Screen("Z17", "takeover:lists", _("移行")),
            Screen("Z18", "takeover:list", _("移行の一覧")),
            Screen("Z19", "disposal:home", _("カードの廃棄")),
            Screen("Z20", "disposal:batch", _("廃棄するカード")),
            Screen("Z21", "disposal:leave-out", _("廃棄から外す")),
            Screen("Z22", "reconciliation:changes", _("反映で変わるカード")),
        ),
    ),
)

HEAD = """# 30 画面の番号

職員の画面のいちばん下に「画面 K3」のような番号が出ます。印刷した紙にも出ます。電話で問い合わせるときは、この番号を伝えてください。
予約管理と交付管理で同じ番号は同じ画面です。番号は変わりません。なくなった画面の番号を、ほかの画面に使うこともありません。

- 画面の下の「画面の一覧」で、番号を入れて探せます。開ける画面は、そこから開けます。
- 交付管理では、上の「番号で探す」に画面の番号を入れても開きます。
- 「?」を押すと、キーの一覧と一緒に出ます。
- 番号の英字は、部屋を表します。

![画面の一覧](images/gamen-1-list.png)

この表は `python -m madoguchi.zones.screens` が作ります。
"""


def chapter() -> str:
    """Return the chapter of the manual with every code."""
    text = HEAD
    for room in ROOMS:
        text += f"\n## {room.letter} {room.name}\n\n| 番号 | 画面 |\n|---|---|\n"
        text += "".join(f"| {one.code} | {one.name} |\n" for one in room.screens)
    return text


def main() -> None:
    """Print the chapter."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.zones.all_apps")
    import django

    django.setup()
    sys.stdout.write(chapter())


if __name__ == "__main__":
    main()
