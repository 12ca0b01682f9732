"""The invoice reference number, computed here to compare the portal's with it (GST.md section 9)."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

CASE_BLIND_FROM = date(2025, 6, 1)
"""From this day on the portal upper-cases the number before it hashes (GSTN advisory)."""

FIRST_MONTH = 4


def financial_year(day: date) -> str:
    """The year that an IRN names: `2026-27`."""
    first = day.year if day.month >= FIRST_MONTH else day.year - 1
    return f"{first}-{(first + 1) % 100:02d}"


def irn_of(gstin: str, typ: str, number: str, day: date) -> str:
    """Lower-case hex SHA-256 of GSTIN, year, type and number, without anything between them."""
    text = number.upper() if day >= CASE_BLIND_FROM else number
    return sha256(f"{gstin}{financial_year(day)}{typ}{text}".encode()).hexdigest()
