"""Rated lines for the screen: names, amounts, rule keys and the arithmetic in words, from what the engine explains."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from moveinsync_desktop import formats
from moveinsync_desktop.views.widgets.facts import Line

if TYPE_CHECKING:
    from billing.schemas.rating import Explanation

_HYPHEN = re.compile(r"(?<![\w.])-(?=\d)")
NAMES = {
    "BASE_FARE": "Base fare",
    "DISTANCE": "Distance",
    "TIME": "Trip time",
    "SLAB": "Slab",
    "ZONE": "Zone",
    "SEATS": "Seats",
    "PACKAGE": "Package",
    "EXTRA_KM": "Extra kilometres",
    "EXTRA_HOUR": "Extra hours",
    "MIN_FARE_TOPUP": "Top-up to the minimum",
    "CARPOOL_DISCOUNT": "Carpool discount",
    "CARPOOL_BONUS": "Carpool bonus",
    "NIGHT": "Night surcharge",
    "NO_SHOW": "No-show",
    "CANCELLATION": "Cancellation",
    "WAITING": "Waiting",
    "ESCORT": "Escort",
    "TOLL": "Toll",
    "PARKING": "Parking",
}


def line_name(code: str) -> str:
    """A line code in words."""
    return NAMES.get(code, code.replace("_", " ").capitalize())


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
