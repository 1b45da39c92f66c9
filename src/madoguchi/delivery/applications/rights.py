"""Rights over applications, and who starts with them."""

from collections.abc import Mapping

from madoguchi.platform.accounts.rights import Right

LIST_APPLICATIONS = Right("applications.list", "申請予約の一覧を見る（氏名・住所なし）")
# Apart from the list: whoever sees how many come on a day need not see who they are.
OPEN_APPLICATIONS = Right("applications.open", "申請予約の内容（氏名・住所など）を開く・探す・印刷する")
HANDLE_APPLICATIONS = Right("applications.handle", "申請予約の対応状況の変更、予約の取消・変更の指示、メッセージの送信")

_ALL = (LIST_APPLICATIONS, OPEN_APPLICATIONS, HANDLE_APPLICATIONS)
ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {"clerk": _ALL, "chief": _ALL, "operator": _ALL}
