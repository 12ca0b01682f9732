"""What the user may say about a file before it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from billing.exchange.sheets.dates import Order

DEFAULT_TIMEZONE = "Asia/Kolkata"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Choices for one file.

    `client` and `vendor` are used where the file has none; `mapping` is field -> header text and overrides the
    synonyms; `distance_unit` (km, mile) serves where the header does not say; `date_order` overrides what the
    column proves; `timezone` is the zone of wall-clock times; `edits` are cells
    corrected in the preview (sheet, row, header, text); `now` decides what is in the future.
    """

    client: str | None = None
    vendor: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    derive_ids: bool = False
    distance_unit: str | None = None
    timezone: str = DEFAULT_TIMEZONE
    date_order: Order | None = None
    edits: tuple[tuple[str | None, int, str, str], ...] = ()
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
