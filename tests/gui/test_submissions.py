"""The inbox in the window: a submission is accepted, another returned with a reason."""

from __future__ import annotations

from typing import Any

from billing.services.trip_changes import add_trip, read_trip
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.submissions import SubmissionsDialog
from moveinsync_desktop.views.trips import TripsScreen
from tests.support.people import Pair, People

TYPED = {"trip_id": "H1", "start": "02-10-2026 09:00", "end": "02-10-2026 09:40", "distance": "12.4"}


def test_submissions_are_decided(context: AppContext, qtbot: Any, people: People, pair: Pair) -> None:
    vendor, admin = people.sign_in("VENDOR_ADMIN", pair), people.sign_in("CLIENT_ADMIN", pair)
    add_trip(vendor, TYPED, client=pair.client.code)
    context.session = admin
    screen = TripsScreen(context)
    qtbot.addWidget(screen)
    screen.ensure_built()
    screen.deeds.open_inbox()
    dialog = screen.deeds.dialog
    assert isinstance(dialog, SubmissionsDialog)
    qtbot.waitUntil(lambda: len(dialog.waiting) == 1, timeout=10_000)
    dialog._decide(dialog.waiting[0], accept=True)
    qtbot.waitUntil(lambda: not dialog.waiting, timeout=10_000)
    assert read_trip(admin, "H1")[0].acceptance == "ACCEPTED"
