"""A trip as it is stored: what happened, never what it costs (DESIGN.md section 3, Trips)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

TRIP_STATUSES = ("SCHEDULED", "COMPLETED", "NO_SHOW", "CANCELLED")
ACCEPTANCES = ("SUBMITTED", "ACCEPTED", "REJECTED")


@dataclass(frozen=True, slots=True)
class TripRecord:
    """One trip. Distances are metres, waiting and lateness seconds, money paise, times aware; None is unknown, never 0.

    A trip with a `hold_reason` is held: runs leave it out. `exception` says why no contract was found for it.
    `employees` are the riders' codes in the order of boarding; they are stored in trip_riders.
    """

    id: UUID
    client_id: UUID
    vendor_id: UUID
    external_ref: str
    start_time: datetime
    end_time: datetime
    distance_m: int
    status: str = "COMPLETED"
    acceptance: str = "ACCEPTED"
    is_carpool: bool = False
    employees: tuple[str, ...] = ()
    seats_boarded: int | None = None
    vehicle_no: str | None = None
    vehicle_type: str | None = None
    vehicle_slot: str | None = None
    site: str | None = None
    zone: str | None = None
    escort: bool = False
    garage_m: int | None = None
    waiting_s: int | None = None
    toll_paise: int | None = None
    parking_paise: int | None = None
    late_s: int | None = None
    cancelled_before_s: int | None = None
    claimed_m: int | None = None
    gps_m: int | None = None
    calendar_days: int | None = None
    contract_id: UUID | None = None
    exception: str | None = None
    hold_reason: str | None = None
    batch_id: UUID | None = None
    batch_sheet: str | None = None
    batch_row: int | None = None
    rev: int = 0
