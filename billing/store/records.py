"""One repository for all master data: frozen records in, frozen records out, optimistic locking by `rev`.

The columns of a table are the fields of its record; what differs (a range that is two fields) is said in the spec.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from billing.errors import ConflictError, EditConflictError, NotAllowedError, RefusedError
from billing.schemas.parties import Saved

R = TypeVar("R", bound=Saved)

_SAVED = tuple(field.name for field in dataclasses.fields(Saved))
_TYPES: dict[Any, type[sa.types.TypeEngine[Any]] | sa.types.TypeEngine[Any]] = {
    UUID: sa.Uuid(),
    str: sa.Text(),
    bool: sa.Boolean(),
    int: sa.Integer(),
    date: sa.Date(),
    datetime: sa.DateTime(timezone=True),
    Decimal: sa.Numeric(),
    tuple: pg.ARRAY(sa.Text()),
}


def _column_type(hint: Any) -> Any:
    """The column type of a field's annotation; Optional and tuple[str, ...] are looked through."""
    if isinstance(hint, types.UnionType):
        hint = next(part for part in hint.__args__ if part is not type(None))
    return _TYPES[typing.get_origin(hint) or hint]


@dataclasses.dataclass(frozen=True)
class Spec(Generic[R]):
    """Which table a record lives in; `key` are its fields that find a row, `fixed` those that an edit never changes."""

    record: type[R]
    table_name: str
    title: str
    key: tuple[str, ...]
    fixed: frozenset[str]
    order_by: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The record's own fields, without those of its last save."""
        return tuple(f.name for f in dataclasses.fields(self.record) if f.name not in _SAVED)

    def table(self) -> sa.TableClause:
        """The table with typed columns."""
        hints = typing.get_type_hints(self.record)
        columns: list[sa.ColumnClause[Any]] = [
            sa.column(name, _column_type(hints[name])) for name in (*self.fields, *_SAVED)
        ]
        return sa.table(self.table_name, *columns, schema="app")


class Records(Generic[R]):
    """The rows of one table, as far as row-level security shows them."""

    def __init__(self, connection: sa.Connection, spec: Spec[R]) -> None:
        self._connection = connection
        self._spec = spec
        self._table = spec.table()

    def add(self, records: Sequence[R]) -> None:
        """Insert all records, however many, in few statements."""
        if records:
            self._connection.execute(sa.insert(self._table), [self._values(record) for record in records])

    def get(self, *key: UUID) -> R | None:
        """The record of that key, or None."""
        found = self.find(**dict(zip(self._spec.key, key, strict=True)))
        return found[0] if found else None

    def find(self, **equals: Any) -> list[R]:
        """Records whose fields equal the given values, in the table's usual order; without values all."""
        query = sa.select(self._table).order_by(*(self._table.c[name] for name in self._spec.order_by))
        for name, value in equals.items():
            query = query.where(self._table.c[name] == value)
        return [self._record(row) for row in self._connection.execute(query).mappings()]

    def update(self, record: R, fields: Iterable[str] | None = None) -> R:
        """Save an edit of the row that was read as revision `record.rev`; gives it as stored now.

        Raises:
            EditConflictError: Somebody saved the row meanwhile; the error has the stored record.
            RefusedError: The row is gone or was never visible.
            NotAllowedError: The row may be seen but not changed by this user.
        """
        values = self._values(record)
        wanted = set(fields) if fields is not None else set(self._spec.fields)
        changes = {name: values[name] for name in self._spec.fields if name in wanted - self._spec.fixed}
        statement = (
            sa.update(self._table)
            .where(*(self._table.c[name] == getattr(record, name) for name in self._spec.key))
            .where(self._table.c.rev == record.rev)
            .values(changes)
            .returning(self._table)
        )
        row = self._connection.execute(statement).mappings().first()
        if row is None:
            self._refuse(record)
        return self._record(row)

    def update_many(self, records: Sequence[R]) -> None:
        """Save edits of many rows in one statement, as `update` each.

        Raises:
            ConflictError: Somebody saved one of them meanwhile, or one may not be changed by this user.
        """
        if not records:
            return
        spec, dialect = self._spec, pg.dialect()  # type: ignore[no-untyped-call]
        changes = [name for name in spec.fields if name not in spec.fixed]
        sent = [*spec.key, *changes, "rev"]
        columns = ", ".join(f"{name} {self._table.c[name].type.compile(dialect)}" for name in sent)
        statement = sa.text(
            f"UPDATE app.{spec.table_name} t SET {', '.join(f'{name} = v.{name}' for name in changes)} "
            f"FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS v({columns}) "
            f"WHERE {' AND '.join(f't.{name} = v.{name}' for name in (*spec.key, 'rev'))}"
        )
        rows = [{**self._values(record), "rev": record.rev} for record in records]
        done = self._connection.execute(statement, {"rows": json.dumps(rows, default=str)}).rowcount
        if done != len(records):
            raise ConflictError(
                "CHANGED_MEANWHILE", f"Somebody else changed {len(records) - done} of these {spec.title}s meanwhile."
            )

    def _refuse(self, record: R) -> typing.NoReturn:
        title = self._spec.title
        current = self.get(*(getattr(record, name) for name in self._spec.key))
        if current is None:
            raise RefusedError("NOT_FOUND", f"This {title} does not exist any more.")
        if current.rev == record.rev:
            raise NotAllowedError("NOT_ALLOWED", f"You may look at this {title}, but not change it.")
        raise EditConflictError(title, current)

    def _values(self, record: R) -> dict[str, Any]:
        values = {name: getattr(record, name) for name in self._spec.fields}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def _record(self, row: Mapping[Any, Any]) -> R:
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}
        return self._spec.record(**values)
