"""Which strategy belongs to a billing model."""

from __future__ import annotations

from typing import ClassVar

from billing.rules.parse import read_model
from billing.schemas.rating import BillingModelType
from billing.strategies.base import BillingStrategy
from billing.strategies.fixed_package import FixedPackageStrategy
from billing.strategies.hybrid import HybridStrategy
from billing.strategies.per_trip import PerTripStrategy


class StrategyFactory:
    """Gives the strategy of a billing model."""

    _strategies: ClassVar[dict[BillingModelType, BillingStrategy]] = {
        strategy.model: strategy for strategy in (PerTripStrategy(), HybridStrategy(), FixedPackageStrategy())
    }

    @classmethod
    def get_strategy(cls, model: BillingModelType | str) -> BillingStrategy:
        """The strategy of a model or of one of its aliases. Raises BadInputError UNKNOWN_BILLING_MODEL."""
        return cls._strategies[read_model(model)]
