"""Which tables hold data of citizens, whose and what for and until when; and what each zone has to declare besides (SF-10).

A test finds every table that leads to a person and holds it against this list. `python -m madoguchi.zones.personal_data >
docs/manual/34-hyoka.md` writes the chapter of the manual; the page 評価書の資料 adds what only a running system knows.
"""

import os
import sys
from collections.abc import Mapping, Sequence

from madoguchi.platform.oversight.holdings import Fact, Holding

STAYS = "期限で消す仕組みは、まだありません"
_WITH_CARD = "カードの記録と同じ。期限で消す仕組みは、まだありません"

DELIVERY: Mapping[str, Holding] = {
    "cards.Card": Holding("カード", "交付対象者の氏名・住所・生年月日とカードの状態。通知し、保管し、本人に交付するため", STAYS),
    "cards.CardEvent": Holding("カードの経過", "いつだれが何をしたか。交付の正しさを示すため", _WITH_CARD),
    "cards.Hold": Holding("停止", "交付や通知を止める理由（支援措置を含む）", _WITH_CARD),
    "cards.BookingCode": Holding("予約コード", "案内に刷る予約コード。鍵はデータベースの外", _WITH_CARD),
    "cards.Comment": Holding("経過記録", "電話や窓口の聞き取り。引き継ぐため", _WITH_CARD),
    "changes.ListedChange": Holding(
        "異動リストの行", "転出・死亡・支援措置などを、カードに反映するため", f"捨てた一覧の行は、すぐに消えます。ほかは、{STAYS}"
    ),
    "changes.ChangeProblem": Holding("異動リストの読めない行", "どの行がなぜ読めないかを直すため（値は持たない）", STAYS),
    "changes.ProtectionDecision": Holding("支援措置の対応", "本人への対応を決めた記録", _WITH_CARD),
    "dispatch.Dispatch": Holding("発送", "だれのどの住所へ何を送り、戻ったか", _WITH_CARD),
    "dispatch.OtherAddress": Holding("別の送付先", "施設や支援措置の送付先", "期限の日を過ぎると使いません。行は、" + STAYS),
    "dispatch.Sheet": Holding("印刷した通知", "どの紙がだれのものかを確かめるため", _WITH_CARD),
    "disposal.DisposalItem": Holding("廃棄するカード", "廃棄を二人で確かめた記録", _WITH_CARD),
    "fees.Entry": Holding("手数料", "受け取った手数料の帳簿", STAYS),
    "fees.OwedBack": Holding("返金待ち", "返す手数料", STAYS),
    "filing.Document": Holding("帳票", "申請書などの画像の索引（氏名を含む）", "資料区分ごとの保存年限まで。廃棄で氏名と番号を消します"),
    "filing.StoredFile": Holding("帳票の画像", "申請書などの画像。ファイルごとに暗号化", "資料区分ごとの保存年限まで。廃棄で消します"),
    "filing.Page": Holding("帳票のページ", "画像のどのページか", "資料区分ごとの保存年限まで。廃棄で消します"),
    "filing.Mask": Holding("伏せ字", "画像のどこを、だれがなぜ伏せたか", "帳票の廃棄で消します"),
    "filing.CoverSheet": Holding("帳票の表紙", "紙の帳票をカードに結び付けるため", "帳票の廃棄で消します"),
    "filing.ImageView": Holding("画像を見た記録", "だれがどの帳票を見たか", STAYS),
    "filing.IncomingFile": Holding(
        "共有フォルダーのファイル", "届いた画像の受付（ファイル名）", "取り込まず、無くなったファイルの行は消えます。ほかは、" + STAYS
    ),
    "handover.Encounter": Holding("窓口での交付", "本人確認の書類の種類、立会者、結果。番号は書かない", _WITH_CARD),
    "handover.ReportedResult": Holding("交付の結果", "予約管理の番号を閉じるため", _WITH_CARD),
    "handover.SealedPaper": Holding("封をした書面", "暗証番号の書面の受領・使用・廃棄（中身は持たない）", _WITH_CARD),
    "intake.StagedRow": Holding("取り込み中の行", "カード発行一覧を二人目が確かめるまで置く", "反映するか取りやめると消えます"),
    "intake.ReplacedRow": Holding("取り込みで変わる前の値", "取り込みを取り消すため", "取り込んで30日で消えます"),
    "intake.ImportProblem": Holding("取り込めない行", "どの行がなぜ読めないか（値は持たない）", STAYS),
    "intake.ArrivedCard": Holding("届いたカード", "受入と検品", _WITH_CARD),
    "matching.BookedVisit": Holding("予約者情報", "予約をカードに結び付けるため", STAYS),
    "procedures.ProcedureVisit": Holding("在庫のない手続き", "更新などの受付と時間", STAYS),
    "queues.BulkLine": Holding("まとめての操作", "一枚ずつの結果", STAYS),
    "queues.Charge": Holding("担当", "だれがどのカードを扱っているか", "時間が過ぎると使いません。行は、" + STAYS),
    "received.Application": Holding("申請予約", "来庁の予約と申請の内容", STAYS),
    "received.ApplicationEvent": Holding("申請予約の経過", "だれが何をしたか", STAYS),
    "received.Order": Holding("申請予約への指示", "予約管理へ送る取消や変更", STAYS),
    "reconciliation.TerminalRow": Holding(
        "統合端末の一覧の行", "差異を見つけるため", "反映するか捨てると消えます。台帳にないカードの行は、説明するまで残ります"
    ),
    "reconciliation.TerminalProblem": Holding("統合端末の一覧の読めない行", "どの行がなぜ読めないか（値は持たない）", STAYS),
    "reconciliation.Explanation": Holding("差異の説明", "差異があってよい理由", STAYS),
    "registration.Registration": Holding("申請の受付", "申請時来庁の受付、書類、写真", STAYS),
    "storage.StockExpected": Holding("棚卸の台帳", "あるはずのカード", STAYS),
    "storage.StockScan": Holding("棚卸の読み取り", "あったカード", STAYS),
    "storage.TransferItem": Holding("移送するカード", "どのカードをどこへ運んだか", STAYS),
    "takeover.StockRow": Holding("移行の行", "前の台帳から移すまで置く", "反映するか捨てると消えます"),
    "takeover.TakenOver": Holding("移行したカード", "どの一覧で来たか", _WITH_CARD),
    "accounts.KeptInput": Holding("書きかけの入力", "画面ロックの間だけ置く。封をし、本人だけが開ける", "30分で消えます"),
}

BOOKING: Mapping[str, Holding] = {
    "reservations.Credential": Holding("予約用ID", "予約できる人の番号と、確かめるための値（元に戻せない）。氏名はない", STAYS),
    "reservations.Booking": Holding(
        "予約", "番号、日時、場所。希望する人だけメールアドレス", "交付の結果が届くとメールアドレスを消します。行は、" + STAYS
    ),
    "reservations.Attendee": Holding("予約の人", "一緒に来る人の予約用ID", STAYS),
    "reservations.Seat": Holding("予約の枠", "どの時間を何人分使うか", f"取り消すと消えます。ほかは、{STAYS}"),
    "reservations.BookingEvent": Holding("予約の経過", "いつだれが変えたか", STAYS),
    "reservations.MailIntent": Holding("送るメール", "予約の変更を知らせるため（アドレスはない）", "メールの支度ができると消えます"),
    "reservations.Draft": Holding("予約の途中", "予約を終えるまで", "期限から60分で消えます"),
    "reservations.DraftMember": Holding("予約の途中の人", "一緒に来る人", "期限から60分で消えます"),
    "reservations.Wish": Holding("空き待ち", "空いたら知らせるため。希望する人だけメールアドレス", STAYS),
    "reservations.WishMember": Holding("空き待ちの人", "一緒に来る人", STAYS),
    "reservations.Offer": Holding("空きの案内", "だれにどの時間を取り置くか", STAYS),
    "notices.Mail": Holding("メール", "送ったか、届いたか", "アドレスは送ると消えます。行は、" + STAYS),
    "notices.Contact": Holding("連絡先の状態", "アドレスを確かめたか（アドレスはない）", STAYS),
    "notices.Link": Holding("メールの中のリンク", "一度だけ使える印（元に戻せない）", "期限の30日あとに消えます"),
    "applications.SealedApplication": Holding("申請の内容", "封をしたまま交付管理へ運ぶ。ここでは開けない", STAYS),
    "applications.WaitingNumber": Holding("申請の空き待ち", "電話番号の下の数字の照合用の値（元に戻せない）", "空き待ちが終わると消えます"),
    "applications.CarriedOut": Holding("申請予約への指示の結果", "二度行わないため", STAYS),
    "desk.CallTicket": Holding("受付番号", "その日の呼出し", STAYS),
    "desk.TicketEvent": Holding("呼出しの経過", "いつ呼んだか", STAYS),
    "desk.ContactTask": Holding("連絡要", "電話か手紙で知らせる人（電話番号はない）", STAYS),
    "desk.MassLine": Holding("予約の一括の変更・取消", "どの予約をどう変えたか", STAYS),
    "desk.PhoneCall": Holding("電話の記録", "何の用で、どう終わったか（電話番号はない）", STAYS),
    "desk.ContactAttempt": Holding("連絡の記録", "つながったか", STAYS),
    "desk.AffectedBooking": Holding("臨時停止の影響", "どの予約をどう変えたか", STAYS),
    "accounts.KeptInput": Holding("書きかけの入力", "画面ロックの間だけ置く。封をし、本人だけが開ける", "30分で消えます"),
}


def _declared() -> list[Fact]:
    part = "9 評価書に書くこと"
    return [
        Fact(
            part,
            "予約一覧の「パスワード（生月日）」",
            "扱わない。予約用IDで本人のカードが見つかり、生月日を媒体に載せると、失くしたときに他人の予約が開けるため。"
            "ほかのシステムの一覧にこの列があっても、読み捨てて残さない。",
        ),
        Fact(part, "電子メールアドレス", "予約管理の中だけに置き、交付管理へは運ばない。"),
    ]


def of_delivery() -> Sequence[Fact]:
    """Return what the core zone adds: what it sends beyond the least (EX-07), how long papers are kept, when masks close again."""
    from madoguchi.delivery.cards.queries import municipality
    from madoguchi.delivery.filing.models import Document, DocumentClass

    office, part = municipality(), "9 評価書に書くこと"
    numbered = Document.objects.filter(document_class__holds_individual_number=True).exclude(disposal="disposed").count()
    sends = [
        ("交付場所", office.sends_place, "場所ごとに予約を受けるため"),
        ("受取期限", office.sends_deadline, "期限の日までの予約だけを受けるため"),
        ("カードの状況", office.sends_stage, "市民が準備の段階を見るため"),
    ]
    always = (
        "予約用ID、予約コードと生月日（受け取った側で照合用の値にし、元は残さない）、発送番号、改版番号、予約できるかどうか。"
        "氏名と住所は送らない"
    )
    rows = [*_declared(), Fact(part, "予約管理へいつも送る項目", always)]
    pictures = "個人番号のある用紙の画像を、暗号化して持つ。見るたびに理由を記録し、番号は二人で伏せられる"
    rows.append(Fact(part, "帳票の画像の個人番号", pictures, f"{numbered:,}"))
    rows += [Fact(part, f"予約管理へ送る：{name}", f"送る。{why}" if is_sent else "送らない") for name, is_sent, why in sends]
    reason = "理由を必ず書く" if office.reveal_needs_reason else "理由は書かなくてよい"
    rows.append(Fact(part, "伏せ字", f"氏名などは伏せ、一つずつ記録して表示し、{office.reveal_seconds}秒でまた伏せる。{reason}"))
    for kind in DocumentClass.objects.prefetch_related("periods"):
        years = "、".join(f"{period.since:%Y-%m-%d}から{period.years}年" for period in kind.periods.all()) or "決めていない"
        copies = "写しを取る" if kind.may_be_scanned else "写しを取らない"
        marked = "。個人番号のある用紙" if kind.holds_individual_number else ""
        rows.append(Fact("10 帳票の保存年限", kind.name, f"{years}。{copies}{marked}"))
    return rows


def of_booking() -> Sequence[Fact]:
    """Return what the booking zone adds: with what citizens prove their number."""
    from madoguchi.booking.municipality.queries import current

    office = current()
    secret = "予約コード" if office.uses_booking_codes else "生月日"
    return [*_declared(), Fact("9 評価書に書くこと", "本人の確かめ方", f"予約用IDと{secret}。照合用の値だけを持ち、元に戻せない")]


HEAD = """# 34 評価書の資料

特定個人情報保護評価書や、個人情報の取扱いの点検に書くことの資料です。責任者、システム管理者、監査の役割の人は、左の一覧の「評価書の資料」で、
**いまのシステムの数**を見られます。Excel と PDF で出せます。個人の値は出ません。予約管理と交付管理の両方で出してください。

| 区分 | 出るもの | どこから |
|---|---|---|
| 1 このシステム | ゾーン、団体コード、版、個人番号を持たないこと | 設定 |
| 2 持っている記録と目的 | 記録ごとの目的と件数 | 下の表、データベースの数 |
| 3 保存の期間 | 記録ごとの期間 | 下の表 |
| 4 記録の項目 | 記録ごとのすべての列（画面に出ます） | データベースの表 |
| 5 見る人、扱う人 | 権限ごとの役割と、いまの人数 | 役割と権限の表 |
| 6 出力 | 出力ごとの、この1年の回数 | 操作記録 |
| 7 受け渡し | 運び方、封、種類ごとの、この1年の個数と行数 | 連携の設定と記録 |
| 8 記録と点検 | 操作記録の始まり、点検のめやす、報告の数 | 操作記録、閲覧の点検 |
| 9 評価書に書くこと | 申告と違う項目とその理由、予約管理へ送る項目、伏せ字 | 設定 |
| 10 帳票の保存年限 | 資料区分ごとの年限（交付管理だけ） | 資料区分 |

法令の根拠、事務の名称、委託先、リスクの評価は、市区町村が書きます。このシステムは知りません。
「期限で消す仕組みは、まだありません」とある記録は、消えずに残ります。評価書にもそう書いてください。

この章は `python -m madoguchi.zones.personal_data` が作ります。手で直さないでください。
"""


def chapter() -> str:
    """Return the chapter of the manual: every table with data of citizens in both zones; the columns stand on the page."""
    text = HEAD
    for name, held in (("予約管理", BOOKING), ("交付管理", DELIVERY)):
        text += f"\n## {name}\n\n| 記録 | 目的 | 保存の期間 |\n|---|---|---|\n"
        text += "".join(f"| {one.name} | {one.purpose} | {one.until} |\n" for one in held.values())
    return text


def main() -> None:
    """Print the chapter."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.zones.all_apps")
    import django

    django.setup()
    sys.stdout.write(chapter())


if __name__ == "__main__":
    main()
