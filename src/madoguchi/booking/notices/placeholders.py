"""The closed list of facts that a mail text may name: `{予約番号}`. A text with any other name, or with a loose brace, is refused."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.notices.kinds import Kind

_NAMED = re.compile(r"\{([^{}\n]*)\}")
_WIDE_BRACES = str.maketrans("｛｝", "{}")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One fact: its name as it stands in a text, what it becomes, and which kinds of mail know it (`kinds` empty: every kind)."""

    name: str
    meaning: str | Promise
    kinds: frozenset[Kind] = frozenset()

    def known_to(self, kind: Kind) -> bool:
        """Tell whether a mail of `kind` can fill it."""
        return not self.kinds or kind in self.kinds


_STANDING = frozenset({Kind.CONFIRMED, Kind.CHANGED, Kind.REMINDER, Kind.MESSAGE, Kind.PROOF, Kind.STOPPED})

PLACEHOLDERS: tuple[Placeholder, ...] = (
    Placeholder("市区町村名", _("市区町村の設定の名称")),
    Placeholder("用件", _("予約区分の名称（メールの言語）")),
    Placeholder("予約番号", _("10けたの予約番号")),
    Placeholder("日時", _("予約の日と時間（メールの言語）")),
    Placeholder("場所", _("交付場所の名称")),
    Placeholder("所在地", _("交付場所の所在地。登録がなければ行ごと消えます")),
    Placeholder("人数", _("来庁する人数")),
    Placeholder("電話番号", _("市区町村の設定の電話番号")),
    Placeholder("持ち物", _("当日の持ち物の一覧"), frozenset({Kind.CONFIRMED, Kind.CHANGED, Kind.REMINDER})),
    Placeholder("確認の案内", _("メールアドレスを確かめるリンク。確かめたあとのメールでは消えます"), _STANDING | {Kind.OFFER}),
    Placeholder("予約を見る案内", _("予約の内容を見て、変更・取消へ進むリンク"), _STANDING),
    Placeholder("予約サイトの案内", _("予約サイトの最初のページのリンク"), frozenset({Kind.CANCELLED, Kind.STOPPED, Kind.OFFER})),
    Placeholder("空きを予約する案内", _("ご案内した空きを予約するページのリンク"), frozenset({Kind.OFFER})),
    Placeholder("配信停止の案内", _("この予約のメールを止めるリンク"), _STANDING),
    Placeholder("回答期限", _("この日時を予約できる期限"), frozenset({Kind.OFFER})),
    Placeholder("窓口からの連絡", _("予約ごとに窓口が書いた連絡"), frozenset({Kind.MESSAGE})),
)
BY_NAME = {placeholder.name: placeholder for placeholder in PLACEHOLDERS}

# Without these a mail of the kind does not do what it is for.
NEEDED: Mapping[Kind, tuple[str, ...]] = {
    Kind.CONFIRMED: ("予約番号", "日時", "場所", "確認の案内"),
    Kind.CHANGED: ("予約番号", "日時", "場所"),
    Kind.CANCELLED: ("予約番号", "日時"),
    Kind.REMINDER: ("日時", "場所", "配信停止の案内"),
    Kind.OFFER: ("日時", "場所", "回答期限"),
    Kind.STOPPED: ("日時", "場所"),
    Kind.MESSAGE: ("窓口からの連絡", "配信停止の案内"),
    Kind.PROOF: ("確認の案内",),
}
# Facts of several lines have no place in a subject, nor have links.
NOT_IN_SUBJECT = frozenset(
    {"持ち物", "確認の案内", "予約を見る案内", "予約サイトの案内", "空きを予約する案内", "配信停止の案内", "窓口からの連絡"}
)


def known_to(kind: Kind) -> list[Placeholder]:
    """Return what a mail of `kind` may name."""
    return [placeholder for placeholder in PLACEHOLDERS if placeholder.known_to(kind)]


def normalised(text: str) -> str:
    """Return a text as it is kept: line ends as one sign, braces in half width, no blanks at the ends of lines."""
    lines = text.translate(_WIDE_BRACES).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def faults(kind: Kind, subject: str, body: str) -> Iterator[tuple[str, str | Promise]]:
    """Yield (field, what is wrong and how to mend it) for a normalised subject and body; nothing for a text that can be sent."""
    for field, text in (("subject", subject), ("body", body)):
        for name in _NAMED.findall(text):
            found = BY_NAME.get(name)
            if found is None:
                yield field, _("{%(name)s} という差し込み項目はありません。下の一覧の名前に直してください。") % {"name": name}
            elif not found.known_to(kind):
                yield field, _("{%(name)s} はこの種類のメールでは使えません。消してください。") % {"name": name}
            elif field == "subject" and name in NOT_IN_SUBJECT:
                yield field, _("{%(name)s} は件名には使えません。本文に書いてください。") % {"name": name}
        if set(_NAMED.sub("", text)) & set("{}"):
            yield field, _("波かっこ { } が閉じていません。差し込み項目は {予約番号} のように書いてください。")
    named = set(_NAMED.findall(body))
    for name in NEEDED[kind]:
        if name not in named:
            yield "body", _("{%(name)s} がありません。このメールに欠かせない項目です。本文に加えてください。") % {"name": name}


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with its facts. A line that holds nothing but facts that are empty goes away whole; what a fact says is never read as a
    placeholder again.

    Raises KeyError for a name that `values` does not have: a text that passed `faults` has none.
    """
    lines = []
    for line in text.split("\n"):
        names = _NAMED.findall(line)
        if names and not any(values[name] for name in names) and not _NAMED.sub("", line).strip():
            continue
        lines.append(_NAMED.sub(lambda found: values[found[1]], line).rstrip())
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")
