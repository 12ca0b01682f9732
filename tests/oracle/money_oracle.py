"""An independent reading of TARIFF.md: one trip at a time, Fractions only, nothing imported from the product.

It answers bundles of plain JSON values (numbers as strings) with the output of section 4, or raises `Refused` with
a code. It is written for plainness, not speed, and shares no code and no structure with the engine.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

F = Fraction
ALIASES = {
    "base_amount": "base_fare",
    "cost_per_km": "per_km_rate",
    "distance_rate": "per_km_rate",
    "base_rate_km": "per_km_rate",
    "min_trip_charge": "min_fare",
    "monthly_fee": "base_monthly_fee",
    "package_price": "base_monthly_fee",
    "package_base_cost": "base_monthly_fee",
    "included_km": "free_km_included",
    "package_km_limit": "free_km_included",
    "overage_per_km": "per_km_rate_after_limit",
}
LIMITS = ("free_km_included", "included_km", "package_km_limit")
FARE_GROUPS = (
    ("base_fare", "per_km_rate", "cost_per_minute"),
    ("slabs",),
    ("zone_rates",),
    ("per_seat_rate",),
    ("local_packages",),
    ("outstation",),
)


class Refused(Exception):  # noqa: N818
    """The bundle cannot be rated; the message is the code."""


def paisa(amount: Fraction, mode: str = "HALF_UP") -> Fraction:
    """To two decimals on the magnitude."""
    size = abs(amount) * 100
    whole, rest = size.numerator // size.denominator, size - size.numerator // size.denominator
    if rest > F(1, 2) or (rest == F(1, 2) and mode == "HALF_UP"):
        whole += 1
    return F(whole, 100) * (1 if amount >= 0 else -1)


def places(value: Fraction, decimals: int) -> Fraction:
    """Half away from zero to some decimals."""
    power = 10**decimals
    return paisa(value * power / 100) * 100 / power


def ceil(value: Fraction) -> int:
    return -((-value.numerator) // value.denominator)


def text(amount: Fraction) -> str:
    cents = amount * 100
    assert cents.denominator == 1, amount
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents.numerator) // 100}.{abs(cents.numerator) % 100:02d}"


def num(value: Any) -> Fraction:
    raw = str(value)
    if isinstance(value, bool | float | list | dict) or not re.fullmatch(r"-?\d+(\.\d{1,6})?", raw):
        raise Refused("BAD_INPUT")
    result = F(raw)
    if result < 0:
        raise Refused("NEGATIVE_AMOUNT")
    return result


def km(value: Any) -> Fraction:
    return places(num(value), 3)


def canonical(rules: dict[str, Any], limit_outside: bool = False) -> dict[str, Any]:
    has_limit = limit_outside or any(rules.get(name) is not None for name in LIMITS)
    result: dict[str, Any] = {}
    for name, value in rules.items():
        if value is None:
            continue
        key = ALIASES.get(name, name)
        if name == "base_rate_km" and has_limit:
            key = "per_km_rate_after_limit"
        if key in result and num(result[key]) != num(value):
            raise Refused("CONFLICTING_ALIASES")
        result[key] = value
    if "tax_rate" in result:
        if num(result["tax_rate"]) >= 1:
            raise Refused("TAX_RATE_NOT_A_FRACTION")
        if "tax_percentage" in result and num(result["tax_percentage"]) != num(result["tax_rate"]) * 100:
            raise Refused("CONFLICTING_ALIASES")
    if "carpool_discount" in result and num(result["carpool_discount"]) > 1:
        raise Refused("DISCOUNT_NOT_A_FRACTION")
    if isinstance(result.get("vehicle_rates"), dict):
        result["vehicle_rates"] = {
            name: canonical(rates, has_limit) for name, rates in result["vehicle_rates"].items() if rates is not None
        }
    return result


class Version:
    """One contract version: rules, validity, and how many days of the period it owns."""

    def __init__(self, place: int, given: dict[str, Any]) -> None:
        self.place = place
        self.number = int(given["version_number"])
        model = {"FIXED": "FIXED_PACKAGE", "FIXED_MONTHLY": "FIXED_PACKAGE"}.get(
            given["billing_model"], given["billing_model"]
        )
        if model not in ("PER_TRIP", "HYBRID", "FIXED_PACKAGE"):
            raise Refused("UNKNOWN_BILLING_MODEL")
        self.model = model
        self.rules = canonical(given["rules_config"])
        self.begin = datetime.fromisoformat(given["valid_from"])
        self.end = datetime.fromisoformat(given["valid_until"]) if given.get("valid_until") else None
        self.days: list[date] = []
        self.check()

    def check(self) -> None:
        types = self.rules.get("vehicle_rates")
        for rules in [{**self.rules, **own} for own in types.values()] if types else [self.rules]:
            if self.model == "PER_TRIP":
                kinds = [group for group in FARE_GROUPS if any(key in rules for key in group)]
                if not kinds:
                    raise Refused("NO_PRICE_COMPONENT")
                if len(kinds) > 1:
                    raise Refused("BAD_INPUT")
            if self.model == "HYBRID":
                rate, slabs = "per_km_rate_after_limit" in rules, "slabs" in rules
                if not rate and not slabs:
                    raise Refused("NO_PRICE_COMPONENT")
                if (rate and slabs) or (slabs and rules["slabs"]["mode"] == "flat"):
                    raise Refused("BAD_INPUT")
        if self.model == "FIXED_PACKAGE" and not {"base_monthly_fee", "per_employee_fee"} & set(self.rules):
            raise Refused("NO_PRICE_COMPONENT")

    def holds_at(self, moment: datetime) -> bool:
        return self.begin <= moment and (self.end is None or moment < self.end)

    def rate(self, key: str, rules: dict[str, Any] | None = None) -> Fraction | None:
        """A rate per km after the fuel clause, or any other number."""
        rules = self.rules if rules is None else rules
        if key not in rules:
            return None
        value = num(rules[key])
        fuel = rules.get("fuel")
        if fuel and key in ("per_km_rate", "per_km_rate_after_limit"):
            base, current = num(fuel["base_price"]), num(fuel["current_price"])
            change_percent = abs(current - base) / base * 100
            if change_percent > num(fuel.get("threshold_percent") or "0"):
                share = num(fuel["share"]) if fuel.get("share") is not None else F(1)
                value = places(value + (current - base) / num(fuel["km_per_litre"]) * share, 4)
        return value

    def share(self, active: Fraction, period_days: int) -> Fraction:
        if active >= period_days:
            return F(1)
        proration = self.rules.get("proration") or {}
        basis = proration.get("basis") or "calendar_days"
        if basis == "calendar_days":
            over = F(period_days)
        elif basis == "fixed_30":
            over = F(30)
        else:
            over = num(proration["working_days"])
        return min(F(1), active / over)


class Oracle:
    """Rates one bundle."""

    def __init__(self, bundle: dict[str, Any]) -> None:
        self.bundle = bundle
        self.zone = ZoneInfo(bundle.get("timezone") or "Asia/Kolkata")
        self.first, self.last = (date.fromisoformat(day) for day in bundle["period"])
        if self.last < self.first:
            raise Refused("BAD_INPUT")
        self.period_days = (self.last - self.first).days + 1
        self.join = date.fromisoformat(bundle["join_date"]) if bundle.get("join_date") else None
        self.mode = bundle.get("rounding") or "HALF_UP"
        self.trip_only = bool(bundle.get("trip_only"))
        self.versions = [Version(place, given) for place, given in enumerate(bundle["versions"])]
        self.vehicles = bundle.get("vehicles")
        self.paid_bonus: dict[str, Fraction] = defaultdict(Fraction)
        self.free_used: dict[tuple[int, str], Fraction] = defaultdict(Fraction)
        self.check_versions()
        self.own_days()

    # --- versions -------------------------------------------------------------------------------------------

    def check_versions(self) -> None:
        if not self.versions:
            raise Refused("NO_CONTRACT_VERSION")
        for version in self.versions:
            if version.end is not None and version.end < version.begin:
                raise Refused("BAD_INPUT")
        for one in self.versions:
            for other in self.versions:
                if one is other:
                    continue
                begin = max(one.begin, other.begin)
                ends = [version.end for version in (one, other) if version.end is not None]
                if all(begin < end for end in ends):
                    raise Refused("OVERLAPPING_VERSIONS")

    def own_days(self) -> None:
        day = self.first
        while day <= self.last:
            midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)
            for version in self.versions:
                if version.holds_at(midnight) and (self.join is None or day >= self.join):
                    version.days.append(day)
            day += timedelta(days=1)

    @property
    def owners(self) -> list[Version]:
        return sorted((version for version in self.versions if version.days), key=lambda version: version.begin)

    def version_of(self, start: datetime) -> Version:
        if self.join is None or self.local(start).date() >= self.join:
            for version in self.versions:
                if version.holds_at(start):
                    return version
        raise Refused("NO_CONTRACT_VERSION")

    def own_share(self, version: Version) -> Fraction:
        return version.share(F(len(version.days)), self.period_days)

    # --- time ------------------------------------------------------------------------------------------------

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    @staticmethod
    def seconds(span: timedelta) -> Fraction:
        return F(span.days * 86400 + span.seconds) + F(span.microseconds, 1_000_000)

    def night_seconds(self, start: datetime, end: datetime, window: tuple[int, int]) -> Fraction:
        """Seconds of a trip whose local clock shows a time inside the window, piece by piece between all bounds."""
        cuts = {start, end}
        day = self.local(start).date() - timedelta(days=1)
        while day <= self.local(end).date() + timedelta(days=1):
            midnight = datetime(day.year, day.month, day.day)
            for bound in window:
                for fold in (0, 1):
                    wall = (midnight + timedelta(seconds=bound)).replace(tzinfo=self.zone, fold=fold)
                    cuts.add(wall.astimezone(UTC))
            day += timedelta(days=1)
        hour = start.replace(minute=0, second=0, microsecond=0)
        while hour <= end:
            if self.local(hour).utcoffset() != self.local(hour + timedelta(hours=1)).utcoffset():
                cuts.add(hour + timedelta(hours=1))
            hour += timedelta(hours=1)
        total = F(0)
        inside = sorted(cut for cut in cuts if start <= cut <= end)
        for low, high in pairwise(inside):
            if self.in_window(low + (high - low) / 2, window):
                total += self.seconds(high - low)
        return total

    def in_window(self, moment: datetime, window: tuple[int, int]) -> bool:
        local = self.local(moment)
        clock = F(local.hour * 3600 + local.minute * 60 + local.second) + F(local.microsecond, 1_000_000)
        low, high = window
        return low <= clock < high if low <= high else clock >= low or clock < high

    # --- one trip ----------------------------------------------------------------------------------------------

    def billable(self, trip: dict[str, Any], rules: dict[str, Any]) -> Fraction:
        distance = km(trip["distance_km"])
        claimed, gps = trip.get("claimed_km"), trip.get("gps_km")
        if "gps_tolerance_percent" in rules and claimed is not None and gps is not None:
            most = km(gps) * (1 + num(rules["gps_tolerance_percent"]) / 100)
            distance = km(claimed) if km(claimed) <= most else km(gps)
        garage = rules.get("garage")
        if garage:
            if garage["mode"] == "fixed":
                distance += km(garage["km"])
            else:
                measured = km(trip["garage_km"]) if trip.get("garage_km") is not None else F(0)
                distance += min(measured, km(garage["cap_km"])) if garage.get("cap_km") is not None else measured
        return distance

    @staticmethod
    def slab_price(slabs: dict[str, Any], distance: Fraction) -> Fraction:
        bands, lower, total = slabs["bands"], F(0), F(0)
        for place, band in enumerate(bands):
            amount, rate = (num(band.get(key) if band.get(key) is not None else "0") for key in ("amount", "rate"))
            upper = km(band["upto"]) if band.get("upto") is not None else None
            is_reached = upper is None or distance <= upper
            if slabs["mode"] == "graduated":
                if place == 0 or distance > lower:
                    part = (distance if is_reached else upper) - lower
                    total += amount + part * rate
            elif is_reached:
                return amount if slabs["mode"] == "flat" else amount + distance * rate
            if is_reached:
                return total
            lower = upper
        raise AssertionError("the last band is open")

    def fare(
        self, version: Version, trip: dict[str, Any], billable: Fraction, charged: Fraction
    ) -> dict[str, Fraction]:
        """Fare lines, rounded, after minimum and maximum."""
        rules = version.rules
        if version.model == "FIXED_PACKAGE":
            return {}
        if "vehicle_rates" in rules:
            own = rules["vehicle_rates"].get(trip.get("vehicle_type"))
            if own is None:
                raise Refused("NO_RATE_FOR_VEHICLE_TYPE")
            rules = {**rules, **own}
        if version.model == "HYBRID":
            if "slabs" in rules:
                return {"SLAB": paisa(self.slab_price(rules["slabs"], charged)) if charged else F(0)}
            return {"DISTANCE": paisa(charged * version.rate("per_km_rate_after_limit", rules))}
        lines = {code: paisa(amount) for code, amount in self.raw_fare(version, rules, trip, billable).items()}
        fare = sum(lines.values(), F(0))
        if "min_fare" in rules and fare < num(rules["min_fare"]):
            lines["MIN_FARE_TOPUP"] = paisa(num(rules["min_fare"]) - fare)
            fare += lines["MIN_FARE_TOPUP"]
        if "max_fare" in rules and fare > num(rules["max_fare"]):
            lines["MAX_FARE_CAP"] = paisa(num(rules["max_fare"]) - fare)
        return lines

    def raw_fare(
        self, version: Version, rules: dict[str, Any], trip: dict[str, Any], billable: Fraction
    ) -> dict[str, Fraction]:
        start, end = trip["start"], trip["end"]
        seconds = self.seconds(end - start)
        lines: dict[str, Fraction] = {}
        if "base_fare" in rules:
            lines["BASE_FARE"] = num(rules["base_fare"])
        if "per_km_rate" in rules:
            lines["DISTANCE"] = billable * version.rate("per_km_rate", rules)
        if "cost_per_minute" in rules:
            lines["TIME"] = seconds / 60 * num(rules["cost_per_minute"])
        if "slabs" in rules:
            lines["SLAB"] = self.slab_price(rules["slabs"], billable)
        if "zone_rates" in rules:
            rate = rules["zone_rates"].get(trip.get("zone"))
            if rate is None:
                raise Refused("NO_RATE_FOR_ZONE")
            lines["ZONE"] = num(rate)
        if "per_seat_rate" in rules:
            seats = max(num(trip.get("seats_boarded") or "0"), num(rules.get("min_seats") or "0"))
            lines["SEATS"] = seats * num(rules["per_seat_rate"])
        if "local_packages" in rules:
            lines |= self.local_package(rules, billable, seconds / 3600)
        if "outstation" in rules:
            out = rules["outstation"]
            days = (self.local(end).date() - self.local(start).date()).days + 1
            if trip.get("calendar_days") is not None:
                days = int(num(trip["calendar_days"]))
            least = km(out.get("min_km_per_day") or "0") * days
            lines["DISTANCE"] = max(billable, least) * num(out["per_km"])
            if out.get("driver_allowance_per_day") is not None:
                lines["DRIVER_ALLOWANCE"] = num(out["driver_allowance_per_day"]) * days
        return lines

    def local_package(self, rules: dict[str, Any], distance: Fraction, hours: Fraction) -> dict[str, Fraction]:
        packages = rules["local_packages"]
        package = packages[0]
        if rules.get("auto_switch"):
            fitting = [item for item in packages if hours <= num(item["hours"]) and distance <= km(item["km"])]
            package = fitting[0] if fitting else packages[-1]
        lines = {"PACKAGE": num(package["amount"])}
        extra_km = max(F(0), distance - km(package["km"]))
        extra_hours = self.stepped(rules, max(F(0), hours - num(package["hours"])))
        for code, key, extra in (
            ("EXTRA_KM", "extra_km_rate", extra_km),
            ("EXTRA_HOUR", "extra_hour_rate", extra_hours),
        ):
            if key in rules:
                lines[code] = extra * num(rules[key])
            elif extra:
                raise Refused("NO_PRICE_COMPONENT")
        return lines

    @staticmethod
    def stepped(rules: dict[str, Any], hours: Fraction) -> Fraction:
        if "hour_rounding_minutes" not in rules:
            return hours
        step = num(rules["hour_rounding_minutes"])
        return ceil(hours * 60 / step) * step / 60

    def free_km(self, version: Version) -> Fraction:
        if "free_km_included" not in version.rules:
            return F(0)
        return self.prorated(km(version.rules["free_km_included"]), self.own_share(version))

    @staticmethod
    def prorated(value: Fraction, share: Fraction) -> Fraction:
        return value if share == 1 else places(value * share, 2)

    def chargeable(self, version: Version, trip: dict[str, Any], billable: Fraction) -> Fraction:
        scope = {"vehicle": "vehicle_slot", "site": "site"}.get(version.rules.get("free_km_scope") or "contract")
        group = "" if scope is None else trip.get(scope)
        if group is None:
            raise Refused("BAD_INPUT")
        free, before = self.free_km(version), self.free_used[version.place, group]
        if trip["status"] == "COMPLETED":
            self.free_used[version.place, group] += billable
        return max(F(0), before + billable - free) - max(F(0), before - free)

    def rate_trip(self, version: Version, trip: dict[str, Any]) -> dict[str, Any]:
        """Lines, taxable and untaxed sums, incentive and the figures that the bill needs."""
        rules, status = version.rules, trip["status"]
        result: dict[str, Any] = {
            "lines": {},
            "base": F(0),
            "untaxed": F(0),
            "incentive": F(0),
            "fare": F(0),
            "km": F(0),
        }
        if status in ("NO_SHOW", "CANCELLED"):
            self.rate_missed(version, trip, result)
        elif status == "COMPLETED":
            self.rate_completed(version, trip, result, rules)
        return result

    def rate_missed(self, version: Version, trip: dict[str, Any], result: dict[str, Any]) -> None:
        key, code = ("no_show", "NO_SHOW") if trip["status"] == "NO_SHOW" else ("cancellation", "CANCELLATION")
        rule = version.rules.get(key)
        if not rule:
            return
        if key == "cancellation" and rule.get("free_before_minutes") is not None:
            if trip.get("cancelled_minutes_before") is None:
                raise Refused("BAD_INPUT")
            if num(trip["cancelled_minutes_before"]) >= num(rule["free_before_minutes"]):
                return
        if rule.get("flat") is not None:
            amount = paisa(num(rule["flat"]))
        else:
            billable = self.billable(trip, version.rules)
            charged = self.chargeable(version, trip, billable) if version.model == "HYBRID" else F(0)
            fare = sum(self.fare(version, trip, billable, charged).values(), F(0))
            amount = paisa(fare * num(rule["percent_of_fare"]) / 100)
        if amount:
            result["lines"][code] = amount
            result["base"] = amount

    def rate_completed(
        self, version: Version, trip: dict[str, Any], result: dict[str, Any], rules: dict[str, Any]
    ) -> None:
        billable = self.billable(trip, rules)
        charged = self.chargeable(version, trip, billable) if version.model == "HYBRID" else F(0)
        lines = self.fare(version, trip, billable, charged)
        fare = sum(lines.values(), F(0))
        shown = {code for code in lines if lines[code] or code not in ("MIN_FARE_TOPUP", "MAX_FARE_CAP")}
        adders: dict[str, Fraction] = {}
        if trip.get("is_carpool") and "carpool_discount" in rules:
            adders["CARPOOL_DISCOUNT"] = -paisa(fare * num(rules["carpool_discount"]))
        adders["NIGHT"] = self.night(rules, trip, fare)
        if trip.get("escort") and "escort_charge_per_trip" in rules:
            adders["ESCORT"] = paisa(num(rules["escort_charge_per_trip"]))
        adders["WAITING"] = self.waiting(rules, trip)
        untaxed: dict[str, Fraction] = {}
        for code, key in (("TOLL", "toll"), ("PARKING", "parking")):
            paid = paisa(num(trip[key])) if trip.get(key) is not None else F(0)
            (adders if rules.get(f"{key}_taxable", True) is not False else untaxed)[code] = paid
        result["base"] = fare + sum(adders.values(), F(0))
        result["untaxed"] = sum(untaxed.values(), F(0))
        result["lines"] = {code: lines[code] for code in shown}
        result["lines"] |= {code: amount for code, amount in {**adders, **untaxed}.items() if amount}
        result["fare"], result["km"] = fare, billable
        result["incentive"] = self.bonus(rules, trip)

    def night(self, rules: dict[str, Any], trip: dict[str, Any], fare: Fraction) -> Fraction:
        if "night_shift_surcharge" in rules:
            price = num(rules["night_shift_surcharge"])
        elif "night_surcharge_percent" in rules:
            price = fare * num(rules["night_surcharge_percent"]) / 100
        else:
            return F(0)
        given = rules.get("night_window") or {}
        window = tuple(
            int(clock[:2]) * 3600 + int(clock[3:5]) * 60
            for clock in (given.get("start") or "20:00", given.get("end") or "06:00")
        )
        basis = given.get("basis") or "start"
        if basis in ("start", "end"):
            inside = self.in_window(trip[basis], window)
            return paisa(price) if inside else F(0)
        seconds = self.night_seconds(trip["start"], trip["end"], window)
        if not seconds:
            return F(0)
        if basis == "overlap":
            return paisa(price)
        return paisa(price * seconds / self.seconds(trip["end"] - trip["start"]))

    @staticmethod
    def waiting(rules: dict[str, Any], trip: dict[str, Any]) -> Fraction:
        rule = rules.get("waiting")
        if not rule or trip.get("waiting_minutes") is None:
            return F(0)
        over = num(trip["waiting_minutes"]) - num(rule.get("free_minutes") or "0")
        return paisa(ceil(over / num(rule["block_minutes"])) * num(rule["rate_per_block"])) if over > 0 else F(0)

    def bonus(self, rules: dict[str, Any], trip: dict[str, Any]) -> Fraction:
        rule = rules.get("incentive_rules")
        if not rule or not trip.get("is_carpool"):
            return F(0)
        people = trip.get("employees") or []
        cap = rule.get("monthly_cap_per_employee")
        per_head = rule.get("per") == "passenger"
        if (cap is not None or per_head) and not people:
            raise Refused("BAD_INPUT")
        total = F(0)
        for person in people if per_head else people[:1] or [None]:
            pay = paisa(num(rule["carpool_bonus"]))
            if cap is not None:
                pay = max(F(0), min(pay, paisa(num(cap)) - self.paid_bonus[person]))
            if person is not None:
                self.paid_bonus[person] += pay
            total += pay
        return total

    # --- tax ---------------------------------------------------------------------------------------------------

    @staticmethod
    def percent(version: Version, day: date) -> Fraction:
        dated = [
            (date.fromisoformat(entry["from"]), num(entry["percent"]))
            for entry in version.rules.get("tax_rates_by_date") or []
        ]
        begun = sorted((item for item in dated if item[0] <= day), key=lambda item: item[0])
        if begun:
            return begun[-1][1]
        if "tax_percentage" in version.rules:
            return num(version.rules["tax_percentage"])
        return num(version.rules["tax_rate"]) * 100 if "tax_rate" in version.rules else F(18)

    def tax(self, amount: Fraction, percent: Fraction, split: str | None) -> Fraction:
        if split == "CGST_SGST":
            return 2 * paisa(amount * percent / 200, self.mode)
        return paisa(amount * percent / 100, self.mode)

    # --- the period --------------------------------------------------------------------------------------------

    def period_lines(self, version: Version, trips: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Fraction]:
        rules, lines = version.rules, defaultdict(Fraction)
        share = self.own_share(version)
        if version.model == "HYBRID" and "base_monthly_fee" in rules:
            lines["MONTHLY_FEE"] = paisa(num(rules["base_monthly_fee"]) * share)
        if version.model == "FIXED_PACKAGE":
            self.package(version, trips, lines)
        return {code: amount for code, amount in lines.items() if amount or code in ("MONTHLY_FEE", "EMPLOYEE_FEES")}

    def package(
        self, version: Version, trips: list[tuple[dict[str, Any], dict[str, Any]]], lines: dict[str, Fraction]
    ) -> None:
        rules = version.rules
        slots = self.vehicles if self.vehicles is not None else [{"slot": None}]
        if "base_monthly_fee" in rules:
            lines["MONTHLY_FEE"] += 0
        over_km: list[tuple[Fraction, Fraction]] = []
        over_hours: list[tuple[Fraction, Fraction]] = []
        by_day: list[dict[date, Fraction]] = []
        for slot in slots:
            share = self.own_share(version)
            if slot.get("active_days") is not None:
                share = version.share(num(slot["active_days"]), self.period_days)
            if "base_monthly_fee" in rules:
                lines["MONTHLY_FEE"] += paisa(num(rules["base_monthly_fee"]) * share)
                if slot.get("absent_days") is not None:
                    basis = self.period_days if rules.get("absence_basis") == "calendar_days" else 30
                    factor = num(rules.get("absence_multiplier") or "1") if "absence_multiplier" in rules else F(1)
                    fee = num(rules["base_monthly_fee"])
                    lines["ABSENCE"] -= paisa(fee / basis * num(slot["absent_days"]) * factor)
            mine = [
                (trip, rated)
                for trip, rated in trips
                if trip["status"] == "COMPLETED" and (slot["slot"] is None or trip.get("vehicle_slot") == slot["slot"])
            ]
            used = km(slot["km"]) if slot.get("km") is not None else sum((rated["km"] for _, rated in mine), F(0))
            limit = rules.get("free_km_included")
            over_km.append((used, self.prorated(km(limit), share) if limit is not None else F(0)))
            days = self.slot_days(slot, mine)
            by_day.append(days)
            hours = sum(days.values(), F(0))
            if slot.get("hours") is not None or slot.get("minutes") is not None:
                hours = num(slot.get("hours") or "0") + num(slot.get("minutes") or "0") / 60
            limit = rules.get("included_hours")
            over_hours.append((hours, self.prorated(num(limit), share) if limit is not None else F(0)))
        self.extra_km(version, over_km, lines)
        self.extra_hours(version, over_hours, by_day, lines)
        self.vehicles_and_employees(version, lines)

    def slot_days(
        self, slot: dict[str, Any], trips: list[tuple[dict[str, Any], dict[str, Any]]]
    ) -> dict[date, Fraction]:
        days: dict[date, Fraction] = defaultdict(Fraction)
        given = slot.get("hours_by_day")
        if isinstance(given, dict):
            return {date.fromisoformat(day): num(hours) for day, hours in given.items()}
        if given is not None:
            return {self.first + timedelta(days=place): num(hours) for place, hours in enumerate(given)}
        for trip, _ in trips:
            days[self.local(trip["start"]).date()] += self.seconds(trip["end"] - trip["start"]) / 3600
        return days

    @staticmethod
    def extra_km(version: Version, usage: list[tuple[Fraction, Fraction]], lines: dict[str, Fraction]) -> None:
        if "free_km_included" not in version.rules:
            return
        if version.rules.get("pooled"):
            usage = [(sum((used for used, _ in usage), F(0)), sum((limit for _, limit in usage), F(0)))]
        for used, limit in usage:
            if used > limit:
                rate = version.rate("per_km_rate_after_limit")
                if rate is None:
                    raise Refused("NO_PRICE_COMPONENT")
                lines["EXTRA_KM"] += paisa((used - limit) * rate)

    def extra_hours(
        self,
        version: Version,
        usage: list[tuple[Fraction, Fraction]],
        by_day: list[dict[date, Fraction]],
        lines: dict[str, Fraction],
    ) -> None:
        rules, overs = version.rules, []
        pooled = bool(rules.get("pooled"))
        if rules.get("hour_basis") == "day":
            limit = num(rules["hours_per_day"])
            if pooled:
                days = {day for slot in by_day for day in slot}
                worked = {day: sum((slot.get(day, F(0)) for slot in by_day), F(0)) for day in days}
                overs = [sum((max(F(0), hours - limit * len(by_day)) for hours in worked.values()), F(0))]
            else:
                overs = [sum((max(F(0), hours - limit) for hours in slot.values()), F(0)) for slot in by_day]
        elif "included_hours" in rules:
            if pooled:
                usage = [(sum((used for used, _ in usage), F(0)), sum((limit for _, limit in usage), F(0)))]
            overs = [max(F(0), used - limit) for used, limit in usage]
        for over in overs:
            if over:
                if "extra_hour_rate" not in rules:
                    raise Refused("NO_PRICE_COMPONENT")
                lines["EXTRA_HOUR"] += paisa(self.stepped(rules, over) * num(rules["extra_hour_rate"]))

    def vehicles_and_employees(self, version: Version, lines: dict[str, Fraction]) -> None:
        rules, share = version.rules, self.own_share(version)
        count = self.bundle.get("vehicles_count")
        count = num(count) if count is not None else F(len(self.vehicles or []))
        if "max_vehicles" in rules and count > num(rules["max_vehicles"]):
            if "extra_vehicle_fee" not in rules:
                raise Refused("MAX_VEHICLES_EXCEEDED")
            lines["EXTRA_VEHICLES"] += paisa(
                (count - num(rules["max_vehicles"])) * num(rules["extra_vehicle_fee"]) * share
            )
        if "per_employee_fee" in rules:
            shares = F(0)
            for employee in self.bundle.get("employees") or []:
                if employee.get("active_days") is None:
                    shares += share
                else:
                    shares += version.share(num(employee["active_days"]), self.period_days)
            lines["EMPLOYEE_FEES"] += paisa(num(rules["per_employee_fee"]) * shares)

    def check_inputs(self, rated: list[tuple[Version, dict[str, Any], dict[str, Any]]]) -> None:
        currencies = {
            version.rules.get("currency", "INR")
            for version in self.versions
            if version.days or any(owner is version for owner, _, _ in rated)
        }
        if len(currencies) > 1:
            raise Refused("MIXED_CURRENCY")
        if self.trip_only:
            return
        if self.vehicles is not None:
            listed = {slot["slot"] for slot in self.vehicles}
            for version, trip, _ in rated:
                is_lost = trip["status"] == "COMPLETED" and trip.get("vehicle_slot") not in listed
                if version.model == "FIXED_PACKAGE" and is_lost:
                    raise Refused("BAD_INPUT")
        if len(self.owners) > 1 and any(version.model == "FIXED_PACKAGE" for version in self.owners):
            figures = ("km", "hours", "minutes", "hours_by_day", "active_days", "absent_days")
            given = [*(self.vehicles or []), *(self.bundle.get("employees") or [])]
            if any(item.get(name) is not None for item in given for name in figures):
                raise Refused("BAD_INPUT")

    def bill_level(
        self, last: Version, subtotal: Fraction, rated: list[tuple[Version, dict[str, Any], dict[str, Any]]]
    ) -> dict[str, Fraction]:
        lines: dict[str, Fraction] = {}
        guarantee = self.guarantee(last, subtotal, rated)
        if guarantee:
            lines["MIN_GUARANTEE"] = guarantee
            subtotal += guarantee
        if "monthly_cap" in last.rules:
            cut = paisa(num(last.rules["monthly_cap"]) - subtotal)
            if cut < 0:
                lines["MONTHLY_CAP"] = cut
                subtotal += cut
        late = self.late(rated)
        most = (last.rules.get("sla") or {}).get("cap_percent_of_subtotal")
        if most is not None:
            late = min(late, max(subtotal, F(0)) * num(most) / 100)
        breaches = num(self.bundle.get("sla_breaches") or "0")
        penalty = paisa(late + breaches * num(last.rules.get("sla_penalty_amount", "0")))
        if penalty:
            lines["SLA_PENALTY"] = -penalty
        return lines

    def guarantee(
        self, last: Version, subtotal: Fraction, rated: list[tuple[Version, dict[str, Any], dict[str, Any]]]
    ) -> Fraction:
        amount, distance, has_amount = F(0), F(0), False
        count = self.bundle.get("vehicles_count")
        vehicles = num(count) if count is not None else F(1 if self.vehicles is None else len(self.vehicles))
        for version in self.owners:
            rule = version.rules.get("min_guarantee") or {}
            if rule.get("amount") is not None:
                has_amount = True
                amount += num(rule["amount"]) * self.own_share(version)
            elif rule.get("km_per_vehicle") is not None:
                distance += self.prorated(km(rule["km_per_vehicle"]), self.own_share(version)) * vehicles
        top_up = max(F(0), amount - subtotal) if has_amount else F(0)
        run = sum((trip["km"] for _, given, trip in rated if given["status"] == "COMPLETED"), F(0))
        if distance > run:
            if "per_km_rate" not in last.rules:
                raise Refused("NO_PRICE_COMPONENT")
            top_up += (distance - run) * num(last.rules["per_km_rate"])
        return paisa(top_up)

    def late(self, rated: list[tuple[Version, dict[str, Any], dict[str, Any]]]) -> Fraction:
        total = F(0)
        for version, trip, result in rated:
            sla = version.rules.get("sla")
            if not sla or trip["status"] != "COMPLETED" or trip.get("late_minutes") is None:
                continue
            over = [band for band in sla["bands"] if num(trip["late_minutes"]) > num(band["over_minutes"])]
            if over:
                band = max(over, key=lambda item: num(item["over_minutes"]))
                if band.get("flat") is not None:
                    total += num(band["flat"])
                else:
                    total += result["fare"] * num(band["percent_of_fare"]) / 100
        return total

    # --- all together ------------------------------------------------------------------------------------------

    def sorted_trips(self) -> list[dict[str, Any]]:
        trips, seen = [], set()
        for given in self.bundle["trips"]:
            if given["trip_id"] in seen:
                raise Refused("DUPLICATE_TRIP")
            seen.add(given["trip_id"])
            trip = dict(given)
            trip["start"], trip["end"] = (datetime.fromisoformat(given[f"{name}_time"]) for name in ("start", "end"))
            trip["start"], trip["end"] = trip["start"].astimezone(UTC), trip["end"].astimezone(UTC)
            if trip["end"] < trip["start"]:
                raise Refused("BAD_INPUT")
            trip["status"] = given.get("status") or "COMPLETED"
            if self.first <= self.local(trip["start"]).date() <= self.last:
                trips.append(trip)
        return sorted(trips, key=lambda trip: (trip["start"], trip["trip_id"]))

    def answer(self) -> dict[str, Any]:
        rated = []
        for trip in self.sorted_trips():
            version = self.version_of(trip["start"])
            rated.append((version, trip, self.rate_trip(version, trip)))
        self.check_inputs(rated)
        owners = self.owners
        last = owners[-1] if owners else (rated[-1][0] if rated else None)
        rules = last.rules if last else {}
        charges: list[tuple[Version, str, Fraction]] = []
        if not self.trip_only:
            for version in owners:
                mine = [(trip, result) for owner, trip, result in rated if owner is version]
                charges += [(version, code, amount) for code, amount in self.period_lines(version, mine).items()]
            if owners:
                subtotal = sum((result["base"] for _, _, result in rated), F(0))
                subtotal += sum((amount for _, _, amount in charges), F(0))
                charges += [(last, code, amount) for code, amount in self.bill_level(last, subtotal, rated).items()]
        return self.totals(rated, charges, rules)

    def totals(
        self,
        rated: list[tuple[Version, dict[str, Any], dict[str, Any]]],
        charges: list[tuple[Version, str, Fraction]],
        rules: dict[str, Any],
    ) -> dict[str, Any]:
        split, reverse = rules.get("tax_split"), bool(rules.get("reverse_charge"))
        groups: dict[Fraction, Fraction] = defaultdict(Fraction)
        by_line, trips = F(0), []
        for version, trip, result in rated:
            percent = self.percent(version, self.local(trip["start"]).date())
            own_tax = self.tax(result["base"], percent, split)
            groups[percent] += result["base"]
            by_line += own_tax
            shown_tax = F(0) if reverse else own_tax
            trips.append(
                {
                    "trip_id": trip["trip_id"],
                    "version": version.number,
                    "lines": {code: text(amount) for code, amount in result["lines"].items()},
                    "base_cost": text(result["base"]),
                    "tax_amount": text(shown_tax),
                    "non_taxable": text(result["untaxed"]),
                    "employee_incentive": text(result["incentive"]),
                    "total_cost": text(result["base"] + shown_tax + result["untaxed"] + result["incentive"]),
                }
            )
        sums: dict[str, Fraction] = defaultdict(Fraction)
        lines: dict[tuple[int, str], Fraction] = defaultdict(Fraction)
        for version, code, amount in charges:
            sums[code] += amount
            lines[version.place, code] += amount
            groups[self.percent(version, self.last)] += amount
        for (place, _), amount in lines.items():
            by_line += self.tax(amount, self.percent(self.versions[place], self.last), split)
        owed = sum((self.tax(amount, percent, split) for percent, amount in groups.items()), F(0))
        if rules.get("tax_level") == "line":
            owed = by_line
        tax = F(0) if reverse else owed
        subtotal = sum((result["base"] for _, _, result in rated), F(0)) + sum(sums.values(), F(0))
        untaxed = sum((result["untaxed"] for _, _, result in rated), F(0))
        incentive = sum((result["incentive"] for _, _, result in rated), F(0))
        total = subtotal + tax + untaxed + incentive
        output: dict[str, Any] = {
            "trips": trips,
            "period_lines": {code: text(amount) for code, amount in sums.items()},
            "taxable_subtotal": text(subtotal),
            "non_taxable": text(untaxed),
            "tax": text(tax),
        }
        if split == "CGST_SGST":
            output |= {"cgst": text(tax / 2), "sgst": text(tax / 2)}
        elif split == "IGST":
            output["igst"] = text(tax)
        output["incentive"] = text(incentive)
        if rules.get("round_off") == "rupee":
            rounding = paisa(total / 100) * 100 - total
            output["round_off"] = text(rounding)
            total += rounding
        output["total"] = text(total)
        if "tds_percent" in rules:
            tds = paisa(subtotal * num(rules["tds_percent"]) / 100)
            output |= {"tds": text(tds), "net_payable": text(total - tds)}
        if reverse:
            output["rcm_tax_payable_by_client"] = text(owed)
        return output


def rate(bundle: dict[str, Any]) -> dict[str, Any]:
    """The output of a bundle by this reading. Raises Refused with the code."""
    return Oracle(bundle).answer()
