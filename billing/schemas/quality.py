"""Oddities of stored trips: what somebody should look at before billing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.money import group_indian

KINDS = {
    "OVERLAP": "Trips of one cab that overlap",
    "REPEATED": "The same trip under another id",
    "FAR_FROM_USUAL": "Km far from the route's usual",
    "NO_ESCORT": "Night trips of women without an escort",
    "NO_CONTRACT": "Outside any contract",
    "AMBIGUOUS_CONTRACT": "Several contracts fit",
}
"""Kinds in the order in which they are shown; the first four can be let pass with a reason."""

REVIEWABLE = ("OVERLAP", "REPEATED", "FAR_FROM_USUAL", "NO_ESCORT")


@dataclass(frozen=True, slots=True)
class Oddity:
    """One trip that is odd in one way; `other_ref` is the trip it collides with, `usual_m` the route's median."""

    kind: str
    trip_id: UUID
    external_ref: str
    vendor_code: str
    vehicle_no: str | None
    start_time: datetime
    distance_m: int
    other_ref: str | None = None
    usual_m: int | None = None
    is_held: bool = False

    @property
    def text(self) -> str:
        """What is odd, in words."""
        if self.kind == "OVERLAP":
            return f"Starts before trip {self.other_ref} of the same cab ended"
        if self.kind == "REPEATED":
            return f"Same cab, minute and km as trip {self.other_ref}"
        if self.kind == "FAR_FROM_USUAL" and self.usual_m is not None:
            return (
                f"{self.distance_m / 1000:.1f} km; trips between these places are usually {self.usual_m / 1000:.1f} km"
            )
        if self.kind == "NO_ESCORT":
            return "Woman at night, no escort"
        return "No contract covers it" if self.kind == "NO_CONTRACT" else "Several contracts cover it"


def _km(metres: int) -> str:
    return f"{group_indian((metres + 50) // 1000)}.{(metres + 50) % 1000 // 100}"
