"""Long lists in SQL: filter, sort, count, totals and keyset pages from a whitelisted set of columns (UX.md section 10).

A ListSpec names the columns that may be filtered and sorted by and the SQL behind each; nothing else ever reaches a
statement, and every value is bound. Keys are compared as rows, `(a, b, id) > (...)`, which is an index condition where
an index has that order; never OFFSET.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from billing.errors import BadInputError
from billing.schemas.lists import Condition, Listing

Kind = Literal["text", "number", "flag", "moment", "uuid"]
_CASTS: dict[Kind, str] = {
    "text": "text",
    "number": "bigint",
    "flag": "boolean",
    "moment": "timestamptz",
    "uuid": "uuid",
}
# What stands for NULL in an order: before everything else, and comparable as part of a key.
_BEFORE_ALL: dict[Kind, str] = {
    "text": "''",
    "number": "-9223372036854775808",
    "flag": "false",
    "moment": "'-infinity'",
    "uuid": "'00000000-0000-0000-0000-000000000000'",
}
_COMPARE = {"equals": "=", "differs": "<>", "above": ">", "from": ">=", "below": "<", "to": "<="}


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column: its SQL, its kind, which joins it needs, whether it can be NULL, whether it is summed.

    `within` is for a column that shows several values: the SQL that one of them is {}, a text; an index may serve it.
    """

    sql: str
    kind: Kind = "text"
    joins: tuple[str, ...] = ()
    nullable: bool = False
    total: bool = False
    within: str = ""

    @property
    def order(self) -> str:
        """The SQL to sort by: texts without case, NULL first."""
        sql = f"lower({self.sql})" if self.kind == "text" else self.sql
        return f"coalesce({sql}, {_BEFORE_ALL[self.kind]})" if self.nullable else sql


@dataclass(frozen=True, slots=True)
class ListSpec:
    """What a list is made of.

    Attributes:
        source: the main table with its alias.
        columns: by the key that screens use.
        joins: SQL of each named join; later ones may use earlier ones.
        first: what every order begins with (so that an index on a tenant's key serves several tenants).
        last: the unique end of every order.
        day: gives the SQL of the instant at which the local day of a bound parameter begins.
    """

    source: str
    columns: Mapping[str, ListColumn]
    joins: Mapping[str, str]
    last: ListColumn
    first: tuple[ListColumn, ...] = ()
    day: Callable[[str], str] = str


@dataclass(slots=True)
class Filter:
    """A growing WHERE clause with its bound values and the joins it needs."""

    spec: ListSpec
    clauses: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    joins: set[str] = field(default_factory=set)

    def bind(self, value: Any, kind: Kind) -> str:
        """A bound parameter of that kind, as SQL."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"CAST(:{name} AS {_CASTS[kind]})"

    def add(self, condition: Condition) -> None:
        """Add one condition. Raises BadInputError for an unknown column, or values that do not fit the operator."""
        column = self.spec.columns.get(condition.column)
        if column is None:
            raise BadInputError("UNKNOWN_COLUMN", "This column cannot be filtered.", where=condition.column)
        wanted = {"between": 2, "empty": 0, "filled": 0}.get(condition.op, 1)
        if (condition.op != "any" and len(condition.values) != wanted) or None in condition.values:
            raise BadInputError("BAD_FILTER", "The filter has no value to compare with.", where=condition.column)
        self.joins.update(column.joins)
        self.clauses.append(
            self._moment(column, condition) if column.kind == "moment" else self._plain(column, condition)
        )

    def _plain(self, column: ListColumn, condition: Condition) -> str:
        op, values = condition.op, condition.values
        if op in ("empty", "filled"):
            empty = f"{column.sql} IS NULL" + (f" OR {column.sql} = ''" if column.kind == "text" else "")
            return f"({empty})" if op == "empty" else f"NOT ({empty})"
        if column.within and op in ("equals", "any", "differs"):
            each = [column.within.format(self.bind(str(value), "text")) for value in values]
            found = f"({' OR '.join(each) or 'false'})"
            return f"NOT {found}" if op == "differs" else found
        text = column.kind == "text"
        sql = f"lower({column.sql})" if text else column.sql
        bound = [f"lower({self.bind(v, 'text')})" if text else self.bind(v, column.kind) for v in values]
        if op == "contains":
            return f"strpos(lower(({column.sql})::text), lower({self.bind(str(values[0]), 'text')})) > 0"
        if op == "between":
            return f"{sql} BETWEEN {bound[0]} AND {bound[1]}"
        if op == "any":
            return f"{sql} IN ({', '.join(bound)})" if bound else "false"
        if op == "differs":
            return f"{sql} IS DISTINCT FROM {bound[0]}"
        return f"{sql} {_COMPARE[op]} {bound[0]}"

    def _moment(self, column: ListColumn, condition: Condition) -> str:
        """Values are whole local days: `to` and `equals` end with the day's end."""
        op, sql = condition.op, column.sql
        if op in ("empty", "filled"):
            return f"{sql} IS {'' if op == 'empty' else 'NOT '}NULL"
        starts = [self._day(value, 0) for value in condition.values]
        ends = [self._day(value, 1) for value in condition.values]
        if op in ("equals", "contains", "any"):
            parts = [f"({sql} >= {a} AND {sql} < {b})" for a, b in zip(starts, ends, strict=True)]
            return f"({' OR '.join(parts)})" if parts else "false"
        if op == "between":
            return f"({sql} >= {starts[0]} AND {sql} < {ends[1]})"
        return {
            "differs": f"({sql} < {starts[0]} OR {sql} >= {ends[0]})",
            "above": f"{sql} >= {ends[0]}",
            "from": f"{sql} >= {starts[0]}",
            "below": f"{sql} < {starts[0]}",
            "to": f"{sql} < {ends[0]}",
        }[op]

    def _day(self, value: Any, later: int) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return self.spec.day(f"(CAST(:{name} AS date) + {later})")


@dataclass(frozen=True, slots=True)
class Order:
    """The sort of a list: its columns, the unique one last, and its direction."""

    columns: tuple[ListColumn, ...]
    descending: bool

    @property
    def joins(self) -> set[str]:
        """The joins that the sort needs."""
        return {name for column in self.columns for name in column.joins}

    @property
    def keys(self) -> list[str]:
        """The SQL of each part of the key."""
        return [column.order for column in self.columns]

    @property
    def by(self) -> str:
        """The ORDER BY list."""
        return ", ".join(f"{key} DESC" if self.descending else key for key in self.keys)

    def compare(self, where: Filter, operator: str, key: Sequence[Any]) -> str:
        """Rows that stand so to a key: `>` is after it in the list's own direction."""
        if self.descending:
            operator = operator.translate(str.maketrans("<>", "><"))
        bound = [where.bind(value, column.kind) for value, column in zip(key, self.columns, strict=True)]
        return f"({', '.join(self.keys)}) {operator} ({', '.join(bound)})"


def order_of(spec: ListSpec, listing: Listing, default: str) -> Order:
    """The sort that a listing asks for. Raises BadInputError for a column that cannot be sorted by."""
    name = listing.order or default
    if name not in spec.columns:
        raise BadInputError("UNKNOWN_COLUMN", "This column cannot be sorted.", where=name)
    prefix = spec.first if name == default else ()
    return Order((*prefix, spec.columns[name], spec.last), listing.descending)


def tables(spec: ListSpec, joins: Iterable[str]) -> str:
    """FROM with the joins that are needed, in the spec's order."""
    wanted = set(joins)
    return " ".join([spec.source, *(sql for name, sql in spec.joins.items() if name in wanted)])


def count_and_totals(spec: ListSpec, where: Filter) -> str:
    """One row: count, then each summed column of all matching rows."""
    summed = {key: column for key, column in spec.columns.items() if column.total}
    sums = "".join(f", coalesce(sum({column.sql}), 0)::bigint AS {key}" for key, column in summed.items())
    joins = where.joins.union(*(column.joins for column in summed.values()))
    return f"SELECT count(*) AS count{sums} FROM {tables(spec, joins)} WHERE {' AND '.join(where.clauses)}"


def every_nth_key(spec: ListSpec, where: Filter, order: Order, page_size: int) -> str:
    """The last key of every full page, in order."""
    names = [f"k{place}" for place in range(len(order.keys))]
    keys = ", ".join(f"{key} AS {name}" for key, name in zip(order.keys, names, strict=True))
    inner = (
        f"SELECT {keys}, row_number() OVER (ORDER BY {order.by}) AS place "
        f"FROM {tables(spec, where.joins | order.joins)} WHERE {' AND '.join(where.clauses)}"
    )
    return f"SELECT {', '.join(names)} FROM ({inner}) x WHERE place % {page_size} = 0 ORDER BY place"
