"""Rated lines for the screen: names, amounts, rule keys and the arithmetic in words, from what the engine explains."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from moveinsync_desktop import formats
from moveinsync_desktop.views.widgets.facts import Line

if TYPE_CHECKING:
    from billing.schemas.rating import Explanation
    from billing.services.bill_explain import Reason

_HYPHEN = re.compile(r"(?<![\w.])-(?=\d)")


def line_name(code: str) -> str:
    """A line code in words."""
    from billing.invoicing.lines import describe
    from billing.schemas.invoices import ChargeLevel

    return describe(code, ChargeLevel.TRIP)


def _typeset(text: str) -> str:
    """A real minus before figures."""
    return _HYPHEN.sub(formats.MINUS, text)


def lines_of(amounts: Mapping[str, int], explanations: Mapping[str, Sequence[Explanation | Any]]) -> list[Line]:
    """One `Line` a code, in the order given; each part of the arithmetic on a line of its own."""
    made = []
    for code, paise in amounts.items():
        parts = explanations.get(code, ())
        key = str(parts[0].key).partition(".")[0] if parts else ""
        made.append(Line(line_name(code), paise, key, tuple(_typeset(part.text) for part in parts)))
    return made


def reason_lines(reasons: Sequence[Reason]) -> list[Line]:
    """One `Line` for each reason of a charge of the month: its slot or version, amount, rule and arithmetic."""
    made = []
    for reason in reasons:
        told = reason.explanation
        name = reason.name or (f"Vehicle slot {reason.slot}" if reason.slot else f"Version {told.version}")
        made.append(Line(name, told.amount, str(told.key).partition(".")[0], (_typeset(told.text),)))
    return made
