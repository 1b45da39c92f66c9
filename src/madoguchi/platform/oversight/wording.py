"""What the rules are called, what a finding says, and what an auditor might ask."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.oversight.models import Finding
from madoguchi.platform.oversight.rules import Rule


@dataclass(frozen=True, slots=True)
class Words:
    """A rule in words: its name, what its number counts, and why it may be harmless."""

    name: str | Promise
    counts: str | Promise
    harmless: str | Promise


RULES: Mapping[Rule, Words] = {
    Rule.OUTSIDE: Words(
        _("業務時間の外の閲覧"),
        _("業務時間の外に開いた回数"),
        _("休日の開庁や、時間外の準備なら、その日の勤務の記録と合わせます。"),
    ),
    Rule.OWN_USUAL: Words(
        _("本人のふだんより多い閲覧"), _("その日に開いた回数"), _("繁忙日や担当替えで増えることがあります。担当表と合わせます。")
    ),
    Rule.PEERS: Words(
        _("同じ役割の人より多い閲覧"), _("その日に開いた回数"), _("一人だけが照会の係だった日は多くなります。担当表と合わせます。")
    ),
    Rule.IDLE: Words(
        _("処理のない記録の閲覧"),
        _("その日、だれも処理しなかった記録を開いた数"),
        _("電話の照会では、開くだけで終わります。経過記録や電話の記録と合わせます。"),
    ),
    Rule.REPEATED: Words(
        _("同じ記録の繰り返しの閲覧"), _("同じ記録を開いた回数"), _("長い手続きでは、同じ記録を何度も開きます。処理の記録と合わせます。")
    ),
    Rule.PROTECTED: Words(
        _("支援措置の記録の閲覧"),
        _("支援措置のある記録を開いた回数"),
        _("対応を決めた人、本人を窓口で迎えた人なら仕事です。ほかの人なら、理由を聞きます。"),
    ),
    Rule.BULK: Words(_("大量の出力"), _("一度に出力した件数"), _("通知の印刷や定例の一覧なら仕事です。出力の目的を確かめます。")),
    Rule.REFUSED: Words(
        _("拒否された操作の繰り返し"), _("拒否された回数"), _("操作に慣れていない人にも起きます。どの画面で拒否されたかを見ます。")
    ),
}


def words_of(finding: Finding) -> Words:
    """Return the words for the rule of a finding."""
    return RULES[Rule(finding.rule)]
