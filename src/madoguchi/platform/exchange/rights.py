"""Rights of the exchange: writing out, reading in and looking at the ledger are granted apart (seed 000 (5)ア(エ), SF-02)."""

from madoguchi.platform.accounts.rights import Right

EXPORT = Right("exchange.export", "連携ファイルの書き出し")
IMPORT = Right("exchange.import", "連携ファイルの取り込み")
LEDGER = Right("exchange.ledger", "媒体管理簿の閲覧")

ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {
    "clerk": (EXPORT, IMPORT, LEDGER),
    "chief": (EXPORT, IMPORT, LEDGER),
    "auditor": (LEDGER,),
}
