"""Rights on storage."""

from madoguchi.platform.accounts.rights import Right

MOVE_CARDS = Right("storage.move", "カードを保管し、取り出し、移送する")
COUNT_STOCK = Right("storage.count", "棚卸をする")
SETTLE_DIFFERENCES = Right("storage.settle", "棚卸と移送の差異を二人目として確かめる")
SET_BOXES = Right("storage.boxes", "保管箱と移送の日数を登録する")

ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {
    "clerk": (MOVE_CARDS, COUNT_STOCK, SETTLE_DIFFERENCES),
    "chief": (MOVE_CARDS, COUNT_STOCK, SETTLE_DIFFERENCES, SET_BOXES),
}
