"""Which PIN codes lie in which state: the first three digits, by the e-invoice master codes (GST.md section 6).

A warning, never a refusal: PINs at borders are served from the other side.
"""

from __future__ import annotations

from billing.invoicing.states import STATE_NAMES

RANGES: dict[str, tuple[tuple[int, int], ...]] = {
    "01": ((180, 194),), "02": ((171, 177),), "03": ((140, 160),), "04": ((140, 140), (160, 160)), "05": ((244, 263),),
    "06": ((121, 136),), "07": ((110, 110),), "08": ((301, 345),), "09": ((201, 285),), "10": ((800, 855),),
    "11": ((737, 737),), "12": ((790, 792),), "13": ((797, 798),), "14": ((795, 795),), "15": ((796, 796),),
    "16": ((799, 799),), "17": ((793, 794),), "18": ((781, 788),), "19": ((700, 743),), "20": ((813, 835),),
    "21": ((751, 770),), "22": ((490, 497),), "23": ((450, 488),), "24": ((360, 396),), "26": ((362, 362), (396, 396)),
    "27": ((400, 445),), "29": ((560, 591),), "30": ((403, 403),), "31": ((682, 682),), "32": ((670, 695),),
    "33": ((600, 643),), "34": ((533, 533), (605, 605), (607, 607), (609, 609), (673, 673)), "35": ((744, 744),),
    "37": ((500, 535),),
}  # fmt: skip
"""Telangana, Ladakh and Other Territory have none of their own in the master codes."""


def pin_warning(pin: str | None, state: str | None) -> str:
    """What looks odd about a PIN in a state; empty where nothing does or nothing is known."""
    ranges = RANGES.get(state or "")
    if not pin or not ranges or not (pin.isascii() and pin.isdecimal() and len(pin) == 6):
        return ""
    if any(first <= int(pin[:3]) <= last for first, last in ranges):
        return ""
    return f"PIN {pin} is unusual for {STATE_NAMES[state or '']}."
