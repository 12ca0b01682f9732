"""The inbox: what a vendor sends in waits by sheet, is accepted or returned, and comes again."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing.errors import BadInputError, NotAllowedError, RefusedError
from billing.services.trip_changes import add_trip, read_trip
from billing.services.trip_decisions import decide_trips
from billing.services.trip_inbox import decide_submission, list_submissions
from billing.services.trips import import_file
from tests.support.people import Pair, People
from tests.support.sheets import row, write_csv

TYPED = {"trip_id": "H1", "start": "02-10-2026 09:00", "end": "02-10-2026 09:40", "distance": "12.4"}


def test_a_submission_is_accepted_or_returned(people: People, pair: Pair, tmp_path: Path) -> None:
    vendor, admin = people.sign_in("VENDOR_ADMIN", pair), people.sign_in("CLIENT_ADMIN", pair)
    words = {"client": pair.client.code, "vendor": pair.link.code}
    sheet = write_csv(tmp_path / "week1.csv", [row(number, **words) for number in (1, 2, 3)])
    import_file(vendor, sheet)
    add_trip(vendor, TYPED, client=pair.client.code)
    first, second = list_submissions(admin)
    assert (first.file_name, first.trips, first.vendor_code) == ("week1.csv", 3, pair.link.code)
    assert (second.file_name, second.batch_id, second.trips, second.distance_m) == (None, None, 1, 12_400)
    decide_trips(admin, "REJECT", ["A2"], reason="no such cab")
    assert decide_submission(admin, first, accept=True).changed == 2
    assert read_trip(admin, "A2")[0].acceptance == "REJECTED"
    with pytest.raises(RefusedError):
        decide_submission(admin, first, accept=True)
    with pytest.raises(BadInputError):
        decide_submission(admin, second, accept=False, reason=" ")
    assert decide_submission(admin, second, accept=False, reason="which cab?").changed == 1
    assert list_submissions(admin) == []


def test_a_vendor_sees_its_own_and_decides_nothing(people: People, pair: Pair) -> None:
    vendor, stranger = people.sign_in("VENDOR_ADMIN", pair), people.sign_in("CLIENT_ADMIN", people.new_pair())
    add_trip(vendor, TYPED, client=pair.client.code)
    (own,) = list_submissions(vendor)
    with pytest.raises(NotAllowedError):
        decide_submission(vendor, own, accept=True)
    assert list_submissions(stranger) == []
    with pytest.raises(RefusedError):
        decide_submission(stranger, own, accept=True)
