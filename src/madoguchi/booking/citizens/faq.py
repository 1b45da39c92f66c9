"""よくある質問, in the order in which people ask. Whoever changes an answer checks it against what the pages do."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer, and the page (by name) that goes further."""

    question: str | Promise
    answer: str | Promise
    page: str = ""
    page_words: str | Promise = ""


FAQ: Sequence[Question] = (
    Question(
        _("予約しないと、カードを受け取れませんか"),
        _("予約した方から順にご案内します。予約は、このサイトか電話でできます。"),
        "citizens:identify",
        _("予約する"),
    ),
    Question(
        _("予約用IDはどこに書いてありますか"),
        _("交付通知書（はがき）や交付案内に書いてあります。数字とアルファベット9文字です。なくした方は、電話でお問い合わせください。"),
    ),
    Question(
        _("家族の分も一緒に予約できますか"),
        _("できます。受け取る方それぞれの予約用IDと生月日が必要です。"),
    ),
    Question(
        _("代わりの人が受け取れますか"),
        _("病気や障害など、本人が来られない理由があるときだけ受け取れます。必要な書類が増えます。"),
        "guidance:start",
        _("持ち物を調べる"),
    ),
    Question(
        _("当日は何を持っていきますか"),
        _("4つから6つの質問に答えると、あなたの持ち物が分かります。"),
        "guidance:start",
        _("持ち物を調べる"),
    ),
    Question(
        _("予約の日時を変えたい、取り消したい"),
        _("「予約の確認・変更・取消」から、予約用IDと生月日を入れて進んでください。"),
        "citizens:manage",
        _("予約の確認・変更・取消"),
    ),
    Question(
        _("空いている日がありません"),
        _("ほかの場所もご覧ください。取り消しが出ると、空きとして表示されます。空き待ちに登録すると、空いたときに順にご案内します。"),
        "citizens:places",
        _("空き状況を見る"),
    ),
    Question(
        _("メールが届きません"),
        _(
            "迷惑メールの箱を確かめてください。メールが届かなくても、予約番号が出ていれば予約はできています。アドレスがまちがっているときは、予約の画面で直せます。"
        ),
    ),
    Question(
        _("入力の途中で時間切れになりました"),
        _("入力した内容は、しばらくの間残っています。日時が空いていれば、そのまま続けられます。"),
    ),
    Question(
        _("スマートフォンやパソコンを使えません"),
        _("電話や窓口でも予約できます。同じ日時から選べます。"),
    ),
)
