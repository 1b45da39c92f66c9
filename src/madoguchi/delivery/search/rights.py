"""Rights on searching."""

from madoguchi.platform.accounts.rights import Right

FIND_PEOPLE = Right("search.people", "氏名・住所・生年月日でカードを探す")

ROLE_RIGHTS = {"clerk": (FIND_PEOPLE,), "chief": (FIND_PEOPLE,)}
