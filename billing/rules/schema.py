"""The one registry of all rule keys: validation, forms, lint, diff and help read it."""

from __future__ import annotations

from billing.rules.key import Kind, RuleKey
from billing.rules.keys_adders import ADDER_KEYS
from billing.rules.keys_bill import BILL_KEYS
from billing.rules.keys_fare import FARE_KEYS, VEHICLE_RATES
from billing.rules.keys_period import PERIOD_KEYS
from billing.schemas.rating import BillingModelType

RULE_KEYS: tuple[RuleKey, ...] = (*FARE_KEYS, VEHICLE_RATES, *PERIOD_KEYS, *ADDER_KEYS, *BILL_KEYS)
KEY_BY_NAME = {name: key for key in RULE_KEYS for name in (key.key, *key.aliases)}
TYPED_KEY_BY_NAME = {name: key for key in VEHICLE_RATES.fields for name in (key.key, *key.aliases)}

__all__ = ["KEY_BY_NAME", "RULE_KEYS", "TYPED_KEY_BY_NAME", "Kind", "RuleKey", "keys_of"]


def keys_of(model: BillingModelType) -> tuple[RuleKey, ...]:
    """The keys that a model uses, in the order of the form."""
    return tuple(key for key in RULE_KEYS if model in key.models)
