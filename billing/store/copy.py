"""Columns in and out of PostgreSQL by COPY BINARY, as numpy arrays (PLATFORM.md B3): no Python object a value.

A row of fixed-width values is a numpy record: a count, then length and value of each column. So what is read here has
no NULL (write `coalesce` into the query) and no text; text of few distinct values travels as its 64-bit hash and is
decoded from the list of distinct values (`TextKey`).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from uuid import UUID

    import sqlalchemy as sa

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
_HEADER = _SIGNATURE + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_COPY_CHUNK = 1 << 20
# numpy type of a value on the wire, and what it is called and numbered in PostgreSQL
_WIRE = {"bigint": ">i8", "integer": ">i4", "smallint": ">i2", "boolean": "?", "uuid": "V16", "timestamptz": ">i8"}
_OIDS = {"bigint": 20, "integer": 23, "smallint": 21, "boolean": 16, "uuid": 2950, "timestamptz": 1184}
_EPOCH_2000 = 946_684_800_000_000  # PostgreSQL counts microseconds from the year 2000
BLOCK = 20_000
"""Values in one array of a row that is sent: large enough to be fast, small enough for one function call's memory."""

TEXT_BREAK = "\x1e"
"""Between the texts of a block; no cell that was cleaned holds it."""

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column to read: its name in the result, the SQL expression, and its type, one of `_WIRE`."""

    name: str
    sql: str
    type: str


def text_key(name: str, sql: str) -> Column:
    """A text column as its hash; 0 is NULL. Decode it with `decode_texts` and the distinct values."""
    return Column(name, f"coalesce(hashtextextended({sql}, 0), 0)", "bigint")


def copy_out(
    connection: sa.Connection, columns: Sequence[Column], source: str, values: Mapping[str, Any]
) -> dict[str, Array]:
    """Read columns of `SELECT columns FROM source` as arrays in machine byte order.

    A uuid is 16 raw bytes (V16), a timestamptz its epoch microseconds (int64), exact.

    Args:
        connection: of the unit of work.
        columns: what to read; no value may be NULL.
        source: the rest of the query from FROM on, with %(name)s for values.
        values: the values, bound by the driver.

    Raises:
        ValueError: A value was NULL or of another width than its column says.
    """
    listed = ", ".join(f"({column.sql})::{column.type}" for column in columns)
    with _cursor(connection) as cursor:
        query = cursor.mogrify(f"SELECT {listed} FROM {source}", dict(values)).decode()
        buffer = io.BytesIO()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", buffer, _COPY_CHUNK)
    rows = _rows(buffer, columns)
    return {column.name: _native(rows[column.name], column.type) for column in columns}


def _cursor(connection: sa.Connection) -> Any:
    return connection.connection.cursor()


def _record(columns: Sequence[Column]) -> np.dtype[Any]:
    fields: list[tuple[str, str]] = [("", ">i2")]
    for column in columns:
        fields += [(f"{column.name} width", ">i4"), (column.name, _WIRE[column.type])]
    return np.dtype(fields)


def _rows(buffer: io.BytesIO, columns: Sequence[Column]) -> Array:
    record = _record(columns)
    view = buffer.getbuffer()
    body = len(view) - len(_HEADER) - len(_TRAILER)
    if body % record.itemsize or bytes(view[: len(_SIGNATURE)]) != _SIGNATURE:
        raise ValueError("a column read by COPY holds a NULL or a value of another width")
    rows = np.frombuffer(view, record, count=body // record.itemsize, offset=len(_HEADER))
    for column in columns:
        if (rows[f"{column.name} width"] != record[column.name].itemsize).any():
            raise ValueError(f"column {column.name} read by COPY holds a NULL or a value of another width")
    return rows


def _native(values: Array, kind: str) -> Array:
    """A copy of its own, in machine byte order, so that the buffer can go."""
    native: Array = np.ascontiguousarray(values, values.dtype.newbyteorder("="))
    return native + _EPOCH_2000 if kind == "timestamptz" else native


def decode_texts(keys: Array, texts: Sequence[str], hashes: Sequence[int]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Codes (-1: NULL) and the text of each code, from the hashes read and the distinct texts with their hashes.

    Raises ValueError where two texts share a hash (2^-64 a pair) or a text came after the list was read.
    """
    known = np.array(hashes, np.int64)
    order = np.argsort(known)
    ranked = known[order]
    if len(ranked) and ((ranked[1:] == ranked[:-1]).any() or (ranked == 0).any()):
        raise ValueError("two texts with the same hash")
    empty = keys == 0
    if not len(ranked):
        codes = np.full(len(keys), -1, np.int32)
    else:
        places = np.minimum(np.searchsorted(ranked, keys), len(ranked) - 1)
        if not (empty | (ranked[places] == keys)).all():
            raise ValueError("a text that is not in the list of distinct texts")
        codes = np.where(empty, -1, order[places]).astype(np.int32)
    return codes, tuple(texts)


def send(
    connection: sa.Connection,
    target: str,
    fixed: Mapping[str, UUID],
    columns: Mapping[str, tuple[str, Any]],
    *,
    block: int = BLOCK,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Send arrays by COPY BINARY to a view or table of array columns, one row for `block` values.

    The next row is packed on a thread while the server works on the one before; a view stores nothing in between.

    Args:
        connection: of the unit of work.
        target: a view of schema api with an INSTEAD OF INSERT trigger, or a temporary table.
        fixed: uuid columns that are the same in every row.
        columns: PostgreSQL type (of `_WIRE`) and array, by column name; all arrays have the same length. A column of
            type "text" is a list of texts and goes as one text of a block: its values with TEXT_BREAK between, None
            as an empty one.
        block: values in one array.
        progress: gets the values sent so far; what it raises stops the COPY and is raised here.
    """
    with _cursor(connection) as cursor, _Rows(fixed, columns, block, progress) as rows:
        try:
            cursor.copy_expert(f"COPY {target} ({', '.join((*fixed, *columns))}) FROM STDIN (FORMAT binary)", rows)
        except Exception:
            if rows.stopped_by is not None:
                raise rows.stopped_by from None
            raise


class _Rows(io.RawIOBase):
    """The rows as COPY BINARY reads them; one is being packed while another is being sent."""

    def __init__(
        self,
        fixed: Mapping[str, UUID],
        columns: Mapping[str, tuple[str, Any]],
        block: int,
        progress: Callable[[int], None] | None,
    ) -> None:
        self.stopped_by: Exception | None = None
        self._columns, self._block, self._progress = columns, block, progress
        self._count = len(next(iter(columns.values()))[1])
        self._lead = struct.pack(">h", len(fixed) + len(columns))
        self._lead += b"".join(struct.pack(">i", 16) + one.bytes for one in fixed.values())
        self._pending, self._sent, self._ended = memoryview(_HEADER), 0, False
        self._packer = ThreadPoolExecutor(1, thread_name_prefix="copy")
        self._next = self._packer.submit(self._pack, 0)

    def close(self) -> None:
        """Stop packing."""
        self._packer.shutdown(cancel_futures=True)
        super().close()

    def read(self, size: int = -1) -> bytes:
        if not self._pending and not self._ended:
            try:
                self._pending = self._following()
            except Exception as error:
                self.stopped_by = error
                raise
        taken = bytes(self._pending[: size if size >= 0 else None])
        self._pending = self._pending[len(taken) :]
        return taken

    def _following(self) -> memoryview:
        """The next row, or the trailer; packing of the one after it begins."""
        if self._progress is not None and self._sent:
            self._progress(min(self._sent, self._count))
        if self._sent >= self._count:
            self._ended = True
            return memoryview(_TRAILER)
        row = self._next.result()
        self._sent += self._block
        if self._sent < self._count:
            self._next = self._packer.submit(self._pack, self._sent)
        return memoryview(row)

    def _pack(self, start: int) -> bytes:
        packed = [
            (_text if kind == "text" else partial(_array, kind))(values[start : start + self._block])
            for kind, values in self._columns.values()
        ]
        return b"".join([self._lead, *packed])


def _text(values: Sequence[str | None]) -> bytes:
    """Texts as one text value in PostgreSQL's binary form."""
    data = TEXT_BREAK.join([value or "" for value in values]).encode()
    return struct.pack(">i", len(data)) + data


def _array(kind: str, values: Array) -> bytes:
    """One array value in PostgreSQL's binary form: one dimension, no NULL, each element with its length."""
    wire = np.dtype(_WIRE[kind])
    items = np.empty(len(values), np.dtype([("width", ">i4"), ("value", wire)]))
    items["width"] = wire.itemsize
    items["value"] = values - _EPOCH_2000 if kind == "timestamptz" else values
    head = struct.pack(">iiiii", 1, 0, _OIDS[kind], len(values), 1)
    return struct.pack(">i", len(head) + items.nbytes) + head + items.tobytes()


def uuid_bytes(ids: Sequence[Any]) -> Array:
    """UUIDs as the 16-byte values that `send` and `copy_out` use."""
    return np.frombuffer(b"".join(one.bytes for one in ids), "V16")
