"""Why a vendor's amount differs from ours: the month rated again with one thing as the vendor may have had it.

Every hypothesis goes through the one rating function; it explains a trip only where its amount is the vendor's to the
paisa. What no hypothesis meets stays unexplained.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

from billing.errors import BadInputError, RefusedError
from billing.invoicing.lines import describe
from billing.money import PAISE_IN_RUPEE, format_inr, half_up
from billing.rules import parse_rules
from billing.rules.numbers import MICROS_IN_DAY
from billing.schemas.invoices import ChargeLevel
from billing.schemas.rating import ContractRuleConfig
from billing.schemas.vendor_bills import OurLine, Pair, TheirRow
from billing.services.vendor_bill_ours import OurSide, RatedMonth

if TYPE_CHECKING:
    from billing.rating.period import RatingInput
    from billing.rating.result import RatedPeriod

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NIGHT = ("night_shift_surcharge", "night_surcharge_percent")
_TAX_KEYS = ("tax_percentage", "tax_rates_by_date", "tax_split", "reverse_charge")
_LEFT_OFF = (
    ("NIGHT_MISSING", _NIGHT, "Night surcharge left off"),
    ("CARPOOL", ("carpool_discount",), "Carpool discount not given"),
    ("ESCORT", ("escort_charge_per_trip",), "Escort charge left off"),
    ("WAITING", ("waiting",), "Waiting charge left off"),
    ("GARAGE", ("garage",), "Garage kilometres left off"),
    ("FUEL", ("fuel",), "Fuel clause not applied"),
    ("MIN_FARE", ("min_fare",), "Minimum fare not applied"),
    ("MAX_FARE", ("max_fare",), "Maximum fare not applied"),
)
_STATES = {
    "HELD": "On hold on our side, so no bill of ours takes it",
    "SUBMITTED": "Submitted by the vendor, not accepted yet",
    "REJECTED": "Sent back to the vendor",
    "NO_CONTRACT": "No contract of ours covers it",
    "AMBIGUOUS_CONTRACT": "Several contracts of ours cover it",
    "NOT_RATED": "It cannot be rated by our rules now",
}


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the vendor may have done otherwise: a code, words, and the month as it then is."""

    code: str
    words: str
    given: RatingInput


def explain(side: OurSide, pairs: Sequence[Pair], *, with_tax: bool) -> list[Pair]:
    """The same pairs, each difference with its cause where one is found."""
    groups: dict[tuple[UUID, date], list[int]] = defaultdict(list)
    done = list(pairs)
    for at, pair in enumerate(pairs):
        found = _at_once(pair, with_tax=with_tax)
        if found is not None:
            done[at] = found
            continue
        their, our = pair.their, pair.our
        if their and our and our.trip_id and our.contract_id and their.amount != our.amount:
            local = (_EPOCH + timedelta(microseconds=our.start)).astimezone(side.zone)
            groups[our.contract_id, local.date().replace(day=1)].append(at)
    for (contract_id, month), places in groups.items():
        rated = side.month(contract_id, month)
        if rated is not None:
            for at, pair in _by_rating(side, rated, [(place, pairs[place]) for place in places], with_tax=with_tax):
                done[at] = pair
    return [_by_form(pair, with_tax=with_tax) for pair in done]


def _at_once(pair: Pair, *, with_tax: bool) -> Pair | None:
    """Causes that need no rating."""
    their, our = pair.their, pair.our
    if their is None or our is None:
        return None
    if our.state in _STATES:
        return replace(pair, cause=our.state, cause_text=_STATES[our.state], explained=their.amount - our.amount)
    if with_tax and their.amount == our.amount and their.tax != our.tax:
        return replace(pair, cause="TAX", cause_text=_tax_words(their, our), explained=0)
    return None


def _tax_words(their: TheirRow, our: OurLine) -> str:
    taxed = our.amount - our.untaxed
    own = Decimal(our.tax_milli) / 1000
    asked = Decimal(half_up(their.tax * 100_000, taxed)) / 1000 if taxed > 0 else None
    known = asked is not None and abs(half_up(taxed * int(asked.to_integral_value()), 100) - their.tax) <= 1
    if known and asked is not None:
        return f"Tax of {asked.to_integral_value()} % where ours is {own.normalize():f} %"
    return f"Tax of {format_inr(their.tax)} where ours is {format_inr(our.tax)}"


def _by_rating(
    side: OurSide, month: RatedMonth, pairs: Sequence[tuple[int, Pair]], *, with_tax: bool
) -> Iterator[tuple[int, Pair]]:
    """Try one hypothesis after the other on the pairs that are still unexplained."""
    left = {at: pair for at, pair in pairs if pair.our is not None and pair.our.trip_id in month.place}
    for hypothesis in hypotheses(side, month, list(left.values())):
        if not left:
            return
        rated = _rate(hypothesis.given)
        if rated is None:
            continue
        amounts = rated.trips.base + rated.trips.non_taxable
        for at, pair in list(left.items()):
            assert pair.their is not None
            assert pair.our is not None
            assert pair.our.trip_id is not None
            place = month.place[pair.our.trip_id]
            if abs(int(amounts[place]) - pair.their.amount) <= (1 if with_tax else 0):
                words = hypothesis.words
                if "KM" in hypothesis.code and pair.their.distance_m is not None:
                    words = words.replace("Their km", _km_words(pair.their, pair.our))
                text = f"{words}: {_line_words(month.rated, rated, place)}".rstrip(": ")
                apart = pair.their.amount - pair.our.amount
                yield at, replace(pair, cause=hypothesis.code, cause_text=text[:500], explained=apart)
                del left[at]


def _km_words(their: TheirRow, our: OurLine) -> str:
    return f"Their {_km(their.distance_m or 0)} km, ours {_km(our.distance_m)} km, at our rates"


def _km(metres: int) -> str:
    return f"{Decimal(metres) / 1000:f}"


def _line_words(before: RatedPeriod, after: RatedPeriod, place: int) -> str:
    """The lines that come out otherwise: `Distance 643.90 → 729.70`."""
    words = []
    for code in {**before.trips.amounts, **after.trips.amounts}:
        old, new = (int(r.trips.amounts[code][place]) if code in r.trips.amounts else 0 for r in (before, after))
        if old != new:
            words.append(f"{describe(code, ChargeLevel.TRIP)} {format_inr(old)} → {format_inr(new)}")
    return ", ".join(words)


def _rate(given: RatingInput) -> RatedPeriod | None:
    from billing.rating.period import rate_period

    try:
        return rate_period(given)
    except (BadInputError, RefusedError):
        return None


def hypotheses(side: OurSide, month: RatedMonth, pairs: Sequence[Pair]) -> Iterator[Hypothesis]:
    """What a vendor may have done otherwise in a month, the plainest first; `pairs` say their kilometres."""
    given = replace(month.inputs.rating, trip_only=True)
    theirs = _with_their_km(month, given, pairs)
    if theirs is not None:
        yield Hypothesis("KM", "Their km", theirs)
    ruled = list(_rule_hypotheses(side, month, given))
    yield from ruled
    status = given.trips.status
    if status is not None and status.any():
        driven = replace(given.trips, status=None)
        yield Hypothesis("STATUS", "Billed as driven to the end", replace(given, trips=driven))
    if theirs is not None:
        for one in ruled:
            words = f"Their km, and {one.words[0].lower()}{one.words[1:]}"
            yield Hypothesis(f"KM_{one.code}", words, replace(one.given, trips=theirs.trips))


def _with_their_km(month: RatedMonth, given: RatingInput, pairs: Sequence[Pair]) -> RatingInput | None:
    metres = given.trips.distance_m.copy()
    changed = False
    for pair in pairs:
        if pair.their is None or pair.our is None or pair.our.trip_id is None or pair.their.distance_m is None:
            continue
        row = int(month.rated.trips.order[month.place[pair.our.trip_id]])
        changed = changed or int(metres[row]) != pair.their.distance_m
        metres[row] = pair.their.distance_m
    none = np.full(len(metres), -1, np.int64)
    columns = replace(given.trips, distance_m=metres, claimed_m=none, gps_m=none)
    return replace(given, trips=columns) if changed else None


def _rule_hypotheses(side: OurSide, month: RatedMonth, given: RatingInput) -> Iterator[Hypothesis]:
    def under(change: Callable[[ContractRuleConfig], Mapping[str, Any]]) -> RatingInput:
        versions = tuple(replace(v, rules=replace(v.rules, values=dict(change(v.rules)))) for v in given.versions)
        return replace(given, versions=versions)

    keys = {key for version in given.versions for key in version.rules.values}
    if "free_km_included" in keys:
        yield Hypothesis(
            "FREE_KM", "Free kilometres not given", under(lambda r: {**r.values, "free_km_included": Decimal(0)})
        )
    if keys & set(_NIGHT):
        window = {"start": 0, "end": MICROS_IN_DAY, "basis": "start"}
        yield Hypothesis(
            "NIGHT_BY_DAY", "Night surcharge charged by day", under(lambda r: {**r.values, "night_window": window})
        )
    for code, names, words in _LEFT_OFF:
        if keys & set(names):
            yield Hypothesis(code, words, under(_without(names)))
    yield from _other_versions(side, month, given)


def _without(names: Sequence[str]) -> Callable[[ContractRuleConfig], Mapping[str, Any]]:
    return lambda rules: {key: value for key, value in rules.values.items() if key not in names}


def _other_versions(side: OurSide, month: RatedMonth, given: RatingInput) -> Iterator[Hypothesis]:
    """Every version of the contract, as if it had held the whole month; the tax stays that of the month."""
    contract = month.inputs.facts.contract
    for stored in side.uow.contract_versions.of_contract(contract.client_id, contract.id):
        if stored.status != "ACTIVE":
            continue
        try:
            rules = parse_rules(stored.billing_model, stored.rules)
        except BadInputError:
            continue
        versions = tuple(
            replace(
                version,
                rules=replace(
                    rules,
                    values={
                        **{key: value for key, value in rules.values.items() if key not in _TAX_KEYS},
                        **{key: version.rules.values[key] for key in _TAX_KEYS if key in version.rules.values},
                    },
                ),
            )
            for version in given.versions
        )
        words = f"Priced with version {stored.number} of the contract"
        yield Hypothesis(f"VERSION_{stored.number}", words, replace(given, versions=versions))


def _by_form(pair: Pair, *, with_tax: bool) -> Pair:
    """What is left: rounded to the rupee, or one of our lines as it stands is not on theirs."""
    their, our = pair.their, pair.our
    if pair.cause or their is None or our is None or their.amount == our.amount:
        return pair
    apart = their.amount - our.amount
    if their.amount % PAISE_IN_RUPEE == 0 and abs(apart) < PAISE_IN_RUPEE:
        return replace(pair, cause="ROUNDED", cause_text="Their amount is rounded to the rupee", explained=apart)
    if with_tax and abs(apart) <= 1:
        return replace(pair, cause="ROUNDED", cause_text="Their tax is taken out of a rounded total", explained=apart)
    return pair
