"""The exercises of an installation for training: what is practised at the counter, in the store and with letters, and which deeds show it.

A deed is an event of the operation log that the person who practises has made. The steps name the buttons as they stand on the pages.
"""

from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.audited import CHANGE_CARD
from madoguchi.delivery.dispatch.audited import PRINT_LETTERS, RECORD_RETURN, SCAN_OUT, SEND_LETTERS
from madoguchi.delivery.handover.audited import (
    DOCUMENTS_CHECKED,
    HANDED_OVER,
    INTERRUPTED,
    NOT_HANDED_OVER,
    NOTICE_SCANNED,
    RECEIVED,
    RESUMED,
    SLEEVE_SCANNED,
)
from madoguchi.delivery.intake.audited import ENTER_PRESET, OPEN_ARRIVAL
from madoguchi.delivery.scanning.audited import READ_CODE
from madoguchi.delivery.storage.audited import BEGIN_STOCK_TAKE, BEGIN_TRANSFER, FINISH_COUNTING, SEND_TRANSFER
from madoguchi.platform.accounts.training import Deed, Exercise

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        _("カードを番号で開く"),
        "scanning:desk",
        (
            _("「カード一覧」で、どのカードかを選び、製造管理番号を控えます。"),
            _("「番号で探す」に番号を入れて Enter を押します。"),
            _("「次にすること」に何が出るかを確かめます。"),
        ),
        (Deed(READ_CODE),),
    ),
    Exercise(
        _("届いたカードを受け入れる"),
        "intake:arrivals",
        (
            _("「作業一覧」の段階「到着待ち」のカードの製造管理番号を控えます。"),
            _("「受入と検品」で、枚数を入れて受入を始めます。"),
            _("番号を読み取るか入力して、到着を記録します。"),
        ),
        (Deed(OPEN_ARRIVAL), Deed(CHANGE_CARD, "act", "arrive")),
    ),
    Exercise(
        _("二人で検品する"),
        "intake:arrivals",
        (
            _("開いている受入で、カードを読み取ります。"),
            _("スリーブのラベルを読み取り、二人目の人が利用者IDとパスワードを入れます。"),
        ),
        (Deed(CHANGE_CARD, "act", "inspect"),),
    ),
    Exercise(
        _("交付前設定の結果を入れる"),
        "intake:presets",
        (_("検品の済んだカードの番号を入れ、結果を選びます。"),),
        (Deed(ENTER_PRESET),),
    ),
    Exercise(
        _("カードを棚に置く"),
        "storage:boxes",
        (_("「保管」から「カードを棚に置く」を開きます。"), _("箱か位置のラベルを読み取り、続けてカードを読み取ります。")),
        (Deed(CHANGE_CARD, "act", "store"),),
    ),
    Exercise(
        _("別の場所へ移送する"),
        "storage:transfers",
        (_("「移送」で、送り先を選んで袋を作ります。"), _("カードを袋に入れ、送り出しを記録します。")),
        (Deed(BEGIN_TRANSFER), Deed(SEND_TRANSFER)),
    ),
    Exercise(
        _("箱を棚卸する"),
        "storage:stock-takes",
        (_("「棚卸」で、箱を一つ選んで始めます。"), _("箱のカードを全部読み取り、数え終えたことを記録します。")),
        (Deed(BEGIN_STOCK_TAKE), Deed(FINISH_COUNTING)),
    ),
    Exercise(
        _("交付案内を印刷する"),
        "dispatch:list",
        (_("「通知」で、種類とカードを選び、「印刷を始める」を押します。"), _("印刷分を開き、紙に「研修」とあることを確かめます。")),
        (Deed(PRINT_LETTERS, "step", "released"),),
    ),
    Exercise(
        _("封筒を読み取って発送する"),
        "dispatch:list",
        (_("印刷分で、封筒の番号を1通ずつ読み取ります。"), _("発送日を確かめ、「発送済にする」を押します。")),
        (Deed(SCAN_OUT), Deed(SEND_LETTERS)),
    ),
    Exercise(
        _("返戻を記録する"),
        "dispatch:returns",
        (_("発送した通知の番号を読み取ります。"), _("戻ってきた理由を、番号のキーで選びます。")),
        (Deed(RECORD_RETURN),),
    ),
    Exercise(
        _("来庁した人を受け付け、カードと照らし合わせる"),
        "handover:board",
        (_("「本日の窓口」で、通知書の番号を読み取って受け付けます。"), _("スリーブ、交付通知書の順に読み取り、「一致」を確かめます。")),
        (Deed(RECEIVED), Deed(SLEEVE_SCANNED), Deed(NOTICE_SCANNED)),
    ),
    Exercise(
        _("本人確認をして交付する"),
        "handover:board",
        (_("確かめた書類に印を付けます。"), _("暗証番号、返すもの、手数料を記録し、二人で確かめて交付します。")),
        (Deed(DOCUMENTS_CHECKED), Deed(HANDED_OVER)),
    ),
    Exercise(
        _("窓口対応を中断し、再開する"),
        "handover:board",
        (_("対応の途中で「中断」を選び、理由を入れます。"), _("「本日の窓口」から、同じ人の対応を再開します。")),
        (Deed(INTERRUPTED), Deed(RESUMED)),
    ),
    Exercise(
        _("交付できないことを記録する"),
        "handover:board",
        (_("書類が足りない人の対応で、「交付できない」を選び、理由を入れます。"), _("カードを棚に戻します。")),
        (Deed(NOT_HANDED_OVER),),
    ),
)
