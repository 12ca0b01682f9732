"""A report's typed columns as those of a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from billing.schemas.reports import ReportColumn
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column, Kind

_KINDS: dict[str, Kind] = {"rate": "money", "percent": "percent"}


def list_columns(columns: tuple[ReportColumn, ...]) -> tuple[Column, ...]:
    """The same columns for a DataTable."""
    return tuple(_column(one) for one in columns)


def _column(one: ReportColumn) -> Column:
    show: Callable[[Any], str] | None = tenths if one.kind == "percent" else None
    kind: Kind = _KINDS.get(one.kind, one.kind)  # type: ignore[arg-type]
    return Column(
        one.key, one.title, kind, one.width, total=one.total, stretch=one.stretch, from_width=one.from_width, show=show
    )


def tenths(value: int | None) -> str:
    """Tenths of a percent: 74 is 7.4 %."""
    return formats.NONE if value is None else formats.percent(value, 1000)
