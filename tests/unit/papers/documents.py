"""Documents for the tests of paper, e-invoices and returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from billing.invoicing.draft import assemble, draft_lines, tax_groups_of, totals_of
from billing.invoicing.tax import decide_nature
from billing.schemas.invoices import (
    AuditAnchor,
    ChargeLevel,
    ChargeSum,
    InvoiceDocument,
    InvoiceStatus,
    PartyPrint,
)

TRIP, PERIOD = ChargeLevel.TRIP, ChargeLevel.PERIOD
SELLER = PartyPrint(
    "Sri Lakshmi Cabs", "VN001", "14, 3rd Cross, Kadubeesanahalli\nBengaluru 560103", "29AAGCB7383J1Z4", "AAGCB7383J",
    "29", "14, 3rd Cross", "Kadubeesanahalli", "Bengaluru", "560103", "Canara Bank 4471, IFSC CNRB0002873",
)  # fmt: skip
BUYER = PartyPrint(
    "Tessera Technologies Private Limited", "CL001", "Outer Ring Road, Bellandur\nBengaluru 560103", "29AAACI1681G1ZL",
    "AAACI1681G", "29", "Outer Ring Road", "Bellandur", "Bengaluru", "560103",
)  # fmt: skip
CHARGES = (
    ChargeSum("MONTHLY_FEE", PERIOD, 18000, True, 4_500_000, 1),
    ChargeSum("DISTANCE", TRIP, 18000, True, 23_757, 3),
    ChargeSum("CARPOOL_DISCOUNT", TRIP, 18000, True, -2_374, 3),
    ChargeSum("TOLL", TRIP, 18000, False, 4_000, 1),
)


def document(
    charges: Sequence[ChargeSum] = CHARGES,
    *,
    seller: PartyPrint = SELLER,
    buyer: PartyPrint = BUYER,
    reverse: bool = False,
    rupee: bool = True,
    sac: str = "996601",
    **more: Any,
) -> InvoiceDocument:
    """An issued tax invoice over these charges."""
    nature = decide_nature(seller.state_code, buyer.state_code, recipient_is_sez=buyer.is_sez)
    lines = draft_lines(charges, sac)
    groups = tax_groups_of(lines, nature, reverse_charge=reverse)
    rcm = sum(-(-group.taxable * group.percent_milli // 100_000) for group in groups) if reverse else 0
    totals = totals_of(lines, groups, round_to_rupee=rupee, rcm_tax=rcm)
    words: dict[str, Any] = {
        "invoice_id": UUID(int=1), "title": "Tax invoice", "status": InvoiceStatus.ISSUED, "number": "SLC/26-27/00118",
        "invoice_date": date(2026, 11, 5), "period_from": date(2026, 10, 1), "period_to": date(2026, 10, 31),
        "contract_name": "Night shift", "time_zone": "Asia/Kolkata", "po_number": "4500118270",
        "anchor": AuditAnchor(UUID(int=7), 1284, "3f9a" * 16), **more,
    }  # fmt: skip
    draft = assemble(lines, groups, totals, nature, reverse_charge=reverse)
    return InvoiceDocument(supplier=seller, recipient=buyer, sac=sac, draft=draft, **words)


def in_maharashtra(buyer: PartyPrint = BUYER, **more: Any) -> PartyPrint:
    """The same buyer in another state."""
    words = {
        "gstin": "27AAPFU0939F1ZV",
        "pan": "AAPFU0939F",
        "state_code": "27",
        "city": "Pune",
        "pin": "411001",
        **more,
    }
    return replace(buyer, **words)
