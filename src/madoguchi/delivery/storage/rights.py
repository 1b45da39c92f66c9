"""Rights on storage."""

from madoguchi.platform.accounts.rights import Right

MOVE_CARDS = Right("storage.move", "カードを保管し、取り出す")
SET_BOXES = Right("storage.boxes", "保管箱を登録する")

ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {
    "clerk": (MOVE_CARDS,),
    "chief": (MOVE_CARDS, SET_BOXES),
}
