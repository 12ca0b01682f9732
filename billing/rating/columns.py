"""Trip columns, as the engine's callers import them."""

from billing.schemas.trip_columns import (
    CANCELLED,
    COMPLETED,
    COSTS_NOTHING,
    MISSING,
    NO_SHOW,
    STATUS_CODES,
    EmployeeColumn,
    TextColumn,
    TripColumns,
)

__all__ = [
    "CANCELLED",
    "COMPLETED",
    "COSTS_NOTHING",
    "MISSING",
    "NO_SHOW",
    "STATUS_CODES",
    "EmployeeColumn",
    "TextColumn",
    "TripColumns",
]
