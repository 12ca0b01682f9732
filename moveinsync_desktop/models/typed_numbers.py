"""Reading typed and pasted numbers: any grouping, ₹, Rs, trailing /-, lakh and crore. Exact, no float. No Qt here."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_WORDS = {"cr": 10_000_000, "crore": 10_000_000, "crores": 10_000_000, "l": 100_000, "lakh": 100_000, "lakhs": 100_000}
_NOISE = re.compile(r"[\s,\u00a0\u2009\u202f']")
_SHAPE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


def read_number(text: str) -> Decimal:
    """The number written in `text`; ValueError with a sentence when it is none.

    `14,901.5`, `₹ 1,23,456.00`, `Rs. 500/-`, `−12`, `(12)`, `1.5 lakh` are all understood.
    """
    words = text.strip().lower().replace("−", "-").replace("–", "-")
    words = words.removesuffix("/-").replace("₹", "").strip()
    words = re.sub(r"^(inr|rs)\.?\s*", "", words)
    factor = 1
    found = re.fullmatch(r"(.*?)\s*([a-z]+)", words)
    if found and found[2] in _WORDS:
        words, factor = found[1], _WORDS[found[2]]
    if words.startswith("(") and words.endswith(")"):
        words = "-" + words[1:-1]
    words = _NOISE.sub("", words)
    if not _SHAPE.fullmatch(words):
        raise ValueError("not a number")
    try:
        return Decimal(words) * factor
    except InvalidOperation:
        raise ValueError("not a number") from None
