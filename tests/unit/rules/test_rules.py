"""Rules as they are read, stored, linted and compared."""
# ruff: noqa: E501 - one row a case

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from billing.errors import BadInputError
from billing.rules import RULE_KEYS, canonical_rules, examine_rules, keys_of, parse_rules, read_model
from billing.rules.diff import diff_rules, same
from billing.rules.key import Kind, RuleKey
from billing.rules.lint import lint_rules
from billing.rules.lint_versions import lint_versions
from billing.rules.numbers import load_json
from billing.schemas.rating import BillingModelType, ContractVersion
from tests.oracle.generator import BundleMaker

PER_KM = {"per_km_rate": "10"}


@pytest.mark.parametrize("name", ["FIXED_PACKAGE", "FIXED_MONTHLY", "FIXED"])
def test_names_of_the_package_model(name: str) -> None:
    assert read_model(name) is BillingModelType.FIXED_PACKAGE


ALIASES = [
    ("base_amount", "base_fare"),
    ("cost_per_km", "per_km_rate"),
    ("distance_rate", "per_km_rate"),
    ("base_rate_km", "per_km_rate"),
    ("min_trip_charge", "min_fare"),
    ("monthly_fee", "base_monthly_fee"),
    ("package_price", "base_monthly_fee"),
    ("package_base_cost", "base_monthly_fee"),
    ("included_km", "free_km_included"),
    ("package_km_limit", "free_km_included"),
    ("overage_per_km", "per_km_rate_after_limit"),
]


@pytest.mark.parametrize(("alias", "key"), ALIASES)
def test_aliases_are_stored_canonically(alias: str, key: str) -> None:
    config, _ = examine_rules("PER_TRIP", {alias: "5.0"})
    assert config.get(key) == 5
    assert canonical_rules(config) == {key: "5.0"}


@pytest.mark.parametrize("limit", ["free_km_included", "included_km", "package_km_limit"])
def test_base_rate_km_beside_a_km_limit_is_the_rate_beyond_it(limit: str) -> None:
    config = parse_rules("HYBRID", {"base_rate_km": "5", limit: "100"})
    assert (config.get("per_km_rate_after_limit"), "per_km_rate" in config) == (5, False)


def test_the_same_value_under_two_names_is_fine() -> None:
    assert parse_rules("PER_TRIP", {"per_km_rate": "5", "cost_per_km": "5.00"}).get("per_km_rate") == 5


def test_null_is_no_key() -> None:
    config = parse_rules("PER_TRIP", PER_KM | {"cost_per_km": None, "waiting": None, "unknown": None})
    assert (dict(config.values), dict(config.unknown)) == ({"per_km_rate": 10}, {})


def test_typed_values() -> None:
    rules = load_json(
        '{"per_km_rate": 18.50, "min_seats": 4, "night_window": {"start": "21:30"}, "toll_taxable": false, '
        '"free_km_included": "0.0005", "tax_rates_by_date": [{"from": "2025-04-01", "percent": 5}], "tax_rate": 0.12}'
    )
    config = parse_rules("PER_TRIP", rules)
    assert config.values == {
        "per_km_rate": Decimal("18.50"),
        "min_seats": 4,
        "night_window": {"start": (21 * 60 + 30) * 60_000_000},
        "toll_taxable": False,
        "free_km_included": Decimal("0.001"),
        "tax_rates_by_date": ({"from": date(2025, 4, 1), "percent": Decimal(5)},),
        "tax_percentage": Decimal(12),
    }


def test_unknown_keys_are_kept_in_every_depth() -> None:
    rules = PER_KM | {"surge": {"x": 1.5}, "waiting": {"block_minutes": "5", "rate_per_block": "1", "note": "night"}}
    config = parse_rules("PER_TRIP", rules)
    assert dict(config.unknown) == {"surge": {"x": 1.5}}
    assert canonical_rules(config) == rules | {"surge": {"x": "1.5"}}


def test_all_findings_come_at_once_for_a_form() -> None:
    _, problems = examine_rules("PER_TRIP", {"per_km_rate": "x", "min_fare": "-1", "garage": {}}, where="rules")
    assert [(found.code, found.where) for found in problems] == [
        ("BAD_INPUT", "rules.per_km_rate"),
        ("NEGATIVE_AMOUNT", "rules.min_fare"),
        ("BAD_INPUT", "rules.garage.mode"),
    ]


@pytest.mark.parametrize("seed", range(60))
def test_what_is_stored_reads_as_the_same_rules(seed: int) -> None:
    for version in BundleMaker(seed).make()["versions"]:
        config = parse_rules(version["billing_model"], version["rules_config"])
        stored = canonical_rules(config)
        again = parse_rules(version["billing_model"], stored)
        assert again.values == config.values
        assert canonical_rules(again) == stored
        assert diff_rules(stored, canonical_rules(again)) == ()


def _all_keys(keys: tuple[RuleKey, ...]) -> list[RuleKey]:
    return [
        found for key in keys for found in (key, *_all_keys(key.fields), *_all_keys((key.item,) if key.item else ()))
    ]


@pytest.mark.parametrize("key", _all_keys(RULE_KEYS), ids=lambda key: key.key)
def test_every_key_can_make_its_form_field(key: RuleKey) -> None:
    assert key.label
    assert bool(key.choices) == (key.kind is Kind.CHOICE)
    assert bool(key.fields or key.item) == (key.kind in (Kind.OBJECT, Kind.LIST, Kind.MAP))


def test_names_of_keys_and_aliases_are_unique_and_every_key_has_a_place() -> None:
    names = [name for key in RULE_KEYS for name in (key.key, *key.aliases)]
    assert len(names) == len(set(names))
    assert all(key.group and key.models for key in RULE_KEYS)
    assert all(any(key in keys_of(model) for model in BillingModelType) for key in RULE_KEYS)


SLABS = {"mode": "volume", "bands": [{"upto": "10", "rate": "10"}, {"upto": None, "rate": "8"}]}
LINT: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("PER_TRIP", PER_KM, []),
    ("PER_TRIP", PER_KM | {"surge": 1}, [("UNKNOWN_KEY", "surge")]),
    ("PER_TRIP", PER_KM | {"garage": {"mode": "measured", "limit": 1}}, [("UNKNOWN_KEY", "garage.limit")]),
    ("PER_TRIP", {"vehicle_rates": {"SUV": PER_KM | {"night": 1}}}, [("UNKNOWN_KEY", "vehicle_rates.SUV.night")]),
    ("PER_TRIP", PER_KM | {"monthly_fee": "5"}, [("UNUSED_KEY", "monthly_fee")]),
    ("HYBRID", {"overage_per_km": "5", "min_fare": "1"}, [("UNUSED_KEY", "min_fare")]),
    ("PER_TRIP", PER_KM | {"tax_percentage": "0.18"}, [("FRACTION_FOR_PERCENT", "tax_percentage")]),
    ("PER_TRIP", PER_KM | {"no_show": {"percent_of_fare": "0.5"}}, [("FRACTION_FOR_PERCENT", "no_show.percent_of_fare")]),
    ("PER_TRIP", PER_KM | {"no_show": {"percent_of_fare": "150"}}, [("PERCENT_ABOVE_100", "no_show.percent_of_fare")]),
    ("PER_TRIP", PER_KM | {"fuel": {"base_price": "1", "current_price": "2", "km_per_litre": "9", "share": "50"}}, [("SHARE_ABOVE_1", "fuel.share")]),
    ("PER_TRIP", {"slabs": SLABS}, [("FALLING_PRICE", "slabs.bands[1]")]),
    ("PER_TRIP", {"slabs": {"mode": "flat", "bands": [{"upto": "5", "amount": "9", "rate": "1"}, {"upto": None}]}},
     [("UNUSED_KEY", "slabs.bands[0].rate"), ("FREE_BAND", "slabs.bands[1]"), ("FALLING_PRICE", "slabs.bands[1]")]),
    ("PER_TRIP", {"slabs": {"mode": "graduated", "bands": [{"upto": "5", "rate": "9"}, {"upto": None, "rate": "1"}]}}, []),
    ("PER_TRIP", {"local_packages": [{"hours": "8", "km": "80", "amount": "9"}, {"hours": "4", "km": "40", "amount": "5"}], "auto_switch": True, "extra_km_rate": "1", "extra_hour_rate": "1"}, [("UNREACHABLE_PACKAGE", "local_packages[1]")]),
    ("PER_TRIP", {"local_packages": [{"hours": "8", "km": "80", "amount": "9"}, {"hours": "9", "km": "90", "amount": "5"}], "extra_km_rate": "1"}, [("UNREACHABLE_PACKAGE", "auto_switch"), ("PRICE_MISSING", "extra_hour_rate")]),
    ("PER_TRIP", PER_KM | {"min_fare": "9", "max_fare": "8"}, [("MIN_ABOVE_MAX", "min_fare")]),
    ("PER_TRIP", PER_KM | {"min_guarantee": {"amount": "9"}, "monthly_cap": "8"}, [("MIN_ABOVE_MAX", "min_guarantee.amount")]),
    ("PER_TRIP", PER_KM | {"sla": {"bands": [{"over_minutes": "9", "flat": "1"}, {"over_minutes": "5", "flat": "2"}]}}, [("UNSORTED_BANDS", "sla.bands[1].over_minutes")]),
    ("PER_TRIP", {"base_fare": "1", "min_guarantee": {"km_per_vehicle": "9"}}, [("PRICE_MISSING", "per_km_rate")]),
    ("FIXED_PACKAGE", {"monthly_fee": "1", "max_vehicles": "1"}, [("PRICE_MISSING", "extra_vehicle_fee")]),
    ("FIXED_PACKAGE", {"monthly_fee": "1", "included_km": "1", "included_hours": "1"}, [("PRICE_MISSING", "per_km_rate_after_limit"), ("PRICE_MISSING", "extra_hour_rate")]),
    ("PER_TRIP", PER_KM | {"night_shift_surcharge": "9", "night_window": {"start": "06:00"}}, [("EMPTY_NIGHT", "night_window")]),
    ("PER_TRIP", PER_KM | {"night_window": {"start": "22:00"}}, [("PRICE_MISSING", "night_shift_surcharge")]),
]  # fmt: skip


@pytest.mark.parametrize(("model", "rules", "found"), LINT)
def test_lint(model: str, rules: dict[str, Any], found: list[tuple[str, str]]) -> None:
    findings = lint_rules(parse_rules(model, rules))
    assert [(finding.code, finding.where) for finding in findings] == found
    assert all(finding.message for finding in findings)


def test_lint_names_vehicle_types_that_trips_use() -> None:
    config = parse_rules("PER_TRIP", {"vehicle_rates": {"SUV": PER_KM}})
    [finding] = lint_rules(config, vehicle_types=["SUV", "SEDAN"])
    assert (finding.code, finding.where) == ("MISSING_VEHICLE_TYPE", "vehicle_rates.SEDAN")


def _version(number: int, since: str, until: str | None) -> ContractVersion:
    zone = "+05:30"
    end = datetime.fromisoformat(until + zone) if until else None
    return ContractVersion(number, parse_rules("PER_TRIP", PER_KM), datetime.fromisoformat(since + zone), end)


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        ([("2025-01-01T00:00", "2025-06-01T00:00"), ("2025-06-01T00:00", None)], []),
        ([("2025-06-01T00:00", None), ("2025-01-01T00:00", "2025-06-01T00:00")], []),
        ([("2025-01-01T00:00", "2025-05-31T00:00"), ("2025-06-01T00:00", None)], [("GAP_BETWEEN_VERSIONS", "versions[1].valid_from")]),
        ([("2025-01-01T00:00", None), ("2025-06-01T00:00", None)], [("OVERLAPPING_VERSIONS", "versions[1].valid_from")]),
        ([("2025-01-01T09:30", None)], [("BEGINS_INSIDE_DAY", "versions[0].valid_from")]),
    ],
)  # fmt: skip
def test_lint_of_versions(spans: list[tuple[str, str | None]], found: list[tuple[str, str]]) -> None:
    versions = [_version(number, *span) for number, span in enumerate(spans, start=1)]
    findings = lint_versions(versions, ZoneInfo("Asia/Kolkata"))
    assert [(finding.code, finding.where) for finding in findings] == found


DIFFS: list[tuple[dict[str, Any], dict[str, Any], list[tuple[str, str, Any, Any]]]] = [
    ({}, {"cost_per_km": "10.00", "per_km_rate": None}, []),
    ({"min_fare": "5"}, {"min_trip_charge": "6"}, [("min_fare", "changed", "5", "6")]),
    ({}, {"night_shift_surcharge": "5"}, [("night_shift_surcharge", "added", None, "5")]),
    ({"toll_taxable": False}, {}, [("toll_taxable", "removed", False, None)]),
    ({"night_window": {"start": "20:00"}}, {"night_window": {"start": "21:30", "basis": "end"}}, [("night_window.start", "changed", "20:00", "21:30"), ("night_window.basis", "added", None, "end")]),
    ({"sla": {"bands": [{"over_minutes": "5", "flat": "1"}]}}, {"sla": {"bands": [{"over_minutes": "5", "flat": "2"}]}}, [("sla.bands[0].flat", "changed", "1", "2")]),
    ({"surge": 1}, {"surge": 2}, [("surge", "changed", "1", "2")]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "changes"), DIFFS)
def test_diff(before: dict[str, Any], after: dict[str, Any], changes: list[tuple[str, str, Any, Any]]) -> None:
    old, new = (
        canonical_rules(parse_rules("PER_TRIP", PER_KM | rules if "cost_per_km" not in rules else rules))
        for rules in (before, after)
    )
    found = diff_rules(old, new)
    assert [(change.where, change.kind, change.before, change.after) for change in found] == changes
    assert all(change.label for change in found)


def test_a_changed_model_is_a_difference() -> None:
    hybrid = canonical_rules(parse_rules("HYBRID", PER_KM | {"overage_per_km": "1"}))
    found = diff_rules(PER_KM, hybrid, models=("PER_TRIP", "HYBRID"))
    assert [change.where for change in found] == ["billing_model", "per_km_rate_after_limit"]


def test_a_change_has_the_words_of_its_key() -> None:
    model, rate, unknown = diff_rules({"surge": 1}, {"surge": 2, "per_km_rate": "5"}, models=("PER_TRIP", "HYBRID"))
    assert model.label == "Billing model"
    assert rate.label not in ("Billing model", rate.where)
    assert unknown.label == unknown.where == "surge"


def test_lists_of_unequal_length_differ_by_their_rows() -> None:
    one, two = {"upto": "10", "rate": "1"}, {"upto": None, "rate": "2"}
    (gone,) = diff_rules({"bands": [one, two]}, {"bands": [one]})
    assert (gone.where, gone.kind, gone.before) == ("bands[1]", "removed", two)
    (come,) = diff_rules({"bands": [one]}, {"bands": [one, two]})
    assert (come.where, come.kind, come.after) == ("bands[1]", "added", two)


def test_a_list_is_never_a_text() -> None:
    assert not same(["a", "b"], "ab")
    assert not same("ab", ["a", "b"])
    assert same(("1.0", None), ["1", None])
    (change,) = diff_rules({"codes": ["a", "b"]}, {"codes": "ab"})
    assert (change.where, change.before, change.after) == ("codes", ["a", "b"], "ab")


def test_rules_check_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from moveinsync_desktop.cli import main

    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text('{"per_km_rate": 10, "surge": 1}')
    bad.write_text('{"per_km_rate": -1}')
    assert main(["rules", "check", str(good), "--model", "PER_TRIP", "--json"]) == 0
    answer = load_json(capsys.readouterr().out)
    assert (answer["valid"], answer["warnings"][0]["where"]) == (True, "surge")
    assert main(["rules", "check", str(bad), "--model", "PER_TRIP"]) == 2
    assert "NEGATIVE_AMOUNT rules_config.per_km_rate" in capsys.readouterr().out
    assert main(["rules", "check", str(bad), "--model", "NONE", "--json"]) == 2
    assert load_json(capsys.readouterr().out)["error"]["code"] == "UNKNOWN_BILLING_MODEL"
    with pytest.raises(BadInputError):
        load_json("nothing")


def test_a_fuel_clause_that_brings_a_rate_below_zero_is_told() -> None:
    fuel = {"base_price": "100", "current_price": "40", "km_per_litre": "5"}
    types = {"SUV": {"per_km_rate": "11.50"}, "MINI": {"per_km_rate": "13"}}
    rules = {"per_km_rate": "12", "vehicle_rates": types, "fuel": fuel}
    found = [one for one in lint_rules(parse_rules("PER_TRIP", rules)) if one.code == "RATE_BELOW_ZERO"]
    assert [(one.where, one.message.partition(":")[0]) for one in found] == [
        ("fuel.current_price", "The fuel clause brings vehicle_rates.SUV.per_km_rate to -0.5000")
    ]
