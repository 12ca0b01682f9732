"""The billing core: rates trips by contract rules, makes invoices, keeps them in PostgreSQL. No Qt, no window.

The names below are what scripts use (DESIGN.md section 8); each is imported when it is first asked for, so that a
script that only rates never loads a database driver.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from billing import schemas
    from billing.engine import BillingEngine, BillingService, ContractResult
    from billing.repository import ContractNotFoundError, ContractRepository, PostgresRepository, TripNotFoundError
    from billing.rules.parse import parse_rules
    from billing.schemas.rating import BillingModelType, CalculationResult, ContractRuleConfig, TripData
    from billing.strategies.factory import StrategyFactory

_HOMES = {
    "BillingEngine": "billing.engine",
    "BillingModelType": "billing.schemas.rating",
    "BillingService": "billing.engine",
    "CalculationResult": "billing.schemas.rating",
    "ContractNotFoundError": "billing.repository",
    "ContractRepository": "billing.repository",
    "ContractResult": "billing.engine",
    "ContractRuleConfig": "billing.schemas.rating",
    "PostgresRepository": "billing.repository",
    "StrategyFactory": "billing.strategies.factory",
    "TripData": "billing.schemas.rating",
    "TripNotFoundError": "billing.repository",
    "parse_rules": "billing.rules.parse",
}

__all__ = [
    "BillingEngine",
    "BillingModelType",
    "BillingService",
    "CalculationResult",
    "ContractNotFoundError",
    "ContractRepository",
    "ContractResult",
    "ContractRuleConfig",
    "PostgresRepository",
    "StrategyFactory",
    "TripData",
    "TripNotFoundError",
    "parse_rules",
    "schemas",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "schemas":
        return import_module("billing.schemas")
    raise AttributeError(f"module 'billing' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
