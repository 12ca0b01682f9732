"""What the blocks of a file's sheets gave so far, a piece a block."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from billing.exchange.sheets.result import Rejected, Skipped, Warned


@dataclass(slots=True)
class Parts:
    """What the blocks of all sheets gave so far, a piece a block."""

    row: list[NDArray[np.int32]] = field(default_factory=list)
    sheet: list[NDArray[np.int32]] = field(default_factory=list)
    trip_id: list[str] = field(default_factory=list)
    numbers: dict[str, list[NDArray[np.int64]]] = field(default_factory=dict)
    texts: dict[str, list[NDArray[np.int32]]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)
    finer: int = 0

    def count(self) -> int:
        """Rows kept so far."""
        return len(self.trip_id)
