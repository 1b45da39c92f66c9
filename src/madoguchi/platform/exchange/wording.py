"""Words of the exchange for people: names of file types, refusals in the reader's language, kinds of faulty rows."""

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from madoguchi.kernel.kfx_refusals import Refusal

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
