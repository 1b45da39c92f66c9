"""Rights of the exchange: writing out, reading in and looking at the ledger are granted apart (seed 000 (5)ア(エ), SF-02)."""

from madoguchi.platform.accounts.rights import Right

EXPORT = Right("exchange.export", "連携ファイルの書き出し")
IMPORT = Right("exchange.import", "連携ファイルの取り込み")
LEDGER = Right("exchange.ledger", "媒体管理簿の閲覧")
RELEASE = Right("exchange.release", "連携ファイルと媒体の持出しの承認")
MEDIA = Right("exchange.media", "媒体の持出しと返却")
RULES = Right("exchange.rules", "媒体の登録と決まりの設定")

ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {
    "clerk": (EXPORT, IMPORT, LEDGER, MEDIA),
    "chief": (EXPORT, IMPORT, LEDGER, MEDIA, RELEASE, RULES),
    "administrator": (RULES, LEDGER),
    "auditor": (LEDGER,),
}
