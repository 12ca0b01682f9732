"""How explanations write figures: quantities, prices, shares; from exact fractions, never through a float."""

from __future__ import annotations

from fractions import Fraction

from billing.money import PAISE_IN_RUPEE, format_inr, group_indian
from billing.rules.numbers import MICROS_IN_SECOND

_SHORT_DENOMINATOR = 400
"""Days of a year and less: such fractions are days of a period."""


def said(words: str, exact: Fraction, amount: str) -> str:
    """'toll 54.10', and where the price was finer than a paisa 'toll 54.104 = 54.10'."""
    price = money(exact)
    return f"{words} {price}" if price == amount else f"{words} {price} = {amount}"


def clock_text(micros_of_day: int) -> str:
    """A time of day as people read it: 23:40, with seconds where it has them."""
    minutes, rest = divmod(int(micros_of_day), 60 * MICROS_IN_SECOND)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{rest // MICROS_IN_SECOND:02d}" if rest else text


def minutes_text(micros: int) -> str:
    """A time span in minutes: '71 min'."""
    return f"{number(Fraction(int(micros), 60 * MICROS_IN_SECOND))} min"


def counted(quantity: Fraction, unit: str) -> str:
    """A quantity with its unit: '2 blocks', '1 block', '2.4 km'."""
    singular = unit.removesuffix("es") if unit.endswith("ches") else unit.removesuffix("s")
    return f"{number(quantity)} {singular if quantity == 1 else unit}"


def number(value: Fraction) -> str:
    """An exact figure as people write it: 22,000 or 2,643.55; endless ones as a fraction where that is short."""
    whole, point, part = _plain(value).partition(".")
    return (
        f"{group_indian(int(whole))}{point}{part}" if whole.lstrip("-").isdigit() and len(whole) > 3 else _plain(value)
    )


def _plain(value: Fraction) -> str:
    if (value * 1_000_000).denominator == 1:
        return _digits(value, 6)
    if value.denominator <= _SHORT_DENOMINATOR and value.numerator <= _SHORT_DENOMINATOR:
        return f"{value.numerator}/{value.denominator}"
    return f"{_digits(value, 4)}…"


def money(value: Fraction) -> str:
    """A price with Indian grouping: two decimals at least, more where it has them."""
    if value < 0:
        return f"-{money(-value)}"
    if (value * PAISE_IN_RUPEE).denominator == 1:
        return format_inr(int(value * PAISE_IN_RUPEE))
    return number(value)


def _digits(value: Fraction, decimals: int) -> str:
    """The decimal digits of an exact figure, cut after `decimals`, trailing zeros removed."""
    sign = "-" if value < 0 else ""
    digits = str(abs(value.numerator) * 10**decimals // value.denominator).rjust(decimals + 1, "0")
    text = f"{digits[:-decimals]}.{digits[-decimals:]}".rstrip("0").rstrip(".")
    return sign + text
