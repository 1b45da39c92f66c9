"""The refusals of an exchange file: codes E00 to E30, what an operator reads, and what to do next.

A refusal never quotes the file's content: no name, number, code or birthday may reach a screen, a log or an exception
text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way to refuse an exchange file.

    Attributes:
        code: ``E00`` … ``E30``; outsiders rely on these.
        ja, en: what is wrong, for the operator.
        next_ja, next_en: what the operator does next.
        alarm: somebody may be tampering; it is not an ordinary mishap.
    """

    code: str
    ja: str
    next_ja: str
    en: str
    next_en: str
    alarm: bool = False

    @property
    def quarantines(self) -> bool:
        """Whether a copy of the file is kept apart: nothing in it could be trusted (E01 to E06)."""
        return "E01" <= self.code <= "E06"


_TABLE: Final = (
    Refusal(
        "E00",
        "ウイルス対策ソフトがファイルを不審と判定したか、パターンファイルが古すぎます。",
        "媒体を使わずに保管し、情報セキュリティ担当へ連絡してください。",
        "The virus scanner reports malware, or its patterns are too old.",
        "Isolate the medium and call the security officer.",
        alarm=True,
    ),
    Refusal(
        "E01",
        "連携ファイル(KFX)ではないか、版が違います。",
        "選んだファイルが正しいか確かめてください。拡張子は .kfx です。",
        "This is not an exchange file (KFX), or its version is unknown.",
        "Check that the right file was chosen; its name ends in .kfx.",
    ),
    Refusal(
        "E02",
        "ファイルが大きすぎるか、媒体から読み取れません。",
        "媒体へもう一度書き込んで、やり直してください。",
        "The file is too large, or cannot be read from the medium.",
        "Copy the file to the medium again and retry.",
    ),
    Refusal(
        "E03",
        "ファイルが途中で切れているか、空か、余分なデータが付いています。",
        "媒体へもう一度書き込んで、やり直してください。",
        "The file is cut short, empty, or carries surplus bytes.",
        "Copy the file to the medium again and retry.",
    ),
    Refusal(
        "E04",
        "ファイルの見出しが規則に合いません。",
        "ファイルを残したまま、保守窓口へ連絡してください。",
        "The header of the file breaks the rules.",
        "Keep the file and call support.",
    ),
    Refusal(
        "E05",
        "送り手の鍵が登録されていないか、失効しているか、作成日時に有効ではありません。",
        "ほかの市区町村やほかの導入環境のファイルでないか、鍵の登録簿とあわせて確かめてください。",
        "The sender's key is not enrolled, is revoked, or was not valid when the file was made.",
        "Check the register of keys, and whether the file belongs to another municipality or installation.",
    ),
    Refusal(
        "E06",
        "署名が正しくありません。改ざん、または破損のおそれがあります。",
        "媒体を証拠として保管し、情報セキュリティ担当へ直ちに連絡してください。",
        "The signature is wrong: the file was altered or damaged.",
        "Keep the medium as evidence and call the security officer at once.",
        alarm=True,
    ),
    Refusal(
        "E07",
        "ほかの市区町村、またはほかの導入環境のファイルです。",
        "媒体を持ち主へ返し、事故記録を付けてください。",
        "The file belongs to another municipality or another installation.",
        "Return the medium to its owner and record the incident.",
    ),
    Refusal(
        "E08",
        "この取込口では受け取れない向き、または種類のファイルです。",
        "ファイルの種類に合う画面で取り込んでください。",
        "The file's direction or type does not belong here.",
        "Use the screen for this type of file.",
    ),
    Refusal(
        "E09",
        "このシステムの鍵では開けません。知らない鍵、または使い終えた鍵あてに作られています。",
        "送り手に、今の鍵を登録し、このファイルを取り下げて書き出し直すよう依頼してください。",
        "The file is encrypted to an unknown or retired key.",
        "Ask the sender to enrol the current key, withdraw the file and export again.",
    ),
    Refusal(
        "E10",
        "有効期限を過ぎています。",
        "送り手に、このファイルを取り下げて書き出し直すよう依頼してください。",
        "The file has expired.",
        "Ask the sender to withdraw the file and export again.",
    ),
    Refusal(
        "E11",
        "作成日時が10分を超えて未来になっています。どちらかの時計がずれています。",
        "両方のサーバの時計を合わせてから、もう一度取り込んでください。",
        "The file was made more than ten minutes in the future: a clock is wrong.",
        "Set the clocks of both servers right and retry.",
    ),
    Refusal(
        "E12",
        "このファイルは取込済みです。",
        "何もする必要はありません。",
        "This file was taken in before.",
        "Nothing needs doing.",
    ),
    Refusal(
        "E13",
        "同じ連番で内容の違うファイルを、すでに取り込んでいます。",
        "取込を止め、二人以上で送り手に確認してください。",
        "A different file with the same number was taken in before.",
        "Stop importing; two people enquire with the sender.",
        alarm=True,
    ),
    Refusal(
        "E14",
        "最後に取り込んだファイルより古いファイルです。",
        "最新のファイルを取り込んでください。",
        "The file is older than the last one taken in.",
        "Import the newest file.",
    ),
    Refusal(
        "E15",
        "連番が飛んでいるか、直前のファイルとつながりません。",
        "間のファイルを先に取り込んでください。見つからないか取り込めないときは、送り手にそのファイルの取り下げと書き出し直しを依頼してください。",
        "A number is missing, or the file does not follow the last one.",
        "Import the missing file first; if it is lost or cannot be imported, ask the sender to withdraw it and export again.",
    ),
    Refusal(
        "E16",
        "復号できません。破損か、鍵の取り違えです。",
        "送り手に、このファイルを取り下げて書き出し直すよう依頼してください。",
        "The file cannot be decrypted: damaged, or made for another key.",
        "Ask the sender to withdraw the file and export again.",
    ),
    Refusal(
        "E17",
        "中身の明細と見出しが一致しません。すり替えのおそれがあります。",
        "媒体を証拠として保管し、情報セキュリティ担当へ直ちに連絡してください。",
        "The manifest does not belong to this header: possible substitution.",
        "Keep the medium as evidence and call the security officer at once.",
        alarm=True,
    ),
    Refusal(
        "E18",
        "件数、または中身の照合値が明細と一致しません。",
        "送り手に、このファイルを取り下げて書き出し直すよう依頼してください。",
        "Row count, body digest or counts by status differ from the manifest.",
        "Ask the sender to withdraw the file and export again.",
    ),
    Refusal(
        "E19",
        "この版のソフトウェアが知らない形式です。",
        "両方のシステムの版を確かめ、古いほうを更新してください。",
        "The schema is unknown to this release.",
        "Compare the versions of both systems and update the older one.",
    ),
    Refusal(
        "E20",
        "誤りのある行があります。1件も取り込んでいません。",
        "行の一覧を送り手へ渡し、直したファイルを書き出してもらってください。",
        "Some rows are faulty. None was taken in.",
        "Give the list of rows to the sender, who corrects and exports again.",
    ),
    Refusal(
        "E21",
        "同じ番号の行が二つ以上あります。1件も取り込んでいません。",
        "行の一覧を送り手へ渡し、直したファイルを書き出してもらってください。",
        "A key stands twice in the file. Nothing was taken in.",
        "Give the list of rows to the sender, who corrects and exports again.",
    ),
    Refusal(
        "E22",
        "登録のない番号、交付場所、または枠を指す行があります。1件も取り込んでいません。",
        "マスタ(交付場所など)を確かめてから、もう一度取り込んでください。",
        "Some rows refer to an unknown number, place or slot. Nothing was taken in.",
        "Check the master data and retry.",
    ),
    Refusal(
        "E23",
        "許されない状態の変更、または今より古い版の行があります。1件も取り込んでいません。",
        "行の一覧を見て、両方のシステムの状態を確かめてください。",
        "Some rows make an illegal change of state or are older than what is stored. Nothing was taken in.",
        "Compare the rows in both systems.",
    ),
    Refusal(
        "E24",
        "一度に変わる件数が多すぎます。誤りを防ぐため止めました。",
        "内容を確かめ、二人目の承認を得てから取り込んでください。",
        "Too many records would change at once.",
        "Check the content and have a second person approve it with a reason.",
    ),
    Refusal(
        "E25",
        "承認がないか、作成者または取込者が自分で承認しています。",
        "別の人が承認してください。",
        "The approval is missing, or given by the maker or importer.",
        "Another person must approve.",
    ),
    Refusal(
        "E26",
        "登録のない媒体か、この利用者に貸し出されていない媒体です。",
        "媒体管理簿を確かめてください。",
        "The medium is not registered or not checked out to this user.",
        "Check the media ledger.",
    ),
    Refusal(
        "E27",
        "この端末、または利用者には許されていない操作です。",
        "権限のある人が、登録済みの端末で行ってください。",
        "This terminal or user may not do this.",
        "Have a permitted person do it at a registered terminal.",
    ),
    Refusal(
        "E28",
        "データベースに書き込めませんでした。すべて元のままです。",
        "少し待って、もう一度取り込んでください。続くときは保守窓口へ連絡してください。",
        "The database refused the change; everything is as before.",
        "Wait a little and retry; if it goes on, call support.",
    ),
    Refusal(
        "E29",
        "取り込んだあとの状態が送り手の状態と一致しません。すべて元に戻しました。",
        "このやり取りを止め、両方の一覧を突き合わせてから、全件の書き出しを依頼してください。",
        "The state after applying differs from the sender's; everything was rolled back.",
        "Freeze this exchange, reconcile both sides and ask for a full export.",
    ),
    Refusal(
        "E30",
        "送っていないファイルの受領書か、内容の違うファイルの受領書です。",
        "取込を止め、情報セキュリティ担当へ連絡してください。",
        "The receipt is for a file that was never sent, or for other content.",
        "Stop importing and call the security officer.",
        alarm=True,
    ),
)

REFUSALS: Final[dict[str, Refusal]] = {refusal.code: refusal for refusal in _TABLE}


@dataclass(frozen=True, slots=True)
class RowFault:
    """A faulty row: where it stands and what class of fault it is, never its value.

    Attributes:
        line: line of the body, from 1.
        field: name of the field, empty when the whole line is meant.
        fault: class of the fault, for example ``type``, ``missing``, ``duplicate``.
    """

    line: int
    field: str
    fault: str


class KfxError(Exception):
    """An exchange file is refused; nothing was changed.

    Args:
        code: ``E00`` … ``E30``.
        detail: a technical remark without any personal value.
        rows: the faulty rows, for E20 to E23.
    """

    def __init__(self, code: str, detail: str = "", rows: tuple[RowFault, ...] = ()) -> None:
        super().__init__(code, detail, rows)
        self.refusal = REFUSALS[code]
        self.detail = detail
        self.rows = rows

    @property
    def code(self) -> str:
        return self.refusal.code

    def __str__(self) -> str:
        remark = f" ({self.detail})" if self.detail else ""
        return f"{self.code}: {self.refusal.en}{remark}"
