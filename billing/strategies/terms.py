"""A contract version made ready for columns: every figure an int on one fixed-point scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.rules.check import merged_rates
from billing.rules.fuel import rates_after_fuel
from billing.schemas.rating import BillingModelType, ContractRuleConfig

_MONEY_DECIMALS = 2


class Terms:
    """The rules of one version and its share of the period.

    Attributes:
        rules: the checked rules.
        number: the version number.
        share: the part of the period that the version owns, by its proration basis.
        scale: all figures are ints of 1/scale; a multiple of 100.
        tax_percent: the percentage where no dated rate applies.
    """

    def __init__(self, rules: ContractRuleConfig, *, number: int = 1, share: Fraction = Fraction(1)) -> None:
        self.rules = rules
        self.number = number
        self.share = share
        self.values: Mapping[str, Any] = {**rules.values, **rates_after_fuel(rules.values)}
        self.scale: int = 10 ** max(_MONEY_DECIMALS, *_decimals(self.values))
        self._types: dict[str, Terms] = {}

    @property
    def model(self) -> BillingModelType:
        """How the contract is billed."""
        return self.rules.model

    @property
    def hundred(self) -> int:
        """The denominator of a percentage on the scale."""
        return 100 * self.scale

    def get(self, key: str, default: Any = None) -> Any:
        """The typed value of a key."""
        return self.values.get(key, default)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def scaled(self, value: Decimal) -> int:
        """A figure of these rules as an int on the scale, exact."""
        return int(value * self.scale)

    def rate(self, key: str) -> int | None:
        """A top-level figure on the scale; None where the key is absent."""
        value = self.values.get(key)
        return None if value is None else self.scaled(value)

    def of_type(self, vehicle_type: str) -> Terms:
        """The same terms with the keys of a vehicle type in place of the contract's."""
        if vehicle_type not in self._types:
            values = merged_rates(self.rules.values, vehicle_type)
            merged = ContractRuleConfig(self.rules.model, values)
            self._types[vehicle_type] = Terms(merged, number=self.number, share=self.share)
        return self._types[vehicle_type]


def metres(km: Decimal) -> int:
    """Kilometres of a rule in metres; they were rounded to the metre when read."""
    return int(km * 1000)


def prorated_km(km: Decimal, share: Fraction) -> int:
    """Metres of a monthly distance; a part of it is rounded to two decimals of a km."""
    if share == 1:
        return metres(km)
    hundredths = Fraction(km) * share * 100
    return 10 * _half_up(hundredths)


def prorated_hours(hours: Decimal, share: Fraction) -> Fraction:
    """Hours of a month; a part of them is rounded to two decimals."""
    if share == 1:
        return Fraction(hours)
    return Fraction(_half_up(Fraction(hours) * share * 100), 100)


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _decimals(value: Any) -> Iterator[int]:
    """Decimal places of every figure in a rule value; at least one number is given."""
    yield 0
    if isinstance(value, Decimal):
        yield -int(value.normalize().as_tuple().exponent)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _decimals(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _decimals(item)
