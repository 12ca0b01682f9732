"""A draft invoice in the shape in which the database takes it: plain values by column name."""

from __future__ import annotations

from typing import Any

import numpy as np

from billing.invoicing.spread import spread_largest_remainder
from billing.schemas.invoices import ChargeLevel, InvoiceDraft


def stored_groups(draft: InvoiceDraft) -> list[dict[str, int]]:
    """The tax of each rate by column name."""
    return [
        {
            "tax_milli": group.percent_milli,
            "taxable": group.taxable,
            "tax": group.tax,
            "cgst": group.cgst,
            "sgst": group.sgst,
            "igst": group.igst,
        }
        for group in draft.tax_groups
    ]


def stored_lines(draft: InvoiceDraft) -> list[dict[str, Any]]:
    """The invoice's lines as they are stored, each with its part of the tax of its rate."""
    shares = _line_taxes(draft)
    return [
        {
            "source": line.level.value,
            "code": line.code,
            "taxable": line.is_taxable,
            "tax_milli": line.percent_milli,
            "description": line.description,
            "quantity": line.count,
            "unit": "TRIP" if line.level is ChargeLevel.TRIP else "MONTH",
            "amount": line.amount,
            **shares.get(line.position, {}),
        }
        for line in draft.lines
    ]


def _line_taxes(draft: InvoiceDraft) -> dict[int, dict[str, int]]:
    """Tax, CGST, SGST and IGST of each taxable line, spread by largest remainder within its rate."""
    shares: dict[int, dict[str, int]] = {}
    for group in draft.tax_groups:
        lines = [line for line in draft.lines if line.is_taxable and line.percent_milli == group.percent_milli]
        weights = np.array([line.amount for line in lines], np.int64)
        parts = {
            name: spread_largest_remainder(getattr(group, name), weights).tolist() for name in ("cgst", "sgst", "igst")
        }
        whole = spread_largest_remainder(group.tax, weights).tolist()
        is_split = group.tax == group.cgst + group.sgst + group.igst
        for place, line in enumerate(lines):
            share = {name: values[place] for name, values in parts.items()}
            shares[line.position] = {**share, "tax": sum(share.values()) if is_split else whole[place]}
    return shares
