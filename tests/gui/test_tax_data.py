"""What tax documents need, entered on screen: rates by date, letterheads, LUT, and warnings as one types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from billing.services.letterheads import read_letterhead
from billing.services.parties import list_sites, list_vendors_of
from billing.services.taxes import list_gst_rates
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.letterhead import LetterheadDialog
from moveinsync_desktop.views.dialogs.party_dialog import PartyDialog
from moveinsync_desktop.views.parties import PartiesScreen
from tests.gui.test_parties import fill, row_of
from tests.integration.billing.test_papers import PNG
from tests.support.dialogs import at_dialogs
from tests.support.people import Pair

WAIT = 10_000
Open = Callable[[Any], PartiesScreen]


@pytest.fixture
def open_screen(qtbot: Any, context: AppContext) -> Iterator[Open]:
    def make(session: Any) -> PartiesScreen:
        context.session, context.client_id = session, session.client_id
        screen = PartiesScreen(context)
        qtbot.addWidget(screen)
        screen.resize(1150, 690)
        context.workers.changes.connect(screen.on_changes)
        screen.show()
        qtbot.waitUntil(lambda: screen.book is not None, timeout=WAIT)
        return screen

    yield make
    context.workers.shutdown()


def store(qtbot: Any, dialog: PartyDialog) -> None:
    """Save, and wait until it is stored."""
    qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.result() == QDialog.DialogCode.Accepted, timeout=WAIT)


def test_a_super_admin_adds_a_rate_and_others_only_read(
    qtbot: Any, open_screen: Open, super_admin: Any, client_admin: Any
) -> None:
    screen = open_screen(super_admin)
    screen.open_with(tab="gst_rates")

    def act(dialog: PartyDialog) -> None:
        fill(qtbot, dialog, sac_prefix="996414", source="Notification 9/2040")
        row_of(dialog, "valid_from").field.set_value(row_of(dialog, "valid_from").field.value.replace(year=2040))
        store(qtbot, dialog)

    raised = at_dialogs(act)
    screen.add()
    assert raised == []
    assert "996414" in {one.sac_prefix for one in list_gst_rates(super_admin)}
    reader = open_screen(client_admin)
    reader.open_with(tab="gst_rates")
    assert not reader._add_button.isVisible()
    assert not reader._may_edit(reader.tables_by_key["gst_rates"].model.rows[0])  # type: ignore[attr-defined]


def test_a_sez_site_needs_the_end_of_its_undertaking(
    qtbot: Any, open_screen: Open, client_admin: Any, pair: Pair
) -> None:
    screen = open_screen(client_admin)
    screen.open_with(tab="sites")
    shown = screen.tables_by_key["sites"].model.rows[0]  # type: ignore[attr-defined]
    wrong: list[str] = []

    def act(dialog: PartyDialog) -> None:
        fill(qtbot, dialog, lut_no="AD290320261234A")
        row_of(dialog, "is_sez").field.set_value(True)
        qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(row_of(dialog, "lut_until")._error), timeout=WAIT)
        wrong.append(row_of(dialog, "lut_until")._error)
        row_of(dialog, "lut_until").field.setText("31-03-2027")
        store(qtbot, dialog)

    raised = at_dialogs(act)
    screen._edit(shown)
    assert raised == []
    assert "until when" in wrong[0]
    (site,) = list_sites(client_admin, client_id=pair.client_id)
    assert (site.is_sez, site.lut_no, f"{site.lut_until}") == (True, "AD290320261234A", "2027-03-31")


def test_a_gstin_is_judged_when_its_last_character_is_typed(qtbot: Any, open_screen: Open, client_admin: Any) -> None:
    screen = open_screen(client_admin)
    screen.open_with(tab="sites")
    shown = screen.tables_by_key["sites"].model.rows[0]  # type: ignore[attr-defined]
    seen: list[tuple[str, str]] = []

    def act(dialog: PartyDialog) -> None:
        gstin, pin = row_of(dialog, "gstin"), row_of(dialog, "pin")
        fill(qtbot, dialog, gstin="29AAGCB7383J1Z")
        before = gstin._error
        qtbot.keyClicks(gstin.field, "5")
        first = gstin._error
        fill(qtbot, dialog, gstin="29AAGCB7383J1Z4")
        assert gstin._error == ""
        assert row_of(dialog, "state_code").field.value == "29"
        fill(qtbot, dialog, pin="110001")
        pin.field.editingFinished.emit()
        seen.append((before + first, pin._hint))
        dialog.draft.forget()
        dialog.done(0)

    raised = at_dialogs(act)
    screen._edit(shown)
    assert raised == []
    assert seen == [("last character must be 4", "PIN 110001 is unusual for Karnataka.")]


def test_a_branch_gets_a_letterhead(
    qtbot: Any, open_screen: Open, super_admin: Any, pair: Pair, tmp_path: Path
) -> None:
    screen = open_screen(super_admin)
    (entry,) = list_vendors_of(super_admin, client_id=pair.client_id)
    logo, text = tmp_path / "logo.png", tmp_path / "logo.txt"
    logo.write_bytes(PNG)
    text.write_bytes(b"no picture")

    def act(dialog: LetterheadDialog) -> None:
        dialog.choose(text)
        assert dialog.notice.isVisible()
        dialog.choose(logo)
        dialog.headline.set_value("24 hours")
        qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: dialog.result() == QDialog.DialogCode.Accepted, timeout=WAIT)

    raised = at_dialogs(act)
    screen.deeds.edit_letterhead(entry.branches[0])
    qtbot.waitUntil(lambda: read_letterhead(super_admin, branch=entry.branches[0]) is not None, timeout=WAIT)
    assert raised == []
    stored = read_letterhead(super_admin, branch=entry.branches[0])
    assert stored is not None
    assert (stored.width, stored.height, stored.headline) == (8, 4, "24 hours")


def test_a_new_vendor_takes_turnover_authority_and_duties_at_once(
    qtbot: Any, open_screen: Open, client_admin: Any, pair: Pair
) -> None:
    screen = open_screen(client_admin)
    screen.open_with(tab="vendors")

    def act(dialog: PartyDialog) -> None:
        fill(qtbot, dialog, code="VX", name="Whole Cabs")
        pan = row_of(dialog, "pan")
        pan.field.textEdited.emit("AAPF10939F")
        assert "five letters" in pan._error
        pan.field.textEdited.emit("AAPF")
        assert pan._error == "", "it may still grow"
        row_of(dialog, "aato").field.set_value(6_00_00_000_00)
        row_of(dialog, "authority_ref").field.set_value("Letter 7")
        row_of(dialog, "authority_from").field.set_value(date(2026, 4, 1))
        for key in ("einvoice_liable", "round_tax_to_rupee"):
            row_of(dialog, key).field.set_value(True)
        row_of(dialog, "gstin").field.set_value("29AAGCB7383J1Z4")
        row_of(dialog, "state_code").field.set_value("27")
        row_of(dialog, "state_code").field.chosen.emit("27")
        assert "the GSTIN is of Karnataka" in row_of(dialog, "state_code")._error
        for key in ("gstin", "state_code"):
            row_of(dialog, key).field.set_value(None)
        store(qtbot, dialog)

    raised = at_dialogs(act)
    screen.deeds.add("vendors", screen.book)
    assert raised == []
    made = next(one for one in list_vendors_of(client_admin, client_id=pair.client_id) if one.link.code == "VX")
    assert (made.vendor.aato, made.link.authority_ref) == (6_00_00_000_00, "Letter 7")
    (branch,) = made.branches
    assert (branch.einvoice_liable, branch.round_tax_to_rupee) == (True, True)
