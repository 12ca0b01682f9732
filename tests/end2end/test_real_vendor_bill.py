"""Real Indian trips as a vendor's bill: read, parted by rows that cannot be used, and compared with nothing of ours."""

from __future__ import annotations

from pathlib import Path

from billing.exchange.sheets.process import read_bill
from tests.support.sheets import shared_file, write_xlsx


def test_real_trips_are_read_as_a_bill(tmp_path: Path) -> None:
    """The real log has no amounts, so each trip gets 20 rupees a km; what it lacks is refused row by row."""
    from openpyxl import load_workbook

    book = load_workbook(shared_file("india_client_vendor_trips.xlsx"), read_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    book.close()
    header = [str(name or "").strip() for name in rows[0]]
    km, booking = header.index("TRANSPORTATION_DISTANCE_IN_KM"), header.index("BookingID")
    vehicle, start = header.index("vehicle_no"), header.index("trip_start_date")
    bill = [
        (row[booking], row[vehicle], row[start], row[km], f"{float(row[km]) * 20:.2f}")
        for row in rows[1:]
        if str(row[km] or "NULL") != "NULL"
    ]
    path = write_xlsx(tmp_path / "bill.xlsx", bill, header=("Booking ID", "Vehicle", "Start Date", "KMs", "Amount"))
    found = read_bill(path, "Asia/Kolkata", {})
    assert len(found.rows) + len(found.rejected) == len(bill)
    assert len(found.rows) >= len(bill) * 98 // 100
    assert {one.code for one in found.rejected} <= {"BAD_DATE", "NOT_A_NUMBER", "NEGATIVE_DISTANCE", "OUT_OF_RANGE"}
    assert sum(row.amount or 0 for row in found.rows) > 0
    assert all(row.start is None or row.start.year in (2019, 2020) for row in found.rows)
