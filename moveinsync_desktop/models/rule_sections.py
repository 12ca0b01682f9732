"""The sections of a rule form as they stand: which keys have a row, which can be added, what changed, what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from billing.rules.schema import RuleKey
from billing.schemas.rating import BillingModelType
from moveinsync_desktop.models.rule_layout import PRICINGS, Place, Pricing, key_named, places_of, pricing_section

RIVALS = {"night_shift_surcharge": "night_surcharge_percent", "night_surcharge_percent": "night_shift_surcharge"}
"""Keys of which at most one may be there: adding one takes the other's place."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section as it stands now: the keys with a row, those that can be added, counts for the list at the left."""

    place: Place
    keys: tuple[RuleKey, ...]
    can_add: tuple[RuleKey, ...]
    changed: int
    wrong: int


def sections_of(
    model: BillingModelType,
    way: Pricing | None,
    shown: Collection[str],
    changed: Sequence[str | int],
    wrong: Sequence[str | int],
) -> list[Section]:
    """All sections of a model; `shown` has rows, `changed` and `wrong` are the top keys of changes and errors."""
    return [_section(model, place, way, shown, changed, wrong) for place in places_of(model)]


def _section(
    model: BillingModelType,
    place: Place,
    way: Pricing | None,
    shown: Collection[str],
    changed: Sequence[str | int],
    wrong: Sequence[str | int],
) -> Section:
    is_priced = pricing_section(model) == place.id
    priced = way.keys if way is not None and is_priced else ()
    usual = [name for name in place.usual if name in shown or RIVALS.get(name) not in shown]
    keys = [*priced, *(name for name in (*place.usual, *place.optional) if name in usual or name in shown)]
    held: set[str | int] = {*place.usual, *place.optional, *priced}
    if is_priced:
        held |= {key for other in PRICINGS[model] for key in other.keys}
    return Section(
        place,
        tuple(key_named(model, name) for name in keys),
        tuple(key_named(model, name) for name in (*place.usual, *place.optional) if name not in keys),
        sum(name in held for name in changed),
        sum(name in held for name in wrong),
    )
