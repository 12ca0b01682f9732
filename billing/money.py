"""Money as whole paise: rounding, splitting, reading and writing amounts (TARIFF.md section 1).

Amounts are Python ints in paise. Nothing here knows a binary float; fractions of a paisa exist only as exact
numerator and denominator until the one rounding that makes a charge line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

PAISE_IN_RUPEE = 100
INT64_MAX = 2**63 - 1

_AMOUNT = re.compile(
    r"(?P<currency>₹|(?:rs|inr)\.?)?\s*(?P<minus>-)?\s*(?P<symbol>₹)?\s*"
    r"(?P<whole>[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3})(?:\.(?P<part>[0-9]{1,2}))?\s*(?:/-)?",
    re.IGNORECASE,
)
_ONES = (
    *("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"),
    *("Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen"),
)
_TENS = ("", "", *["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"])


def half_up(numerator: int, denominator: int) -> int:
    """Numerator / denominator as a whole number, halves away from zero. The denominator is positive."""
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def half_down(numerator: int, denominator: int) -> int:
    """Numerator / denominator as a whole number, halves towards zero: what some older reports did to tax."""
    magnitude = -((denominator - 2 * abs(numerator)) // (2 * denominator))
    return magnitude if numerator >= 0 else -magnitude


def paise_of(rupees: Fraction) -> int:
    """An exact amount in rupees, rounded once to the paisa."""
    return half_up(rupees.numerator * PAISE_IN_RUPEE, rupees.denominator)


def to_paise(rupees: Decimal) -> int:
    """A decimal amount in rupees, rounded once to the paisa."""
    return int((rupees * PAISE_IN_RUPEE).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_rupees(paise: int) -> Decimal:
    """Paise as rupees with two decimals."""
    return Decimal(paise).scaleb(-2)


def plain(paise: int) -> str:
    """Paise as a decimal string of rupees without grouping, as JSON and CSV carry it: '1234567.50'."""
    whole, part = divmod(abs(paise), PAISE_IN_RUPEE)
    return f"{'-' if paise < 0 else ''}{whole}.{part:02d}"


def group_indian(whole: int) -> str:
    """A whole number with Indian grouping, three digits and then twos: '12,34,567'."""
    digits = str(abs(whole))
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return ("-" if whole < 0 else "") + ",".join([*pairs, tail])


def format_inr(paise: int, *, symbol: str = "") -> str:
    """Paise for people: '12,34,567.50', negative with a leading minus, `symbol` (such as '₹') before the digits."""
    whole, part = divmod(abs(paise), PAISE_IN_RUPEE)
    return f"{'-' if paise < 0 else ''}{symbol}{group_indian(whole)}.{part:02d}"


def parse_amount(text: str) -> int:
    """Paise of an amount as people paste it: '12,34,567.50', '₹ 1,234', 'Rs. 500/-', '(250.00)' for a negative.

    Grouping may be Indian or by thousands, but must be right; more than two decimals, exponents or stray text are
    a ValueError, because a guess at money is worse than a question.
    """
    cleaned = text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-").strip()
    in_brackets = cleaned.startswith("(") and cleaned.endswith(")")
    match = _AMOUNT.fullmatch(cleaned[1:-1].strip() if in_brackets else cleaned)
    if match is None or (in_brackets and match["minus"]):
        raise ValueError(f"{text!r} is not an amount such as 12,34,567.50")
    paise = int(match["whole"].replace(",", "")) * PAISE_IN_RUPEE + int((match["part"] or "0").ljust(2, "0"))
    if paise > INT64_MAX:
        raise ValueError(f"{text!r} is larger than any amount that can be kept")
    return -paise if in_brackets or match["minus"] else paise


def words(paise: int) -> str:
    """An amount in words on the Indian scale, as invoices carry it: 'Rupees Twelve Lakh ... and Fifty Paise Only'."""
    rupees, part = divmod(abs(paise), PAISE_IN_RUPEE)
    text = f"Rupees {_whole_in_words(rupees)}"
    if part:
        text += f" and {_below_hundred(part)} Paise"
    return f"{'Minus ' if paise < 0 else ''}{text} Only"


def _whole_in_words(number: int) -> str:
    if number < 100:
        return _below_hundred(number)
    for size, name in ((10_000_000, "Crore"), (100_000, "Lakh"), (1_000, "Thousand"), (100, "Hundred")):
        if number >= size:
            head, rest = divmod(number, size)
            return f"{_whole_in_words(head)} {name}" + (f" {_whole_in_words(rest)}" if rest else "")
    raise AssertionError("numbers below a hundred are handled above")


def _below_hundred(number: int) -> str:
    if number < len(_ONES):
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def split_largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """`total` spread over `weights` in whole paise so that the parts add up to it exactly.

    Every part is the floor of its exact share; the paise left over go to the largest fractions, ties in list order.
    Weights may be negative (a deduction takes its tax with it). Weights that add up to nothing share equally.
    """
    if not weights:
        if total:
            raise ValueError("nothing to spread the amount over")
        return []
    whole = sum(weights)
    shares = list(weights) if whole else [1] * len(weights)
    whole = whole or len(weights)
    if whole < 0:
        shares, whole = [-share for share in shares], -whole
    parts, fractions = [], []
    for share in shares:
        part, fraction = divmod(total * share, whole)
        parts.append(part)
        fractions.append(fraction)
    left = total - sum(parts)
    for place in sorted(range(len(parts)), key=lambda at: -fractions[at])[:left]:
        parts[place] += 1
    return parts
