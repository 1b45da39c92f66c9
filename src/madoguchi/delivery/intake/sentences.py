"""What a clerk is told when a file is no card list at all."""

from madoguchi.delivery.intake.mappings import LAYOUTS, Layout
from madoguchi.kernel.tables import TableError

_KINDS = {
    "utf16": "文字コードが UTF-16 です。",
    "xlsx": "Excel のブック (XLSX) です。",
    "zip": "ZIP ファイルです。",
    "xls": "古い形式の Excel のブック (XLS) です。",
    "pdf": "PDF です。",
    "gzip": "圧縮ファイル (gzip) です。",
    "kfx": "予約管理とのやり取りに使う KFX ファイルです。",
}
_ENCODINGS = {"utf-8": "UTF-8", "cp932": "CP932 (シフトJIS)"}
_SEPARATORS = {",": "コンマ", "\t": "タブ", ";": "セミコロン", "|": "縦線"}


def refusal_sentence(error: TableError, layout: Layout) -> str:
    """Say why a file is no list in `layout` and what to do; no cell of the file is in it."""
    if error.code in _KINDS:
        return f"{_KINDS[error.code]}カード発行一覧のテキストファイル (CSV など) を指定してください。"
    if error.code == "encoding":
        found = _ENCODINGS.get(error.found or "", "別の文字コード")
        own = _ENCODINGS[layout.encoding]
        return f"文字コードが違います。対応付け {layout.code} は {own} ですが、ファイルは {found} です。{_other(layout)}"
    if error.code == "separator":
        found, own = _SEPARATORS.get(error.found or "", "別の文字"), _SEPARATORS[layout.separator]
        return f"区切り文字が違います。対応付け {layout.code} は{own}ですが、ファイルは{found}で区切られています。{_other(layout)}"
    if error.code == "header":
        expected = f"「{error.expected}」" if error.expected else "ここで終わり"
        return f"見出しが違います。対応付け {layout.code} の {error.column} 列目は{expected}のはずです。{_other(layout)}"
    if error.code == "columns":
        return f"列の数が違います。対応付け {layout.code} は {error.expected} 列ですが、ファイルは {error.found} 列です。{_other(layout)}"
    return {
        "missing": "ファイルが見つかりません。名前とフォルダーを確かめてください。",
        "directory": "ファイルではなくフォルダーです。カード発行一覧のファイルを指定してください。",
        "unreadable": "ファイルを読めません。媒体と読み取りの権限を確かめてください。",
        "empty": "ファイルが空です。空の一覧では何も変わりません。正しいファイルか確かめてください。",
        "line": "1行が長すぎます (1 MB を超えています)。カード発行一覧ではありません。",
        "quotes": "引用符の対応が全体に壊れています。元のシステムから出し直してください。",
    }[error.code]


def _other(layout: Layout) -> str:
    others = "、".join(f"{other.code} ({other.name})" for other in LAYOUTS.values() if other is not layout)
    return f"対応付けを選び直すか、正しいファイルを指定してください。ほかの対応付け: {others}。"
