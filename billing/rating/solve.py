"""Find the value of one rule that makes a month come to a target, by rating the month again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from billing.errors import RefusedError
from billing.rating.period import RatingInput, rate_period
from billing.rating.simulate import ALWAYS
from billing.rules.canonical import canonical_rules, plain_text
from billing.rules.parse import parse_rules
from billing.rules.schema import KEY_BY_NAME, Kind
from billing.schemas.rating import ContractRuleConfig, ContractVersion

DECIMALS = 2
_LARGEST = 10**12
"""Steps beyond which no rule value makes sense: ten thousand million at two decimals."""


@dataclass(frozen=True, slots=True)
class Solution:
    """What was found.

    Attributes:
        value: of the rule, on the step asked for.
        taxable: what the month comes to with it, in paise.
        target: what was asked for, in paise.
    """

    value: Decimal
    taxable: int
    target: int

    @property
    def is_exact(self) -> bool:
        """Whether the month comes to the target to the paisa."""
        return self.taxable == self.target


def solve_rule(
    given: RatingInput, rules: ContractRuleConfig, path: tuple[str | int, ...], target: int, *, decimals: int = DECIMALS
) -> Solution:
    """The value of the rule at `path`, such as ('slabs', 'bands', 1, 'rate'), that brings a month nearest to a target.

    The month's taxable value must rise or fall with the rule throughout, as it does with every price; about 45
    ratings. Raises RefusedError TARGET_NOT_REACHED where no value reaches it, BadInputError as `rate_period` does.
    """
    cost = _cost_of(given, rules, path, decimals)
    most = 10**decimals if _is_fraction(path) else _LARGEST
    low, high = 0, 1
    while not _between(cost(low), cost(high), target):
        if high >= most:
            raise _unreachable(cost(0), cost(high))
        low, high = high, min(high * 2, most)
    while high - low > 1:
        middle = (low + high) // 2
        if _between(cost(low), cost(middle), target):
            high = middle
        else:
            low = middle
    nearest = min(low, high, key=lambda step: abs(cost(step) - target))
    return Solution(Decimal(nearest).scaleb(-decimals), cost(nearest), target)


def _is_fraction(path: tuple[str | int, ...]) -> bool:
    key = KEY_BY_NAME.get(str(path[0]))
    return key is not None and key.kind is Kind.FRACTION


def _cost_of(
    given: RatingInput, rules: ContractRuleConfig, path: tuple[str | int, ...], decimals: int
) -> Callable[[int], int]:
    """The month's taxable value as a function of the rule's value in steps; every value is rated once."""
    stored = canonical_rules(rules)
    known: dict[int, int] = {}

    def cost(step: int) -> int:
        if step not in known:
            tried = _with_value(stored, path, plain_text(Decimal(step).scaleb(-decimals)))
            version = ContractVersion(1, parse_rules(rules.model, tried), ALWAYS)
            known[step] = rate_period(replace(given, versions=(version,), join_date=None)).taxable_subtotal
        return known[step]

    return cost


def _with_value(rules: Mapping[str, Any], path: tuple[str | int, ...], value: str) -> dict[str, Any]:
    changed = deepcopy(dict(rules))
    place: Any = changed
    for part in path[:-1]:
        place = place[part] if isinstance(part, int) else place.setdefault(part, {})
    place[path[-1]] = value
    return changed


def _between(one: int, other: int, target: int) -> bool:
    return min(one, other) <= target <= max(one, other)


def _unreachable(at_low: int, at_high: int) -> RefusedError:
    if at_low == at_high:
        message = "The month does not change with this rule: no value of it reaches the target."
    else:
        message = "No value of this rule makes the month come to the target."
    return RefusedError("TARGET_NOT_REACHED", message, hint="Choose another rule, or a target nearer to the month.")
