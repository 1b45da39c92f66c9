"""Words of the exchange for people: names of file types, refusals in the reader's language, kinds of faulty rows."""

from collections.abc import Mapping

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from madoguchi.kernel.kfx_refusals import REFUSALS, Refusal
from madoguchi.platform.exchange.models import LedgerEntry
from madoguchi.platform.language import Sentence

TYPE_NAMES = {
    "targets": _("交付対象者"),
    "results": _("交付結果"),
    "bookings": _("予約一覧"),
    "applications": _("申請予約"),
    "commands": _("申請予約への指示"),
    "receipt": _("受領書"),
}
TYPE_HELP = {
    "targets": _("交付管理から予約管理へ。予約できる人の番号です。氏名・住所は入りません。"),
    "results": _("交付管理から予約管理へ。交付が済んだ番号を閉じます。"),
    "bookings": _("予約管理から交付管理へ。受け付けた予約の一覧です。"),
    "applications": _("予約管理から交付管理へ。申請フォームの予約です。申請の内容は封をしたまま運びます。"),
    "commands": _("交付管理から予約管理へ。申請予約の取消・変更の指示とメッセージです。"),
}
FAULT_NAMES = {
    "json": _("行の形が壊れています"),
    "type": _("値の形が違います"),
    "missing": _("項目がありません"),
    "form": _("値の形が違います"),
    "duplicate": _("同じ番号の行がほかにもあります"),
    "unknown": _("登録のない値です"),
    "older": _("今より古い内容です"),
}


def type_name(file_type: str) -> str:
    """Return what people call a type of file."""
    return str(TYPE_NAMES.get(file_type, file_type))


def refusal_words(refusal: Refusal) -> tuple[str, str]:
    """Return what is wrong and what to do next, in the language of the page."""
    if (get_language() or "ja").startswith("ja"):
        return refusal.ja, refusal.next_ja
    return refusal.en, refusal.next_en


def fault_name(fault: str) -> str:
    """Return what people call a class of faulty row; a domain's own word stands as it is."""
    return str(FAULT_NAMES.get(fault, fault))


# Why a run of the direct transport came to nothing, and what to do about it.
LINE_FAULTS: Mapping[str, str] = {
    "unreachable": Sentence("予約管理につながりません。予約管理の待受け、アドレスと番号、回線を確かめてください。"),
    "timeout": Sentence("予約管理から返事がありません。次の回にもう一度つなぎます。"),
    "cut": Sentence("途中で切れました。次の回に、切れたファイルから送り直します。"),
    "certificate": Sentence("相手の証明書を確かめられません。期限が切れたか、別の発行元のものです。管理者に知らせてください。"),
    "not_accepted": Sentence("相手が、こちらの証明書を受け付けません。期限が切れたか、別の発行元のものです。管理者に知らせてください。"),
    "stranger": Sentence("相手は、この市区町村・この導入環境の予約管理ではありません。接続先を確かめ、管理者に知らせてください。"),
    "no_certificate": Sentence("このシステムの証明書がありません。管理者が証明書を入れてください。"),
    "off": Sentence("予約管理で、直接連携を使わない設定になっているか、いま受け付けられません。"),
    "size": Sentence("ファイルの大きさが、受け付けられる上限を超えています。"),
    "protocol": Sentence("相手の返事が規則に合いません。両方のシステムの版を確かめてください。"),
    "issue": Sentence("ファイルを作れませんでした。「連携ファイルの書き出し」で確かめてください。"),
    "failed": Sentence("処理の途中で止まりました。管理者に知らせてください。"),
}


def line_fault(fault: str) -> str:
    """Return what a fault of the direct transport means: of the line, or of a file that was refused."""
    if fault in REFUSALS:
        return f"{fault} {' '.join(refusal_words(REFUSALS[fault]))}"
    return LINE_FAULTS.get(fault, fault)


def carrier_of(entry: LedgerEntry) -> str:
    """Return by what a file came or went: the number of the medium, or the direct transport."""
    return str(_("直接連携")) if entry.transport == LedgerEntry.Transport.DIRECT else entry.medium
