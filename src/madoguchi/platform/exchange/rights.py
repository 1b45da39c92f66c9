"""Rights of the exchange: writing out, reading in and the keys are granted apart (seed 000 (5)ア(エ), SF-02)."""

from madoguchi.platform.accounts.rights import Right

EXPORT = Right("exchange.export", "連携ファイルの書き出し")
IMPORT = Right("exchange.import", "連携ファイルの取り込み")
