"""The demo company: the same at every run, and such that it could be true."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from billing.exchange.demo.company import FIRST, NEW_OFFICE, UNTIL, DemoCompany, build_company
from billing.exchange.demo.contracts import WHITEFIELD_SHIFTS, local_midnight

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PRINT_HASH = """
import hashlib
from billing.exchange.demo.company import build_company
print(hashlib.sha256(repr(build_company()).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def company() -> DemoCompany:
    return build_company()


def check_character(first_fourteen: str) -> str:
    """GST.md section 5, written a second time on purpose."""
    total = 0
    for place, letter in enumerate(first_fourteen):
        product = ALPHABET.index(letter) * (1 + place % 2)
        total += product // 36 + product % 36
    return ALPHABET[-total % 36]


def test_build_company_in_another_process_gives_equal_records(company: DemoCompany) -> None:
    here = hashlib.sha256(repr(company).encode()).hexdigest()
    there = subprocess.run([sys.executable, "-c", PRINT_HASH], capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


def test_first_client_has_the_promised_id(company: DemoCompany) -> None:
    assert str(company.clients[0].id) == "d0000000-0000-0000-0000-000000000001"


def test_sizes_are_as_promised(company: DemoCompany) -> None:
    assert (len(company.clients), len(company.vendors)) == (2, 3)
    assert 19_000 <= len(company.trips) <= 21_000
    assert 290 <= len(company.employees) <= 310
    assert 55 <= len(company.vehicles) <= 65


def test_every_gstin_has_its_state_pan_and_check_character(company: DemoCompany) -> None:
    pans = {client.id: client.pan for client in company.clients} | {vendor.id: vendor.pan for vendor in company.vendors}
    owners = [(site.gstin, site.state_code, pans[site.client_id]) for site in company.sites]
    owners += [(branch.gstin, branch.state_code, pans[branch.vendor_id]) for branch in company.branches]
    for gstin, state, pan in owners:
        assert gstin is not None
        assert gstin[:2] == state
        assert gstin[2:12] == pan
        assert gstin[2:5] == "ZZZ"
        assert gstin[14] == check_character(gstin[:14])


def test_contracts_are_of_all_models_and_one_is_renewed_inside_a_month(company: DemoCompany) -> None:
    assert {version.billing_model for version in company.versions} == {"HYBRID", "PER_TRIP", "FIXED_PACKAGE"}
    first, second = (version for version in company.versions if version.contract_id == WHITEFIELD_SHIFTS)
    assert first.valid_until == second.valid_from
    assert second.valid_from.day == 16


def test_records_refer_only_to_what_is_there(company: DemoCompany) -> None:
    links = {(link.client_id, link.vendor_id) for link in company.links}
    sites = {(site.client_id, site.id): site.code for site in company.sites}
    branches = {(branch.vendor_id, branch.id) for branch in company.branches}
    for contract in company.contracts:
        assert (contract.client_id, contract.vendor_id) in links
        assert contract.scope_sites == (sites[contract.client_id, contract.site_id],)
        assert (contract.vendor_id, contract.branch_id) in branches
    codes = {(employee.client_id, employee.code) for employee in company.employees}
    for trip in company.trips:
        assert (trip.client_id, trip.vendor_id) in links
        assert all((trip.client_id, code) in codes for code in trip.employees)
    assert len({trip.id for trip in company.trips}) == len(company.trips)
    assert len({(trip.client_id, trip.vendor_id, trip.external_ref) for trip in company.trips}) == len(company.trips)


def test_trips_keep_the_rules_of_trips(company: DemoCompany) -> None:
    for trip in company.trips:
        assert local_midnight(FIRST) <= trip.start_time < local_midnight(UNTIL)
        hours = (trip.end_time - trip.start_time) / timedelta(hours=1)
        if trip.status == "COMPLETED":
            assert trip.distance_m > 0
            assert hours > 0
            assert 5 < trip.distance_m / 1000 / hours < 70
            assert trip.seats_boarded == len(trip.employees)
        assert trip.is_carpool == (len(trip.employees) > 1)


def test_a_month_has_every_kind_of_trip(company: DemoCompany) -> None:
    for month in (7, 8, 9):
        trips = [trip for trip in company.trips if trip.start_time.month == month]
        kinds = Counter(trip.status for trip in trips)
        assert kinds["NO_SHOW"] > 20
        assert kinds["CANCELLED"] > 50
        assert sum(trip.is_carpool for trip in trips) > 2_000
        assert sum(trip.start_time.hour >= 22 or trip.start_time.hour < 6 for trip in trips) > 1_000
        assert len({trip.vehicle_type for trip in trips}) == 3


def test_weekends_and_holidays_are_quieter(company: DemoCompany) -> None:
    by_day = Counter(trip.start_time.date() for trip in company.trips)
    usual = sorted(by_day.values())[len(by_day) // 2]
    quiet = [count for day, count in by_day.items() if day.weekday() == 6 or (day.month, day.day) in {(8, 15), (9, 14)}]
    assert max(quiet) < usual * 6 // 10


def test_september_has_work_to_do_and_the_months_before_have_none(company: DemoCompany) -> None:
    odd = [t for t in company.trips if t.acceptance != "ACCEPTED" or t.hold_reason or t.site == NEW_OFFICE]
    assert {trip.start_time.month for trip in odd} == {9}
    assert sum(trip.acceptance == "SUBMITTED" for trip in odd) > 100
    assert sum(trip.hold_reason is not None for trip in odd) >= 5
    assert sum(trip.site == NEW_OFFICE for trip in odd) >= 10


def test_no_cab_is_in_two_places(company: DemoCompany) -> None:
    by_cab: dict[str, list[tuple[object, object]]] = {}
    for trip in company.trips:
        by_cab.setdefault(str(trip.vehicle_no), []).append((trip.start_time, trip.end_time))
    for spans in by_cab.values():
        assert all(before[1] <= after[0] for before, after in pairwise(sorted(spans)))  # type: ignore[operator,type-var]
