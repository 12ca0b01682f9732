"""Dialogs whose typed values outlive a crash: a contract's facts, a trip by hand, a letterhead, terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from billing.schemas.ids import new_id
from billing.schemas.parties import VendorBranch
from billing.services.client_terms import read_terms
from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.contract_deeds import read_choices
from moveinsync_desktop.views.contracts import ContractsScreen
from moveinsync_desktop.views.dialogs import form_draft
from moveinsync_desktop.views.dialogs.client_terms import TermsDialog
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.dialogs.contract_terms import ContractDialog
from moveinsync_desktop.views.dialogs.kept_dialog import KeptDialog
from moveinsync_desktop.views.dialogs.letterhead import LetterheadDialog
from moveinsync_desktop.views.dialogs.trip_form import AddTripDialog
from moveinsync_desktop.views.screen import Screen
from tests.support.people import Pair

WAIT = 10_000
BRANCH = VendorBranch(id=new_id(), vendor_id=new_id(), code="MAIN", name="Main branch")


def contract(screen: Screen) -> tuple[KeptDialog, QWidget]:
    """A new contract, its name typed."""
    session = screen.context.signed_in
    dialog = ContractDialog(screen, read_choices(session, session.client_id))
    return dialog, dialog._name


def trip(screen: Screen) -> tuple[KeptDialog, QWidget]:
    """A trip that no sheet has, its id typed."""
    dialog = AddTripDialog(screen)
    return dialog, dialog.fields["trip_id"].field


def letterhead(screen: Screen) -> tuple[KeptDialog, QWidget]:
    """A branch's letterhead, the words at its foot typed."""
    dialog = LetterheadDialog(screen, BRANCH, None)
    return dialog, dialog.footer


def terms(screen: Screen) -> tuple[KeptDialog, QWidget]:
    """The client's terms, the first figure typed."""
    dialog = TermsDialog(screen, read_terms(screen.context.signed_in))
    return dialog, dialog.form.rows[0].field.edit


@pytest.mark.parametrize("make", [contract, trip, letterhead, terms])
def test_what_was_typed_is_back_after_a_crash_and_gone_once_thrown_away(
    qtbot: Any,
    context: AppContext,
    client_admin: Session,
    pair: Pair,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Screen], tuple[KeptDialog, QWidget]],
) -> None:
    monkeypatch.setattr(form_draft, "KEEP_AFTER_MS", 20)
    context.session, context.client_id = client_admin, pair.client_id
    screen = ContractsScreen(context)
    qtbot.addWidget(screen)
    dialog, field = make(screen)
    dialog.show()
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)
    qtbot.keyClicks(field, "7")
    qtbot.waitUntil(lambda: bool(context.drafts.all()), timeout=WAIT)
    dialog.draft = None  # the program is killed: nothing is asked, nothing is tidied
    dialog.done(0)

    again, field = make(screen)
    again.show()
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)
    assert again.notice.isVisible()
    assert "is back, not saved yet" in again.notice.accessibleName()
    assert "7" in field.text()  # type: ignore[attr-defined]
    asked: list[str] = []

    def ask(dialog: ConfirmDialog) -> bool:
        asked.append(dialog.windowTitle())
        return True

    monkeypatch.setattr(ConfirmDialog, "ask", ask)
    again.reject()
    assert asked == ["Leave without saving?"]
    assert context.drafts.all() == []
