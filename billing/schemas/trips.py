"""A trip as it is stored: what happened, never what it costs (DESIGN.md section 3, Trips)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

TRIP_STATUSES = ("SCHEDULED", "COMPLETED", "NO_SHOW", "CANCELLED")
ACCEPTANCES = ("SUBMITTED", "ACCEPTED", "REJECTED")


@dataclass(frozen=True, slots=True)
class TripRecord:
    """One trip. Distances are whole metres, money is paise, times are aware; None means not known, never 0.

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
    waiting_minutes: int | None = None
    toll_paise: int | None = None
    parking_paise: int | None = None
    late_minutes: int | None = None
    cancelled_minutes_before: int | None = None
    claimed_m: int | None = None
    gps_m: int | None = None
    calendar_days: int | None = None
    contract_id: UUID | None = None
    batch_id: UUID | None = None
    batch_row: int | None = None
