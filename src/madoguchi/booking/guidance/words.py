"""The words of the questions, answers and groups; the things to bring have theirs in the rules themselves."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, str | Promise]

GROUP_NAMES: Words = MappingProxyType(
    {
        "letter": _("市区町村から届いたもの"),
        "own": _("本人のもの"),
        "escort": _("一緒に来る方、代理の方のもの"),
        "proof": _("理由や関係を証明するもの"),
        "return": _("返すもの"),
        "fee": _("手数料"),
        "prepare": _("準備しておくこと"),
    }
)

QUESTION_NAMES: Words = MappingProxyType(
    {
        "procedure": _("何の手続きですか"),
        "owner": _("カードの持ち主はどなたですか"),
        "guardianship": _("持ち主の方は、次のどちらですか"),
        "visitor": _("窓口に来るのはどなたですか"),
        "reason": _("本人が来られない理由は何ですか"),
        "notice": _("交付通知書（はがき）をお持ちですか"),
        "circumstances": _("当てはまるものはありますか"),
    }
)
QUESTION_HINTS: Words = MappingProxyType(
    {
        "reason": _("仕事や学校が忙しいことは、代理の方が受け取る理由になりません。"),
        "circumstances": _("ないときは、選ばずに進んでください。"),
    }
)

ANSWER_NAMES: Mapping[str, Words] = MappingProxyType(
    {
        "procedure": MappingProxyType(
            {
                "receive": _("カードを受け取る"),
                "apply": _("窓口でカードを申請する"),
                "reissue": _("なくした、こわれたカードを作り直す"),
                "renew-certificate": _("電子証明書を更新する"),
                "reset-pin": _("暗証番号を設定し直す"),
                "card-update": _("カードの氏名や住所を書きかえる"),
            }
        ),
        "owner": MappingProxyType({"adult": _("15歳以上の方"), "child": _("15歳未満の方"), "ward": _("成年後見などを受けている方")}),
        "guardianship": MappingProxyType({"guardianship": _("成年被後見人"), "curatorship": _("被保佐人、被補助人、任意被後見人")}),
        "visitor": MappingProxyType(
            {
                "self": _("本人"),
                "together": _("本人と、親権者や後見人など（法定代理人）"),
                "representative": _("親権者や後見人など（法定代理人）だけ"),
                "agent": _("本人が頼んだ代理人"),
            }
        ),
        "reason": MappingProxyType(
            {
                "elderly": _("75歳以上で、外出が難しい"),
                "hospital": _("入院している"),
                "facility": _("施設に入っている"),
                "care": _("要介護、要支援の認定を受けている"),
                "disability": _("障害がある"),
                "pregnant": _("妊娠している"),
                "student": _("高校生、高専生である"),
                "abroad": _("海外に留学している"),
                "voyage": _("船に乗る仕事や長い出張で、離れている"),
                "home": _("長い間、家から出ることが難しい"),
            }
        ),
        "notice": MappingProxyType({"yes": _("持っている"), "no": _("持っていない、なくした")}),
        "circumstances": MappingProxyType(
            {
                "changed": _("申請の後に、氏名や住所が変わった"),
                "foreigner": _("外国籍である"),
                "stay-extended": _("在留期間が延びた"),
                "wants-certificates": _("申請のときに断った電子証明書を付けたい"),
                "infant": _("持ち主は1歳未満である"),
                "separate-household": _("親権者と住民票の世帯が別である"),
                "application-form": _("交付申請書を持っている"),
                "expiry-notice": _("有効期限のお知らせが届いている"),
                "notification-card": _("通知カードを持っている"),
                "juki-card": _("住民基本台帳カードを持っている"),
                "old-card": _("古いマイナンバーカードを持っている"),
                "old-card-lost": _("古いマイナンバーカードをなくした"),
                "lost-outside": _("家の外でなくした、または盗まれた"),
                "damaged": _("こわれたカードが手元にある"),
            }
        ),
    }
)

PAPER_NAMES: Words = MappingProxyType(
    {
        "A": _("Aの書類 1点"),
        "BB": _("Bの書類 2点"),
        "AA": _("Aの書類 2点"),
        "AB": _("Aの書類 1点とBの書類 1点"),
        "BBB+": _("Bの書類 3点（1点は顔写真のあるもの）"),
        "BB+N": _("通知カードとBの書類 2点"),
        "PHOTO": _("病院や施設、支援機関の長が作った顔写真証明書"),
    }
)

# The same where no list of papers stands beside them: on the first page, in a mail.
PAPERS_IN_A_LINE: Words = MappingProxyType(
    {
        "A": _("顔写真のある書類1点（運転免許証、パスポート、在留カードなど）"),
        "BB": _("顔写真のない書類2点（健康保険の資格確認書、年金手帳など）"),
        "AA": _("顔写真のある書類2点（運転免許証、パスポートなど）"),
        "AB": _("顔写真のある書類1点と、顔写真のない書類1点"),
        "BBB+": _("氏名と生年月日か住所のある書類3点（1点は顔写真のあるもの）"),
        "BB+N": _("通知カードと、顔写真のない書類2点"),
        "PHOTO": PAPER_NAMES["PHOTO"],
    }
)

CLASS_NAMES: Words = MappingProxyType({"A": _("Aの書類（顔写真があるもの）"), "B": _("Bの書類（氏名と、生年月日か住所があるもの）")})
