"""What a clerk is told when a file is no card list at all."""

from madoguchi.delivery.intake.mappings import LAYOUTS, Layout
from madoguchi.kernel.tables import TableError
from madoguchi.platform.language import Sentence

_KINDS = {
    "utf16": Sentence("文字コードが UTF-16 です。"),
    "xlsx": Sentence("Excel のブック (XLSX) です。"),
    "zip": Sentence("ZIP ファイルです。"),
    "xls": Sentence("古い形式の Excel のブック (XLS) です。"),
    "pdf": Sentence("PDF です。"),
    "gzip": Sentence("圧縮ファイル (gzip) です。"),
    "picture": Sentence("画像ファイルです。"),
    "kfx": Sentence("予約管理とのやり取りに使う KFX ファイルです。"),
}
_ENCODINGS = {"utf-8": "UTF-8", "cp932": Sentence("CP932 (シフトJIS)"), "euc-jp": "EUC-JP", "iso-2022-jp": "ISO-2022-JP (JIS)"}
_SEPARATORS = {",": Sentence("コンマ"), "\t": Sentence("タブ"), ";": Sentence("セミコロン"), "|": Sentence("縦線")}


def refusal_sentence(error: TableError, layout: Layout) -> str:
    """Say why a file is no list in `layout` and what to do; no cell of the file is in it."""
    if error.code in _KINDS:
        return Sentence("{kinds}カード発行一覧のテキストファイル (CSV など) を指定してください。", kinds=_KINDS[error.code])
    if error.code == "encoding":
        found = _ENCODINGS.get(error.found or "", Sentence("別の文字コード"))
        own = _ENCODINGS[layout.encoding]
        return Sentence(
            "文字コードが違います。対応付け {code} は {own} ですが、ファイルは {found} です。{other}",
            code=layout.code,
            own=own,
            found=found,
            other=_other(layout),
        )
    if error.code == "separator":
        separator = layout.source.separator if layout.source else layout.separator
        found, own = _SEPARATORS.get(error.found or "", Sentence("別の文字")), _SEPARATORS[separator]
        return Sentence(
            "区切り文字が違います。対応付け {code} は{own}ですが、ファイルは{found}で区切られています。{other}",
            code=layout.code,
            own=own,
            found=found,
            other=_other(layout),
        )
    if error.code == "header":
        expected = Sentence("「{expected}」", expected=error.expected) if error.expected else Sentence("ここで終わり")
        return Sentence(
            "見出しが違います。対応付け {code} の {column} 列目は{expected}のはずです。{other}",
            code=layout.code,
            column=error.column,
            expected=expected,
            other=_other(layout),
        )
    if error.code == "columns":
        return Sentence(
            "列の数が違います。対応付け {code} は {expected} 列ですが、ファイルは {found} 列です。{other}",
            code=layout.code,
            expected=error.expected,
            found=error.found,
            other=_other(layout),
        )
    return {
        "missing": Sentence("ファイルが見つかりません。名前とフォルダーを確かめてください。"),
        "directory": Sentence("ファイルではなくフォルダーです。カード発行一覧のファイルを指定してください。"),
        "unreadable": Sentence("ファイルを読めません。媒体と読み取りの権限を確かめてください。"),
        "empty": Sentence("ファイルが空です。空の一覧では何も変わりません。正しいファイルか確かめてください。"),
        "line": Sentence("1行が長すぎます (1 MB を超えています)。カード発行一覧ではありません。"),
        "quotes": Sentence("引用符の対応が全体に壊れています。元のシステムから出し直してください。"),
    }[error.code]


def _other(layout: Layout) -> str:
    others = ", ".join(f"{other.code} ({other.name})" for other in LAYOUTS.values() if other is not layout)
    return Sentence("対応付けを選び直すか、正しいファイルを指定してください。ほかの対応付け: {others}。", others=others)
