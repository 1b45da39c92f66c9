"""What is said of a table with data of citizens, and what the table itself says. No model is imported before it is asked for."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps

from madoguchi.platform.ui.shell import Words


@dataclass(frozen=True, slots=True)
class Holding:
    """A table with data of citizens: what it is called, whose data stand there and what for, and until when."""

    name: str
    purpose: str
    until: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the sheet: under which heading, what, what is to be said of it, and a figure."""

    part: Words
    name: Words
    says: Words
    figure: str = ""


def rows_of(label: str) -> int:
    """Return how many rows the table of the model `label` has."""
    return int(apps.get_model(label)._default_manager.count())  # noqa: SLF001 Django's documented API


def table_of(label: str) -> str:
    """Return what the database calls the table of the model `label`."""
    return str(apps.get_model(label)._meta.db_table)  # noqa: SLF001 Django's documented API


def columns_of(label: str) -> list[str]:
    """Return every column of a table: in Japanese where the model says it, and as the database names it."""
    fields = apps.get_model(label)._meta.get_fields()  # noqa: SLF001 Django's documented API
    return [_named(field) for field in fields if getattr(field, "concrete", False)]


def _named(field: Any) -> str:  # noqa: ANN401 a field of Django's of any kind
    words = str(field.verbose_name)
    return str(field.column) if words.isascii() else f"{words}（{field.column}）"
