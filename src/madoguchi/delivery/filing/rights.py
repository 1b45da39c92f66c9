"""Rights on the filing."""

from madoguchi.platform.accounts.rights import Right

SEE_IMAGES = Right("filing.see", "帳票の画像を探し、見る")
FILE_IMAGES = Right("filing.file", "帳票を取り込み、表紙を印刷し、原本を細断リストに載せる")
EXTRACT_IMAGES = Right("filing.extract", "帳票の画像を取り出す（二人で行う）")
PROPOSE_DISPOSAL = Right("filing.propose-disposal", "保存期限の過ぎた帳票を廃棄候補にし、承認後に廃棄する（二人で行う）")
APPROVE_DISPOSAL = Right("filing.approve-disposal", "帳票の廃棄を承認する")
MASK_NUMBERS = Right("filing.mask", "帳票の画像の番号を伏せる（二人で行う）")
APPROVE_MASKS = Right("filing.approve-mask", "伏せ字の二人目になる、伏せる前の画像の表示を認める")
SET_CLASSES = Right("filing.classes", "資料区分・保存年限・取込の設定を変える")
SEE_FILING_RECORDS = Right("filing.records", "細断・抽出・廃棄の記録を見る（画像と氏名は見ない）")

ROLE_RIGHTS = {
    "clerk": (SEE_IMAGES, FILE_IMAGES, MASK_NUMBERS, SEE_FILING_RECORDS),
    "chief": (
        *(SEE_IMAGES, FILE_IMAGES, MASK_NUMBERS, APPROVE_MASKS, EXTRACT_IMAGES),
        *(PROPOSE_DISPOSAL, APPROVE_DISPOSAL, SET_CLASSES, SEE_FILING_RECORDS),
    ),
    "auditor": (SEE_FILING_RECORDS,),
}
