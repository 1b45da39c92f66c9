"""A query of rows, with the rows that they point to, whose statement is written once.

The ORM writes the statement of a query anew each time it is used. For the row with which every page of a visit begins, joined to five
others, that takes several times as long as the database needs to answer. Everywhere else the ORM is used as it is.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from django.db import connection, models

from madoguchi.platform.database.prepared import prepared_cursor

if TYPE_CHECKING:
    from django.db.models.options import Options

Row = TypeVar("Row", bound=models.Model)


class _Table(NamedTuple):
    """One table of the join. The row read from it becomes the attribute `attribute` of the row of table `owner`; the first has no owner."""

    model: type[models.Model]
    alias: str
    owner: int
    attribute: str
    begins: int

    @property
    def options(self) -> "Options[models.Model]":
        return self.model._meta  # noqa: SLF001 Django's documented API

    @property
    def fields(self) -> Sequence["models.Field[Any, Any]"]:
        return self.options.concrete_fields


class WrittenQuery(Generic[Row]):
    """Rows of `model` that meet a fixed condition, each with the rows along `paths` (as for `select_related`) at hand.

    Args:
        model: what the rows are.
        paths: attributes to follow, such as "booking__slot"; what stands on the way is read as well. They may be empty in a row.
        where: the condition in SQL, with an ORDER BY where the order matters; the rows' own table is called `found`.

    A field that the database driver does not read as it is (JSON) is refused with TypeError on the first use.
    """

    def __init__(self, model: type[Row], *paths: str, where: str) -> None:
        self._model = model
        self._paths = paths
        self._where = where

    def first(self, **values: Any) -> Row | None:  # noqa: ANN401 parameters
        """Return the first row for these parameters of the condition, None when there is none. One statement."""
        with prepared_cursor() as cursor:
            cursor.execute(self._statement, values)
            row = cursor.fetchone()
        return None if row is None else self._read(row)

    def one(self, **values: Any) -> Row:  # noqa: ANN401 parameters
        """Return the row for these parameters of the condition. One statement. Raises the model's DoesNotExist when there is none."""
        found = self.first(**values)
        if found is None:
            raise self._model.DoesNotExist  # type: ignore[attr-defined]  # every model has one
        return found

    def all(self, **values: Any) -> list[Row]:  # noqa: ANN401 parameters
        """Return all rows for these parameters of the condition. One statement."""
        with prepared_cursor() as cursor:
            cursor.execute(self._statement, values)
            return [self._read(row) for row in cursor.fetchall()]

    @cached_property
    def _tables(self) -> list[_Table]:
        tables = [_Table(self._model, "found", -1, "", 0)]
        place_of: dict[tuple[str, ...], int] = {(): 0}
        for path in self._paths:
            steps = tuple(path.split("__"))
            for end in range(1, len(steps) + 1):
                if steps[:end] in place_of:
                    continue
                owner = place_of[steps[: end - 1]]
                field = tables[owner].options.get_field(steps[end - 1])
                if not isinstance(field, models.ForeignKey):
                    raise TypeError(f"{path} leads over what is no foreign key")
                place_of[steps[:end]] = len(tables)
                begins = tables[-1].begins + len(tables[-1].fields)
                tables.append(_Table(field.related_model, "_".join(steps[:end]), owner, field.name, begins))
        return tables

    @cached_property
    def _statement(self) -> str:
        quoted = connection.ops.quote_name
        columns, joins = [], []
        for table in self._tables:
            for field in table.fields:
                if field.get_db_converters(connection):
                    raise TypeError(f"{field} is not read as the database gives it")
                columns.append(f"{table.alias}.{quoted(_column(field))}")
            name = f"{quoted(table.options.db_table)} AS {table.alias}"
            if table.owner < 0:
                joins.append(name)
                continue
            owner = self._tables[table.owner]
            own, theirs = _column(table.options.pk), _column(owner.options.get_field(table.attribute))
            joins.append(f"LEFT JOIN {name} ON {table.alias}.{quoted(own)} = {owner.alias}.{quoted(theirs)}")
        return f"SELECT {', '.join(columns)} FROM {' '.join(joins)} WHERE {self._where}"  # noqa: S608 names of our own tables, a fixed condition

    def _read(self, row: Sequence[object]) -> Row:
        made: list[models.Model | None] = []
        for table in self._tables:
            owner = made[table.owner] if table.owner >= 0 else None
            if table.owner >= 0 and (owner is None or getattr(owner, f"{table.attribute}_id") is None):
                made.append(None)
                continue
            values = row[table.begins : table.begins + len(table.fields)]
            one = table.model.from_db(connection.alias, [field.attname for field in table.fields], values)
            if owner is not None:
                setattr(owner, table.attribute, one)
            made.append(one)
        return cast("Row", made[0])


def _column(field: object) -> str:
    if not isinstance(field, models.Field):
        raise TypeError(f"{field} stands in no column")
    return str(field.get_attname_column()[1])
