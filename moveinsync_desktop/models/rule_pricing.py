"""The ways in which a fare can be made: which one staged rules use, and going over to another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any

from billing.schemas.rating import BillingModelType
from moveinsync_desktop.models.rule_layout import PRICINGS, Pricing, key_named
from moveinsync_desktop.models.rule_values import empty_value


def way_of(model: BillingModelType, rules: Mapping[str, Any]) -> Pricing | None:
    """The way that these rules use; None where they say nothing."""
    for way in PRICINGS[model]:
        if any(key in rules for key in way.keys[: 1 if way.id != "rate" else None]):
            return way
    return None


def way_in_use(model: BillingModelType, rules: Mapping[str, Any], opened: Collection[str]) -> Pricing | None:
    """The same, else the way whose rows are open, else the model's first."""
    found = way_of(model, rules)
    ways = PRICINGS[model]
    return found or next((way for way in ways if any(key in opened for key in way.keys)), ways[0] if ways else None)


def change_way(
    model: BillingModelType, way: Pricing, rules: dict[str, Any], stash: dict[str, Any], base: Mapping[str, Any]
) -> None:
    """Price `rules` by another way, in place; figures of the old one go into `stash`, its own come back from there."""
    for other in PRICINGS[model]:
        for key in set(other.keys) - set(way.keys):
            if key in rules:
                stash[key] = rules.pop(key)
    for key in way.keys:
        first = empty_value(key_named(model, key)) if key == way.needs else None
        value = stash.pop(key, deepcopy(base.get(key, first)))
        if value is not None:
            rules[key] = value
    if model is BillingModelType.HYBRID and "slabs" in rules and rules["slabs"].get("mode") == "flat":
        rules["slabs"]["mode"] = "graduated"
