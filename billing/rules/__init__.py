"""Contract rules: the registry of keys, reading and checking, lint, and the difference of two versions."""

from billing.rules.canonical import canonical_rules
from billing.rules.parse import examine_rules, parse_rules, read_model
from billing.rules.schema import RULE_KEYS, keys_of

__all__ = ["RULE_KEYS", "canonical_rules", "examine_rules", "keys_of", "parse_rules", "read_model"]
