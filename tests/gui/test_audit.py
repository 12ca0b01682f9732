"""The Audit screen: who did what, what it was before, and whether the chain holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel

from billing.schemas.audit import AuditEntry, AuditReport, ChainCheck
from billing.schemas.ids import new_id
from billing.schemas.parties import Employee
from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.audit_rows import differences, place_of
from moveinsync_desktop.views import audit as audit_view
from moveinsync_desktop.views.audit import AuditScreen
from tests.support.people import Pair

WAIT = 10_000


def opened(qtbot: Any, context: AppContext, session: Session) -> AuditScreen:
    context.session = session
    made = AuditScreen(context)
    qtbot.addWidget(made)
    made.resize(1150, 690)
    made.show()
    qtbot.waitUntil(lambda: made.entries is not None, timeout=WAIT)
    return made


@pytest.fixture
def changed(client_admin: Session, pair: Pair) -> Session:
    """A client admin who added an employee and gave her another name."""
    with client_admin.unit_of_work() as uow:
        uow.employees.add([Employee(id=new_id(), client_id=pair.client_id, code="E1", name="Asha")])
        uow.commit()
    with client_admin.unit_of_work() as uow:
        uow.employees.update(replace(uow.employees.find(code="E1")[0], name="Asha Rao"))
        uow.commit()
    return client_admin


@pytest.fixture
def screen(qtbot: Any, context: AppContext, changed: Session) -> Iterator[AuditScreen]:
    yield opened(qtbot, context, changed)
    context.workers.shutdown()


def test_a_client_admin_sees_the_own_chain_newest_first(screen: AuditScreen, changed: Session) -> None:
    first, second = screen.model.rows[:2]
    assert (first.what, first.fields, first.who) == ("Employee changed", "name", changed.email)
    assert (second.what, second.about) == ("Employee added", "Asha")
    assert not screen.is_super
    assert not screen.chain.isVisible()


def test_an_entry_shows_before_and_after(screen: AuditScreen) -> None:
    screen.table.select_row(0)
    words = [one.text() for one in screen.panel.findChildren(QLabel)]
    assert "Asha  →  Asha Rao" in words
    assert screen.panel.title_label.text() == "Employee changed"
    assert screen.record_button.isVisible()


def test_older_entries_are_added(
    qtbot: Any, context: AppContext, changed: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_view, "PAGE", 2)
    screen = opened(qtbot, context, changed)
    assert len(screen.model.rows) == 2
    screen.older.click()
    qtbot.waitUntil(lambda: len(screen.model.rows) == 4, timeout=WAIT)
    context.workers.shutdown()


def test_a_super_admin_verifies_anchors_and_exports(
    qtbot: Any,
    context: AppContext,
    changed: Session,
    super_admin: Session,
    pair: Pair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = opened(qtbot, context, super_admin)
    screen.verify()
    qtbot.waitUntil(lambda: "Clean" in screen.bar._words.text(), timeout=WAIT)
    target = tmp_path / "out.jsonl"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(target), ""))
    screen.save_anchor()
    qtbot.waitUntil(lambda: "anchored" in context.messages.last_status.text, timeout=WAIT)
    assert target.read_text().count("\n") >= 2
    screen.chain.set_value(pair.client.code)
    screen.export()
    qtbot.waitUntil(lambda: "written" in context.messages.last_status.text, timeout=WAIT)
    assert "Asha Rao" in target.read_text(encoding="utf-8")
    context.workers.shutdown()


def test_a_broken_chain_is_said_in_words(screen: AuditScreen) -> None:
    screen._on_verified(AuditReport((ChainCheck(new_id(), "CL0001", 5, "CHANGED", 3),), 0, ("app.vehicles",)))
    words = screen.bar._words.text()
    assert "CL0001, entry 3: this entry was changed after it was written" in words
    assert "app.vehicles" in words


def test_differences_are_for_people() -> None:
    entry = AuditEntry(
        1, datetime(2026, 11, 20, tzinfo=UTC), "a@b.in", "mis_u_x", None, "UPDATE", "contract_version", None,
        {"rules_config": {"base_fare": "100", "tax": {"a": 1}}, "total": 1234567, "active": True, "po": ""},
        {"rules_config": {"base_fare": "110", "tax": {"a": 1}}, "total": None, "active": False, "po": None},
        None, "00",
    )  # fmt: skip
    assert differences(entry) == [
        ("rules config › base fare", "100", "110"),
        ("total", "12,345.67", "–"),
        ("active", "yes", "no"),
    ]


def test_the_whole_chain_is_filtered_in_the_database(qtbot: Any, screen: AuditScreen, changed: Session) -> None:
    screen.kind.set_value("employee")
    screen.refresh()
    qtbot.waitUntil(lambda: {one.record.entity for one in screen.model.rows} == {"employee"}, timeout=WAIT)
    assert screen.clear.isVisible()
    screen.actor.set_value("nobody@")
    screen.refresh()
    qtbot.waitUntil(lambda: screen.model.rows == [], timeout=WAIT)
    screen.clear_filters()
    qtbot.waitUntil(lambda: len(screen.model.rows) > 2, timeout=WAIT)
    screen._chooser("2020", (date(2020, 1, 1), date(2020, 1, 31)))()
    qtbot.waitUntil(lambda: screen.model.rows == [], timeout=WAIT)


def test_every_kind_of_record_leads_to_its_screen() -> None:
    def place(entity: str, **after: Any) -> Any:
        now = datetime.now(UTC)
        return place_of(AuditEntry(1, now, "", "", None, "UPDATE", entity, new_id(), None, after, None, "00" * 32))

    assert place("invoice")[0] == "invoices"
    assert place("contract_version", contract_id=str(new_id()))[0] == "contracts"
    assert place("billing_run", month="2026-10-01") == ("billing_runs", {"month": date(2026, 10, 1)})
    assert place("employee") == ("parties", {"tab": "employees"})
    assert place("trip")[0] == "trips"
    assert place("user")[0] == "users"
    assert place("unheard_of") is None


def test_control_h_tells_who_changed_the_record_in_hand(
    qtbot: Any, context: AppContext, super_admin: Session, viewer: Session
) -> None:
    from moveinsync_desktop.views.dialogs.record_history import RecordHistoryDialog
    from moveinsync_desktop.views.users import UsersScreen
    from tests.support.dialogs import at_dialogs

    context.session = super_admin
    made = UsersScreen(context)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: any(one.email == viewer.email for one in made.model.rows), timeout=WAIT)
    said: list[str] = []
    context.messages.status_changed.connect(lambda status: said.append(status.text))
    made.show_history()
    assert said == ["Choose a record first: its history is asked for"]
    row = next(at for at, one in enumerate(made.model.rows) if one.email == viewer.email)
    made.table.view.setCurrentIndex(made.model.index(row, 0))

    def look(dialog: RecordHistoryDialog) -> None:
        qtbot.waitUntil(lambda: len(dialog.model.rows) > 0, timeout=WAIT)
        assert any(one.what == "User signed in" for one in dialog.model.rows)
        dialog.accept()

    raised = at_dialogs(look)
    made.show_history()
    assert raised == []
    context.workers.shutdown()
