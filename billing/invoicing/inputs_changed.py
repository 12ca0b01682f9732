"""What a month was billed from against what it would be billed from now: part by part, each change in words.

Both are bundles as `billing_runs.inputs` keeps them (services.month_inputs). Rules and their dates are not compared:
the contract versions themselves tell of a correction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from billing.schemas.notes import Cause

Bundle = Mapping[str, Any]
_TAX_KEYS = ("tax_percentage", "tax_rates_by_date", "reverse_charge")
_SHOWN = 3


def changed_parts(then: Bundle, now: Bundle) -> tuple[Cause, ...]:
    """The parts that differ, in the order in which a bill uses them; empty where a run of now reads the same."""
    found = (
        _tax(then, now),
        _fuel(then, now),
        _slots(then, now),
        _usage(then, now),
        _figure(then, now, "vehicles_count", "number of vehicles"),
        _figure(then, now, "sla_breaches", "SLA breaches"),
        _employees(then, now),
        _opening(then, now),
    )
    return tuple(cause for cause in found if cause is not None)


def _rules(bundle: Bundle) -> dict[int, Mapping[str, Any]]:
    return {int(one["version_number"]): one["rules_config"] for one in bundle.get("versions") or ()}


def _both(then: Bundle, now: Bundle) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The rules of versions that both bundles have."""
    before, after = _rules(then), _rules(now)
    return [(before[number], after[number]) for number in sorted(before.keys() & after.keys())]


def _tax(then: Bundle, now: Bundle) -> Cause | None:
    pairs = [pair for pair in _both(then, now) if _tax_of(pair[0]) != _tax_of(pair[1])]
    moved = f", SAC {then.get('sac')} → {now.get('sac')}" if then.get("sac") != now.get("sac") else ""
    if not pairs:
        return None
    words = [f"{_percents(before)} → {_percents(after)}" for before, after in pairs]
    return Cause("tax", "corrected tax rate", f"tax {'; '.join(dict.fromkeys(words))}{moved}")


def _tax_of(rules: Mapping[str, Any]) -> list[Any]:
    return [rules.get(key) or None for key in _TAX_KEYS]


def _percents(rules: Mapping[str, Any]) -> str:
    dated = [f"{one['percent']} % from {_day(one['from'])}" for one in rules.get("tax_rates_by_date") or ()]
    reverse = ["reverse charge"] if rules.get("reverse_charge") else []
    return ", ".join([f"{rules.get('tax_percentage', '18')} %", *dated, *reverse])


def _day(text: str) -> str:
    return "-".join(reversed(str(text).split("-")))


def _fuel(then: Bundle, now: Bundle) -> Cause | None:
    prices = [
        ((before.get("fuel") or {}).get("current_price"), (after.get("fuel") or {}).get("current_price"))
        for before, after in _both(then, now)
    ]
    moved = [(before, after) for before, after in prices if before != after]
    if not moved:
        return None
    return Cause("fuel", "corrected fuel price", f"fuel price {moved[0][0]} → {moved[0][1]}")


def _slots(then: Bundle, now: Bundle) -> Cause | None:
    if (then.get("slots_state") or "") == (now.get("slots_state") or ""):
        return None
    return Cause("slots", "corrected vehicle slots", "vehicle slots changed")


def _usage(then: Bundle, now: Bundle) -> Cause | None:
    """Duty, km, absences: of the slots that both have, and of those that only usage names."""
    before = {one["slot"]: one for one in then.get("vehicles") or ()}
    after = {one["slot"]: one for one in now.get("vehicles") or ()}
    moved = [slot for slot in sorted(before.keys() | after.keys()) if _entered(before, slot) != _entered(after, slot)]
    if not moved:
        return None
    return Cause("usage", "corrected duty and absences", f"km, hours or days of {_names(moved)}")


def _entered(slots: Mapping[str, Mapping[str, Any]], slot: str) -> dict[str, Any]:
    """What was entered for a slot; a slot without figures is one that nobody entered."""
    return {name: value for name, value in slots.get(slot, {}).items() if name != "slot"}


def _names(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _figure(then: Bundle, now: Bundle, key: str, name: str) -> Cause | None:
    before, after = then.get(key), now.get(key)
    if before == after:
        return None
    return Cause(key, f"corrected {name}", f"{name} {'none' if before is None else before} → {after}")


def _employees(then: Bundle, now: Bundle) -> Cause | None:
    before = {one["id"]: one.get("active_days") for one in then.get("employees") or ()}
    after = {one["id"]: one.get("active_days") for one in now.get("employees") or ()}
    if before == after:
        return None
    if len(before) != len(after):
        return Cause("employees", "corrected list of employees", f"employees {len(before)} → {len(after)}")
    moved = sum(before.get(one) != days for one, days in after.items())
    return Cause("employees", "corrected list of employees", f"days of {moved} employees")


def _opening(then: Bundle, now: Bundle) -> Cause | None:
    def used(bundle: Bundle) -> tuple[Any, Any]:
        opening = bundle.get("opening") or {}
        return opening.get("distance_m"), opening.get("duty_s")

    if used(then) == used(now):
        return None
    return Cause("opening", "corrected opening values", "opening km or hours changed")
