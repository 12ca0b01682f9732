"""Random rating bundles over the whole key space of TARIFF.md, from a seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

MODELS = ("PER_TRIP", "HYBRID", "FIXED_PACKAGE")
PERIODS = (
    (date(2025, 11, 1), date(2025, 11, 30)),
    (date(2025, 11, 1), date(2025, 11, 30)),
    (date(2024, 2, 1), date(2024, 2, 29)),
    (date(2025, 3, 1), date(2025, 3, 31)),
    (date(2025, 10, 1), date(2025, 10, 31)),
    (date(2025, 12, 25), date(2026, 1, 9)),
)
ZONES = ("Asia/Kolkata",) * 5 + ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
SLOTS = ("A", "B", "C")
TYPES = ("SEDAN", "SUV")
AREAS = ("Z1", "Z2", "Ζώνη")
PEOPLE = ("E1", "E2", "E3")


def clock_changes(begin: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """The hours after which a zone's offset has changed."""
    hours = [begin + timedelta(hours=hour) for hour in range(int((end - begin).total_seconds()) // 3600)]
    return [
        after
        for before, after in pairwise(hours)
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset()
    ]


class BundleMaker:
    """Makes one bundle; every choice comes from the seed."""

    def __init__(self, seed: int, *, trips: int = 10) -> None:
        self.random = Random(seed)
        self.most_trips = trips
        self.wide = self.chance(0.05)
        """Figures so large and fine that products leave int64, while every amount still fits."""

    # --- small choices -------------------------------------------------------------------------------------------

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def pick(self, options: Any) -> Any:
        return self.random.choice(options)

    def figure(self, most: int, decimals: tuple[int, ...] = (0, 1, 2, 2, 2, 3, 4, 6)) -> str:
        """A number as text, often round, sometimes long."""
        if self.chance(0.06):
            return "0"
        places = self.pick(decimals)
        whole = self.random.randint(0, most)
        if not places:
            return str(whole)
        return f"{whole}.{self.random.randint(0, 10**places - 1):0{places}d}"

    def money(self, most: int = 500) -> str:
        return self.figure(most * 10**5, (2, 6)) if self.wide else self.figure(most)

    def rate(self) -> str:
        return self.figure(40 * 10**5, (2, 6)) if self.wide else self.figure(40)

    def kilometres(self, most: int = 120) -> str:
        return self.figure(most * 1000, (3,)) if self.wide else self.figure(most, (0, 0, 1, 2, 3))

    def percent(self, most: int = 40) -> str:
        return self.figure(most, (0, 0, 0, 1, 2, 4))

    def maybe(self, rules: dict[str, Any], part: float, **makers: Callable[[], Any]) -> None:
        for key, make in makers.items():
            if self.chance(part):
                rules[key] = make()

    # --- rules -------------------------------------------------------------------------------------------------------

    def slabs(self, modes: tuple[str, ...]) -> dict[str, Any]:
        count = self.random.randint(1, 4)
        bounds = sorted(self.random.sample(range(1, 80), count - 1))
        bands: list[dict[str, Any]] = []
        for bound in [*bounds, None]:
            upto = None if bound is None else f"{bound}{self.pick(('', '.5', '.250'))}"
            band: dict[str, Any] = {"upto": upto}
            self.maybe(band, 0.7, amount=self.money, rate=self.rate)
            bands.append(band)
        return {"mode": self.pick(modes), "bands": bands}

    def fare(self) -> dict[str, Any]:
        kind = self.pick(("metered", "metered", "metered", "slabs", "zone", "seats", "local", "outstation"))
        rules: dict[str, Any] = {}
        if kind == "metered":
            self.maybe(rules, 0.6, base_fare=self.money, cost_per_minute=lambda: self.figure(5))
            if self.chance(0.7) or not rules:
                rules["per_km_rate"] = self.rate()
        elif kind == "slabs":
            rules["slabs"] = self.slabs(("flat", "graduated", "volume"))
        elif kind == "zone":
            rules["zone_rates"] = {area: self.money() for area in AREAS}
        elif kind == "seats":
            rules["per_seat_rate"] = self.rate()
            self.maybe(rules, 0.5, min_seats=lambda: str(self.random.randint(0, 4)))
        elif kind == "local":
            rules |= self.local_packages()
        else:
            rules["outstation"] = {"per_km": self.rate()}
            self.maybe(rules["outstation"], 0.6, min_km_per_day=self.kilometres, driver_allowance_per_day=self.money)
        self.maybe(rules, 0.25, min_fare=self.money, max_fare=lambda: self.money(2000))
        return rules

    def local_packages(self) -> dict[str, Any]:
        sizes = sorted(
            (self.random.randint(1, 12), self.random.randint(5, 100)) for _ in range(self.random.randint(1, 3))
        )
        packages = [
            {"hours": f"{hours}{self.pick(('', '.5'))}", "km": str(km), "amount": self.money(2000)}
            for hours, km in sizes
        ]
        rules = {"local_packages": packages, "extra_km_rate": self.rate(), "extra_hour_rate": self.rate()}
        self.maybe(rules, 0.5, auto_switch=lambda: self.chance(0.8), hour_rounding_minutes=self.step)
        return rules

    def step(self) -> str:
        return self.pick(("1", "15", "30", "60", "7.5"))

    def per_trip(self) -> dict[str, Any]:
        rules = self.fare()
        if self.chance(0.2):
            kinds = [self.fare() for _ in TYPES]
            rules = {"vehicle_rates": dict(zip(TYPES, kinds, strict=True))} | (
                self.aliased({"min_fare": self.money()}) if self.chance(0.3) else {}
            )
        return rules

    def hybrid(self) -> dict[str, Any]:
        rules: dict[str, Any] = {}
        self.maybe(
            rules, 0.8, base_monthly_fee=lambda: self.money(90000), free_km_included=lambda: self.kilometres(200)
        )
        self.maybe(rules, 0.3, free_km_scope=lambda: self.pick(("contract", "vehicle", "site")))
        if self.chance(0.3):
            rules["slabs"] = self.slabs(("graduated", "volume"))
        else:
            rules["per_km_rate_after_limit"] = self.rate()
            if self.chance(0.2):
                rules["vehicle_rates"] = {name: {"per_km_rate_after_limit": self.rate()} for name in TYPES}
        self.maybe(rules, 0.2, per_km_rate=self.rate)
        return rules

    def package(self) -> dict[str, Any]:
        rules: dict[str, Any] = {}
        self.maybe(rules, 0.4, per_employee_fee=self.money)
        if self.chance(0.9) or not rules:
            rules["base_monthly_fee"] = self.money(60000)
        self.maybe(rules, 0.7, free_km_included=lambda: self.kilometres(150), included_hours=lambda: self.figure(8))
        rules |= {"per_km_rate_after_limit": self.rate(), "extra_hour_rate": self.figure(150)}
        if self.chance(0.3):
            rules |= {"hour_basis": "day", "hours_per_day": self.figure(3)}
        self.maybe(rules, 0.4, pooled=lambda: self.chance(0.8), hour_rounding_minutes=self.step)
        self.maybe(
            rules,
            0.3,
            absence_basis=lambda: self.pick(("fixed_30", "calendar_days")),
            absence_multiplier=lambda: self.figure(2),
        )
        if self.chance(0.4):
            rules |= {"max_vehicles": str(self.random.randint(0, 4)), "extra_vehicle_fee": self.money(20000)}
        self.maybe(rules, 0.2, per_km_rate=self.rate)
        return rules

    def adders(self) -> dict[str, Any]:
        rules: dict[str, Any] = {}
        if self.chance(0.5):
            key = self.pick(("night_shift_surcharge", "night_surcharge_percent"))
            rules[key] = self.money() if key == "night_shift_surcharge" else self.percent()
            self.maybe(rules, 0.6, night_window=self.night_window)
        self.maybe(rules, 0.3, carpool_discount=lambda: self.pick(("0", "0.1", "0.125", "0.3333", "1")))
        self.maybe(rules, 0.4, incentive_rules=self.incentive, garage=self.garage)
        self.maybe(rules, 0.3, escort_charge_per_trip=self.money, waiting=self.waiting)
        self.maybe(rules, 0.3, toll_taxable=lambda: self.chance(0.3), parking_taxable=lambda: self.chance(0.3))
        self.maybe(rules, 0.5, no_show=self.flat_or_percent, cancellation=self.cancellation)
        self.maybe(rules, 0.25, fuel=self.fuel, gps_tolerance_percent=self.percent)
        return rules

    def night_window(self) -> dict[str, Any]:
        window: dict[str, Any] = {}
        clocks = ("00:00", "06:00", "20:00", "21:30", "24:00", "02:15", "13:00")
        self.maybe(window, 0.8, start=lambda: self.pick(clocks), end=lambda: self.pick(clocks))
        self.maybe(window, 0.8, basis=lambda: self.pick(("start", "end", "overlap", "prorata_minutes")))
        return window

    def incentive(self) -> dict[str, Any]:
        rules = {"carpool_bonus": self.figure(60, (0, 0, 2))}
        self.maybe(rules, 0.6, per=lambda: self.pick(("trip", "passenger", "passenger")))
        self.maybe(rules, 0.5, monthly_cap_per_employee=lambda: self.figure(150, (0, 2)))
        return rules

    def garage(self) -> dict[str, Any]:
        rules: dict[str, Any] = {"mode": self.pick(("measured", "fixed")), "km": self.kilometres(20)}
        self.maybe(rules, 0.5, cap_km=lambda: self.kilometres(15))
        return rules

    def waiting(self) -> dict[str, Any]:
        rules = {"block_minutes": self.pick(("5", "15", "30", "7.5")), "rate_per_block": self.money(80)}
        self.maybe(rules, 0.6, free_minutes=lambda: self.figure(20, (0, 1)))
        return rules

    def flat_or_percent(self) -> dict[str, Any]:
        return {"flat": self.money()} if self.chance(0.5) else {"percent_of_fare": self.percent(100)}

    def cancellation(self) -> dict[str, Any]:
        rules = self.flat_or_percent()
        self.maybe(rules, 0.7, free_before_minutes=lambda: self.figure(120, (0,)))
        return rules

    def fuel(self) -> dict[str, Any]:
        rules = {
            "base_price": self.pick(("90", "95.50")),
            "current_price": self.pick(("80", "95.50", "90", "99.9", "104.25")),
            "km_per_litre": self.pick(("10", "12.5", "7")),
        }
        self.maybe(
            rules,
            0.5,
            threshold_percent=lambda: self.pick(("0", "5", "11", "11.111111")),
            share=lambda: self.pick(("1", "0.5", "0.333333")),
        )
        return rules

    def whole_bill(self) -> dict[str, Any]:
        rules: dict[str, Any] = {}
        if self.chance(0.6):
            rules |= self.pick(
                (
                    {"tax_percentage": self.pick(("5", "12", "18", "0", "2.5"))},
                    {"tax_rate": self.pick(("0.05", "0.18", "0.125"))},
                )
            )
        self.maybe(rules, 0.2, tax_rates_by_date=self.dated_taxes)
        self.maybe(rules, 0.5, tax_split=lambda: self.pick(("CGST_SGST", "IGST")))
        self.maybe(
            rules, 0.3, tax_level=lambda: self.pick(("invoice", "line")), round_off=lambda: self.pick(("none", "rupee"))
        )
        self.maybe(rules, 0.15, reverse_charge=lambda: self.chance(0.8), tds_percent=lambda: self.percent(10))
        self.maybe(rules, 0.15, monthly_cap=lambda: self.money(20000), sla_penalty_amount=self.money)
        self.maybe(rules, 0.3, sla=self.sla)
        if self.chance(0.2):
            rules["min_guarantee"] = {"amount": self.money(60000)}
            if "per_km_rate" in rules or self.chance(0.3):
                rules["min_guarantee"] = {"km_per_vehicle": self.kilometres(900)}
        self.maybe(rules, 0.3, proration=self.proration)
        return rules

    def dated_taxes(self) -> list[dict[str, Any]]:
        days = self.random.sample(range(1, 400), self.random.randint(1, 3))
        return [
            {"from": str(date(2025, 1, 1) + timedelta(days=day)), "percent": self.pick(("5", "12", "18"))}
            for day in days
        ]

    def sla(self) -> dict[str, Any]:
        minutes = self.random.sample(range(60), self.random.randint(1, 3))
        rules: dict[str, Any] = {
            "bands": [{"over_minutes": str(minute), **self.flat_or_percent()} for minute in minutes]
        }
        self.maybe(rules, 0.5, cap_percent_of_subtotal=lambda: self.percent(10))
        return rules

    def proration(self) -> dict[str, Any]:
        basis = self.pick(("calendar_days", "fixed_30", "working_days"))
        return (
            {"basis": basis, "working_days": self.pick(("22", "26", "21.5"))}
            if basis == "working_days"
            else {"basis": basis}
        )

    def aliased(self, rules: dict[str, Any]) -> dict[str, Any]:
        names = {
            "base_fare": ("base_amount",),
            "per_km_rate": ("cost_per_km", "distance_rate"),
            "min_fare": ("min_trip_charge",),
            "base_monthly_fee": ("monthly_fee", "package_price", "package_base_cost"),
            "free_km_included": ("included_km", "package_km_limit"),
            "per_km_rate_after_limit": ("overage_per_km",),
        }
        return {
            (self.pick(names[key]) if key in names and self.chance(0.3) else key): value for key, value in rules.items()
        }

    def rules(self, model: str) -> dict[str, Any]:
        own = {"PER_TRIP": self.per_trip, "HYBRID": self.hybrid, "FIXED_PACKAGE": self.package}[model]()
        rules = {**own, **self.adders(), **self.whole_bill()}
        guarantee = rules.get("min_guarantee", {})
        if "km_per_vehicle" in guarantee and "per_km_rate" not in rules:
            if model == "PER_TRIP":
                rules["min_guarantee"] = {"amount": guarantee["km_per_vehicle"]}
            else:
                rules["per_km_rate"] = self.rate()
        return self.aliased(rules)

    # --- trips --------------------------------------------------------------------------------------------------------

    def trips(self, bundle: dict[str, Any], zone: ZoneInfo) -> list[dict[str, Any]]:
        first, last = (date.fromisoformat(day) for day in bundle["period"])
        begin = datetime(first.year, first.month, first.day, tzinfo=zone).astimezone(UTC) - timedelta(days=1)
        seconds = ((last - first).days + 3) * 86400
        changes = clock_changes(begin, begin + timedelta(seconds=seconds), zone)
        rules = [version["rules_config"] for version in bundle["versions"]]
        named = any({"monthly_cap_per_employee", "per"} & set(own.get("incentive_rules", {})) for own in rules)
        asked = any("free_before_minutes" in own.get("cancellation", {}) for own in rules)
        trips = []
        for place in range(self.random.randint(0, self.most_trips)):
            start = begin + timedelta(seconds=self.random.randint(0, seconds))
            if changes and self.chance(0.25):
                start = self.pick(changes) - timedelta(minutes=self.random.randint(0, 300))
            trip = self.trip(place, start, zone)
            self.on_the_edge(trip, self.pick(rules), zone)
            if not named and self.chance(0.3):
                del trip["employees"]
            if not asked and self.chance(0.5):
                del trip["cancelled_minutes_before"]
            trips.append(trip)
        return trips

    def on_the_edge(self, trip: dict[str, Any], rules: dict[str, Any], zone: ZoneInfo) -> None:
        """Sometimes put a figure exactly on a bound of the rules."""
        if self.chance(0.75):
            return
        waiting = rules.get("waiting", {})
        edges = {
            "cancelled_minutes_before": [rules.get("cancellation", {}).get("free_before_minutes")],
            "late_minutes": [band["over_minutes"] for band in rules.get("sla", {}).get("bands", [])],
            "distance_km": [band["upto"] for band in rules.get("slabs", {}).get("bands", [])],
            "waiting_minutes": [waiting.get("free_minutes"), waiting.get("block_minutes")],
        }
        for key, figures in edges.items():
            if found := [figure for figure in figures if figure is not None]:
                trip[key] = self.pick(found)
        window = rules.get("night_window", {})
        clock = self.pick((window.get("start", "20:00"), window.get("end", "06:00"))).replace("24:00", "00:00")
        start, end = (datetime.fromisoformat(trip[name]).astimezone(zone) for name in ("start_time", "end_time"))
        edge = start.replace(hour=int(clock[:2]), minute=int(clock[3:]), second=0, microsecond=0)
        if self.chance(0.5):
            start, end = edge, edge + timedelta(minutes=self.random.randint(0, 90))
        else:
            start, end = edge - timedelta(minutes=self.random.randint(0, 90)), edge
        if start.astimezone(UTC) <= end.astimezone(UTC):
            trip["start_time"], trip["end_time"] = start.isoformat(), end.isoformat()

    def trip(self, place: int, start: datetime, zone: ZoneInfo) -> dict[str, Any]:
        if self.chance(0.6):
            start = start.replace(minute=self.pick((0, 0, 30)), second=0)
        if self.chance(0.05):
            start += timedelta(microseconds=self.random.randint(0, 999999))
        length = (
            timedelta(minutes=self.random.randint(0, 180))
            if self.chance(0.85)
            else timedelta(hours=self.random.randint(0, 70), seconds=self.random.randint(0, 60))
        )
        if self.chance(0.05):
            length += timedelta(microseconds=self.random.randint(0, 999999))
        trip: dict[str, Any] = {
            "trip_id": f"{self.pick(('t', 'T', 'x'))}{place}",
            "start_time": start.astimezone(zone).isoformat(),
            "end_time": (start + length).astimezone(zone).isoformat(),
            "distance_km": self.kilometres(),
            "zone": self.pick(AREAS),
            "vehicle_type": self.pick(TYPES),
            "vehicle_slot": self.pick(SLOTS),
            "site": self.pick(("S1", "S2")),
            "employees": self.random.sample(PEOPLE, self.random.randint(1, 3)),
            "cancelled_minutes_before": self.figure(150, (0,)),
        }
        self.maybe(
            trip,
            0.25,
            status=lambda: self.pick(("COMPLETED", "NO_SHOW", "NO_SHOW", "CANCELLED", "CANCELLED", "SCHEDULED", "???")),
        )
        self.maybe(trip, 0.4, is_carpool=lambda: self.chance(0.8), escort=lambda: self.chance(0.7))
        self.maybe(
            trip, 0.4, seats_boarded=lambda: str(self.random.randint(0, 6)), garage_km=lambda: self.kilometres(20)
        )
        self.maybe(
            trip, 0.4, waiting_minutes=lambda: self.figure(60, (0, 1, 6)), late_minutes=lambda: self.figure(70, (0, 1))
        )
        self.maybe(trip, 0.3, toll=lambda: self.money(300), parking=lambda: self.money(100))
        if self.chance(0.3):
            trip |= {"claimed_km": self.kilometres(60), "gps_km": self.kilometres(60)}
        self.maybe(trip, 0.1, calendar_days=lambda: str(self.random.randint(0, 4)))
        return trip

    # --- the bundle --------------------------------------------------------------------------------------------------

    def vehicle(self, slot: str, days: int, first: date, *, explicit: bool) -> dict[str, Any]:
        usage: dict[str, Any] = {"slot": slot}
        if not explicit:
            return usage
        self.maybe(
            usage, 0.3, km=lambda: self.kilometres(3000), active_days=lambda: str(self.random.randint(0, days + 1))
        )
        self.maybe(usage, 0.3, absent_days=lambda: self.figure(6, (0, 1)))
        if self.chance(0.3):
            usage["hours_by_day"] = (
                [self.figure(14, (0, 1)) for _ in range(self.random.randint(0, days))]
                if self.chance(0.5)
                else {
                    str(first + timedelta(days=self.random.randint(0, days - 1))): self.figure(14, (0, 2))
                    for _ in range(3)
                }
            )
        return usage

    def versions(self, first: date, last: date, zone: ZoneInfo) -> list[dict[str, Any]]:
        count = self.pick((1, 1, 1, 2, 3))
        cuts = sorted(self.random.sample(range(1, (last - first).days), count - 1))
        bounds: list[datetime | None] = [datetime(2020, 1, 1, tzinfo=zone)]
        for cut in cuts:
            day = first + timedelta(days=cut)
            hour = 0 if self.chance(0.7) else self.random.randint(1, 23)
            bounds.append(datetime(day.year, day.month, day.day, hour, tzinfo=zone))
        bounds.append(None)
        model = self.pick(MODELS)
        return [
            {
                "version_number": place + 1,
                "billing_model": model,
                "rules_config": self.rules(model),
                "valid_from": begin.isoformat() if begin else None,
                "valid_until": end.isoformat() if end else None,
            }
            for place, (begin, end) in enumerate(pairwise(bounds))
            if (model := self.pick(MODELS) if self.chance(0.2) else model)
        ]

    def make(self) -> dict[str, Any]:
        first, last = self.pick(PERIODS)
        zone_name = self.pick(ZONES)
        zone, days = ZoneInfo(zone_name), (last - first).days + 1
        bundle: dict[str, Any] = {
            "period": [str(first), str(last)],
            "versions": self.versions(first, last, zone),
            "trips": [],
        }
        bundle["trips"] = self.trips(bundle, zone)
        if zone_name != "Asia/Kolkata":
            bundle["timezone"] = zone_name
        explicit = len(bundle["versions"]) == 1
        if self.chance(0.5):
            bundle["vehicles"] = [self.vehicle(slot, days, first, explicit=explicit) for slot in SLOTS]
        bundle["employees"] = [
            {"id": name} | ({"active_days": str(self.random.randint(0, days))} if explicit and self.chance(0.5) else {})
            for name in PEOPLE
        ]
        self.maybe(
            bundle,
            0.3,
            vehicles_count=lambda: str(self.random.randint(0, 6)),
            sla_breaches=lambda: str(self.random.randint(0, 3)),
        )
        self.maybe(bundle, 0.1, rounding=lambda: self.pick(("HALF_UP", "HALF_DOWN")), trip_only=lambda: True)
        self.random.shuffle(bundle["trips"])
        return bundle
