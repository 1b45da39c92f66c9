"""Which columns a role may take out of the house (S28): a column that names a right goes only into the files of those who hold it."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest

from madoguchi.platform.accounts.access import may
from madoguchi.platform.accounts.rights import Right


def withheld(request: HttpRequest, columns: Sequence[str], needed: Mapping[str, Right]) -> list[str]:
    """Return those of `columns` that the files of the signed-in person do not hold, whatever they see on the screen."""
    return [column for column in columns if column in needed and not may(request, needed[column])]
