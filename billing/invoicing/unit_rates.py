"""What one trip or one kilometre cost on a line of a document, where one rate made the whole line.

Found from the rows behind the line and proved on each of them: a rate that leaves one row unexplained is not said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from billing.money import format_inr
from billing.schemas.invoices import ChargeLevel, InvoiceDraft, InvoiceLine

if TYPE_CHECKING:
    from billing.schemas.annexure import Annexure

_BY_KILOMETRE = frozenset({"DISTANCE", "EXTRA_KM"})
_METRES_IN_KM = 1000
_LONG_ENOUGH_M = 5_000
"""From here on a distance fixes its rate to the paisa."""


def unit_rates(draft: InvoiceDraft, rows: Annexure) -> tuple[tuple[int, str], ...]:
    """(position of a line, words like `12.50 a km`) of every line of trips that one rate explains."""
    found = ((line.position, _rate(line, rows)) for line in draft.lines if line.level is ChargeLevel.TRIP)
    return tuple((position, words) for position, words in found if words)


def _rate(line: InvoiceLine, rows: Annexure) -> str:
    import numpy as np

    key = line.code, line.is_taxable
    if key not in rows.charges:
        return ""
    column = np.asarray(rows.charges[key])
    chosen = np.asarray(rows.shown[key]) if key in rows.shown else column != 0
    if line.is_taxable:
        chosen = chosen & (np.asarray(rows.percents) == line.percent_milli)
    amounts, metres = column[chosen], np.asarray(rows.distances)[chosen]
    if len(amounts) < 2 or int(amounts.sum()) != line.amount:
        return ""
    if line.code in _BY_KILOMETRE:
        return _a_kilometre(amounts, metres)
    return f"{format_inr(int(amounts[0]))} a trip" if amounts[0] > 0 and (amounts == amounts[0]).all() else ""


def _a_kilometre(amounts: Any, metres: Any) -> str:
    longest = int(metres.argmax())
    if int(metres[longest]) < _LONG_ENOUGH_M:
        return ""
    rate = (int(amounts[longest]) * _METRES_IN_KM * 2 + int(metres[longest])) // (2 * int(metres[longest]))
    made = (metres * rate * 2 + _METRES_IN_KM) // (2 * _METRES_IN_KM)
    return f"{format_inr(rate)} a km" if rate > 0 and (made == amounts).all() else ""
