"""Rights over the forms."""

from collections.abc import Mapping

from madoguchi.platform.accounts.rights import Right

SET_QUESTIONS = Right("applications.questions", "申請フォームの質問の設定")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {"chief": (SET_QUESTIONS,), "administrator": (SET_QUESTIONS,)}
