"""Tax returns on screen: what waits for the portal, returns that add up, registers as files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from openpyxl import load_workbook
from PySide6.QtWidgets import QFileDialog, QLabel

from billing.services.invoices import get_invoice, issue_invoice
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.dialogs.ims_answer import ImsDialog
from moveinsync_desktop.views.dialogs.portal_keys import PortalKeysDialog
from moveinsync_desktop.views.returns import ReturnsScreen
from tests.integration.billing.conftest import IST, Month, contract_for
from tests.integration.billing.test_invoices import draft
from tests.integration.billing.test_notes import credit
from tests.integration.billing.test_papers import answer, registered
from tests.integration.billing.test_portal_answers import PEM, forget
from tests.support.people import Pair

WAIT = 15_000


@pytest.fixture
def issued(client_admin: Any, super_admin: Any, pair: Pair) -> tuple[Month, str, date]:
    """A month's invoice between registered parties: month, number, date."""
    month = Month(pair, client_admin, contract_for(client_admin, pair))
    registered(month, super_admin)
    month.add(month.trip(3, "60"), month.trip(10, "50"))
    number = issue_invoice(client_admin, invoice=draft(month)).number
    return month, number, get_invoice(client_admin, invoice=number).invoice_date


@pytest.fixture
def screen(qtbot: Any, context: AppContext, issued: tuple[Month, str, date]) -> Iterator[ReturnsScreen]:
    month, _number, day = issued
    context.session, context.client_id, context.zone = month.session, month.client_id, IST
    context.month = day.replace(day=1)
    made = ReturnsScreen(context)
    qtbot.addWidget(made)
    context.workers.changes.connect(made.on_changes)
    made.resize(1150, 690)
    made.show()
    qtbot.waitUntil(lambda: len(made.models["portal"].rows) == 1, timeout=WAIT)
    yield made
    context.workers.shutdown()


def test_what_waits_is_exported_answered_and_registered(
    qtbot: Any, screen: ReturnsScreen, issued: tuple[Month, str, date], tmp_path: Path, monkeypatch: Any
) -> None:
    month, number, _day = issued
    assert [(row.number, row.state) for row in screen.models["portal"].rows] == [(number, "waiting")]
    target, answers = tmp_path / "out.json", tmp_path / "in.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_words: (str(target), ""))
    screen.save()
    qtbot.waitUntil(target.exists, timeout=WAIT)
    assert json.loads(target.read_text("utf-8"))[0]["DocDtls"]["No"] == number
    answers.write_text(json.dumps([answer(get_invoice(month.session, invoice=number))]), "utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_words: (str(answers), ""))
    screen.files.import_answers()
    qtbot.waitUntil(lambda: [row.state for row in screen.models["portal"].rows] == ["registered"], timeout=WAIT)


def test_each_return_is_read_and_saved(
    qtbot: Any, screen: ReturnsScreen, issued: tuple[Month, str, date], tmp_path: Path, monkeypatch: Any
) -> None:
    _month, number, _day = issued
    screen.open_with(tab="gstr1")
    qtbot.waitUntil(lambda: len(screen.models["gstr1"].rows) == 1, timeout=WAIT)
    assert screen.models["gstr1"].rows[0].agrees == "agree"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_words: str(tmp_path))
    screen.save()
    qtbot.waitUntil(lambda: len(list(tmp_path.glob("GSTR1-*.json"))) == 1, timeout=WAIT)
    for tab in ("tds", "itc"):
        screen.open_with(tab=tab)
        qtbot.waitUntil(lambda tab=tab: [row.number for row in screen.models[tab].rows] == [number], timeout=WAIT)
        target = tmp_path / f"{tab}.xlsx"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_words, target=target: (str(target), ""))
        screen.save()
        qtbot.waitUntil(target.exists, timeout=WAIT)
        qtbot.waitUntil(lambda: not list(tmp_path.glob(".*")), timeout=WAIT)
        assert load_workbook(target).active["A2"].value == number


def test_the_clients_answer_to_a_credit_note_is_recorded(
    qtbot: Any, screen: ReturnsScreen, issued: tuple[Month, str, date], monkeypatch: Any
) -> None:
    month, number, _day = issued
    note = credit(month, number, {1: 1000_00})
    screen.refresh()
    qtbot.waitUntil(lambda: len(screen.models["portal"].rows) == 2, timeout=WAIT)
    screen.portal_table.select_where(lambda row: row.number == note)
    assert screen.portal_table.current.credit_until is not None

    def answered(dialog: ImsDialog) -> int:
        qtbot.addWidget(dialog)
        dialog.show()
        dialog.status.set_value("REJECTED")
        dialog._refresh()
        assert not dialog.save_button.isEnabled()
        dialog.remark.set_value("amount not agreed")
        dialog._refresh()
        assert "liability again" in dialog._follows.text()
        dialog.save_button.click()
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=WAIT)
        return 1

    monkeypatch.setattr(ImsDialog, "exec", answered)
    screen.record_ims()
    qtbot.waitUntil(lambda: "REJECTED" in [row.ims for row in screen.models["portal"].rows], timeout=WAIT)
    qtbot.waitUntil(
        lambda: any("rejected by the client" in one.text() for one in screen.bar.findChildren(QLabel)), timeout=WAIT
    )


def test_the_portals_keys_are_shown_and_stored_by_a_super_admin_only(
    qtbot: Any, screen: ReturnsScreen, super_admin: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    forget(super_admin)
    dialog = PortalKeysDialog(screen)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.add_button.isVisible()
    screen.context.session = super_admin
    path = tmp_path / "portal.pem"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    path.write_bytes(key.public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_words: (str(path), ""))
    dialog = PortalKeysDialog(screen)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.add_button.click()
    qtbot.waitUntil(lambda: [one.name for one in dialog.keys] == ["portal.pem"], timeout=WAIT)
    monkeypatch.setattr(ConfirmDialog, "ask", lambda _self: True)
    dialog._remove(dialog.keys[0])
    qtbot.waitUntil(lambda: dialog.keys == [], timeout=WAIT)
