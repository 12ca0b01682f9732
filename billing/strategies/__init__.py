"""How the three billing models price trips and periods: one strategy a model, one small file a construct."""

from billing.schemas.rating import BillingModelType
from billing.strategies.base import BillingStrategy
from billing.strategies.factory import StrategyFactory
from billing.strategies.fixed_package import FixedPackageStrategy
from billing.strategies.hybrid import HybridStrategy
from billing.strategies.per_trip import PerTripStrategy

__all__ = [
    "BillingModelType",
    "BillingStrategy",
    "FixedPackageStrategy",
    "HybridStrategy",
    "PerTripStrategy",
    "StrategyFactory",
]
