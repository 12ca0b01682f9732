"""Payments as a bank's bulk upload takes them: one row a transfer, amounts plain, account numbers as text."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from billing.exchange.csv_report import safe_text
from billing.exchange.files import replacing
from billing.money import plain
from billing.schemas.vendor_bills import Payee, Payout

COLUMNS = ("beneficiary_name", "account_number", "ifsc", "amount", "payment_date", "reference")
_RTGS_FROM = 2_00_000_00


def write_bank_csv(target: Path, transfers: Sequence[tuple[Payee, str, Payout]]) -> Path:
    """Write the transfers of (payee, bill, payout); gives the path. Raises UnavailableError where it cannot be written.

    From two lakh rupees on a transfer goes by RTGS, below by NEFT.
    """
    with replacing(target) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow((*COLUMNS, "mode"))
        for payee, bill, payout in transfers:
            mode = "RTGS" if payout.net >= _RTGS_FROM else "NEFT"
            reference = "".join(c for c in bill if c.isalnum() or c in "-/ ")[:30]
            day = f"{payout.paid_on:%d-%m-%Y}"
            row = (safe_text(payee.beneficiary), payee.account_no, payee.ifsc, plain(payout.net), day, reference, mode)
            writer.writerow(row)
    return target
