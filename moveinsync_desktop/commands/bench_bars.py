"""What a measurement comes to: a bar of DESIGN.md section 10, what was measured, and whether it is reached."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure to reach.

    Attributes:
        what, against: what is measured, and what it is compared with ('' where the figure stands for itself).
        ours, theirs: both measurements in words.
        measured, required: the figure and its bound, in `unit` ('x' for a ratio of times).
        at_least: the bound is the least that is wanted; else the most that is allowed.
    """

    subject: str
    what: str
    against: str
    ours: str
    theirs: str
    measured: float
    required: float
    unit: str = "x"
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether the bar is reached."""
        return self.measured >= self.required if self.at_least else self.measured <= self.required

    def as_json(self) -> dict[str, Any]:
        """All of it, with `reached`."""
        return asdict(self) | {"reached": self.reached}


def table(bars: Iterable[Bar]) -> list[str]:
    """The bars as lines of text under a line of titles."""
    rows = [("what", "against", "ours", "theirs", "measured", "to reach", "")]
    rows += [
        (
            bar.what,
            bar.against,
            bar.ours,
            bar.theirs,
            _figure(bar.measured, bar.unit),
            f"at {'least' if bar.at_least else 'most'} {_figure(bar.required, bar.unit)}",
            "reached" if bar.reached else "MISSED",
        )
        for bar in bars
    ]
    return columns(rows, left=2)


def columns(rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """Rows of text in columns; the first `left` columns begin, the others end, at the same place."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            text.ljust(width) if place < left else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def load() -> str:
    """How busy the machine is: a figure taken on a busy one says less."""
    processors = os.cpu_count() or 1
    if not hasattr(os, "getloadavg"):
        return f"{processors} processors"
    return f"{processors} processors, load {os.getloadavg()[0]:.1f}"


def _figure(value: float, unit: str) -> str:
    return (
        f"{value:.2f} {unit}" if unit in ("x", "s") else f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
    )
