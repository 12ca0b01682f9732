"""How counts are said in sentences: Indian grouping, and the singular for one."""

from __future__ import annotations

from billing.money import group_indian


def plural(number: int, one: str, many: str = "") -> str:
    """1 trip, 4,905 trips, 12,34,567 trips; `many` where an s is not enough."""
    return f"{group_indian(number)} {one if number == 1 else many or one + 's'}"
