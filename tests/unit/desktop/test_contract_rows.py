"""Contracts as lines of a list, their spans in words, and what they need attention for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from billing.schemas.contracts import Contract, ContractVersion
from billing.schemas.ids import new_id
from billing.schemas.parties import Client, ClientSite, ClientVendor, Vendor, VendorBranch
from billing.services.contracts import ContractView
from moveinsync_desktop.models.contract_rows import notice_of, row_of, span_words, version_state

INDIA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def version(number: int, since: str, until: str | None, status: str = "ACTIVE") -> ContractVersion:
    begins = datetime.fromisoformat(since).replace(tzinfo=INDIA)
    ends = datetime.fromisoformat(until).replace(tzinfo=INDIA) if until else None
    rules = {"base_fare": "100"}
    return ContractVersion(new_id(), new_id(), new_id(), number, "PER_TRIP", rules, begins, ends, status=status)


def view(*versions: ContractVersion, **facts: object) -> ContractView:
    client, vendor = Client(id=new_id(), code="CL1", name="Client"), Vendor(id=new_id(), name="Vendor")
    contract = Contract(new_id(), client.id, vendor.id, "Day", new_id(), new_id(), **facts)  # type: ignore[arg-type]
    link = ClientVendor(client_id=client.id, vendor_id=vendor.id, code="VN1")
    site = ClientSite(id=new_id(), client_id=client.id, code="MAIN", name="Main")
    branch = VendorBranch(id=new_id(), vendor_id=vendor.id, code="MAIN", name="Main")
    return ContractView(contract, client, link, vendor, site, branch, versions)


@pytest.mark.parametrize(
    ("made", "state", "words"),
    [
        (version(1, "2026-04-01", None), "ACTIVE", "from 01-04-2026, open"),
        (version(1, "2026-04-01", "2026-08-16"), "ENDED", "01-04-2026 to 15-08-2026"),
        (version(1, "2026-12-01", None), "SCHEDULED", "from 01-12-2026, open"),
        (version(1, "2026-12-01", None, "DRAFT"), "DRAFT", "proposed from 01-12-2026"),
        (version(1, "2026-04-01", "2026-04-01T18:30"), "ENDED", "01-04-2026 to 01-04-2026"),
    ],
)
def test_state_and_span_of_a_version(made, state, words):
    assert version_state(made, NOW) == state
    assert span_words(made, INDIA) == words


def test_row_shows_the_version_in_force_and_the_draft():
    row = row_of(view(version(1, "2026-04-01", "2026-08-16"), version(2, "2026-08-16", None),
                      version(3, "2026-12-01", None, "DRAFT")), NOW)  # fmt: skip
    assert (row.version, row.since, row.until, row.state, row.drafts) == (
        2,
        date(2026, 8, 16),
        None,
        "ACTIVE",
        "Version 3",
    )


def test_row_of_a_contract_that_only_has_a_draft():
    row = row_of(view(version(1, "2026-12-01", None, "DRAFT")), NOW)
    assert (row.version, row.state) == (None, "DRAFT")


def test_renewal_near_is_a_state_and_a_notice():
    soon = view(version(1, "2026-04-01", None), renews_on=date(2027, 1, 10), notice_days=30)
    assert row_of(soon, NOW).state == "RENEW"
    assert notice_of(soon, NOW) == "Renews on 10-01-2027, notice by 11-12-2026; nothing is drafted yet."
    later = replace(soon, contract=replace(soon.contract, renews_on=date(2027, 8, 16)))
    assert notice_of(later, NOW) == ""


def test_gap_between_versions_comes_first():
    gap = view(version(1, "2026-04-01", "2026-08-01"), version(2, "2026-08-16", None), renews_on=date(2027, 1, 10))
    assert notice_of(gap, NOW).startswith("No version holds from 01 Aug 2026")
