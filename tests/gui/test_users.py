"""Users on screen, one's own account, and joining a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt

from billing.schemas.users import Invitation
from billing.services.account import own_account
from billing.services.invitations import invite
from billing.services.users import find_user
from billing.store.invitations import pack
from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.dialogs.connect import ConnectDialog
from moveinsync_desktop.views.dialogs.password import AccountDialog, PasswordDialog
from moveinsync_desktop.views.dialogs.user_forms import OneTimeDialog, UserDialog
from moveinsync_desktop.views.users import UsersScreen
from tests.support.dialogs import at_dialogs
from tests.support.people import PASSWORD, Pair, People

NEW_PASSWORD = "another four words here"


@pytest.fixture
def screen(qtbot: Any, context: AppContext, super_admin: Session) -> Iterator[UsersScreen]:
    context.session = super_admin
    made = UsersScreen(context)
    qtbot.addWidget(made)
    made.resize(1150, 690)
    context.workers.changes.connect(made.on_changes)
    made.show()
    qtbot.waitUntil(lambda: made.book is not None, timeout=10_000)
    yield made
    context.workers.shutdown()


def choose(screen: UsersScreen, email: str) -> None:
    at = next(at for at, shown in enumerate(screen.model.rows) if shown.email == email)
    screen.table.view.setCurrentIndex(screen.model.index(at, 0))


def test_invites_a_viewer_with_the_keyboard_and_shows_the_password_once(
    qtbot: Any, screen: UsersScreen, pair: Pair, people: People
) -> None:
    screen.refresh()
    qtbot.waitUntil(lambda: any(one[0] == pair.client_id for one in screen.book.clients), timeout=10_000)
    email, shown = f"gita.{pair.client.code}@example.com".lower(), []

    def fill(dialog: UserDialog) -> None:
        rows = {made.key: made for made in dialog.form.rows}
        qtbot.keyClicks(rows["email"].field, email)
        qtbot.keyClicks(rows["name"].field, "Gita Rao")
        assert not rows["vendor_id"].isVisible()
        rows["client_id"].field.set_value(pair.client_id)
        qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)

    def look(dialog: OneTimeDialog) -> None:
        shown.append(dialog._password)
        dialog.accept()

    raised = at_dialogs(fill, look)
    screen.add()
    assert raised == []
    assert len(shown[0]) == 23
    found = find_user(people.super_admin, email)
    assert found is not None
    assert (found.role, found.client_id, found.must_change, found.name) == ("VIEWER", pair.client_id, True, "Gita Rao")
    qtbot.waitUntil(lambda: any(one.email == email for one in screen.model.rows), timeout=10_000)


def test_wrong_fields_are_told_in_place_and_the_form_stays(qtbot: Any, screen: UsersScreen) -> None:
    def fill(dialog: UserDialog) -> None:
        rows = {made.key: made for made in dialog.form.rows}
        qtbot.keyClicks(rows["email"].field, "no address")
        rows["role"].field.setCurrentIndex(0)
        qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: dialog.save_button.isEnabled(), timeout=10_000)
        assert dialog.isVisible()
        assert "no address" in rows["email"]._error
        dialog.done(0)

    raised = at_dialogs(fill)
    screen.add()
    assert raised == []


def test_disables_only_after_asking_and_lets_in_again(
    qtbot: Any, screen: UsersScreen, people: People, viewer: Session
) -> None:
    screen.refresh()
    qtbot.waitUntil(lambda: any(one.email == viewer.email for one in screen.model.rows), timeout=10_000)
    choose(screen, viewer.email)
    raised = at_dialogs(lambda dialog: dialog.done(0))
    screen.toggle_active()
    assert find_user(people.super_admin, viewer.email).active  # type: ignore[union-attr]

    def confirm(dialog: ConfirmDialog) -> None:
        dialog.accept()

    raised += at_dialogs(confirm)
    screen.toggle_active()
    qtbot.waitUntil(lambda: screen.shown is not None and not screen.shown.record.active, timeout=10_000)
    assert screen._active_button.text().strip() == "Enable"
    screen.toggle_active()
    qtbot.waitUntil(lambda: screen.shown is not None and screen.shown.record.active, timeout=10_000)
    assert raised == []


def test_a_lost_computer_is_shut_out_in_one_step(
    qtbot: Any, screen: UsersScreen, people: People, viewer: Session
) -> None:
    from billing.errors import NotSignedInError
    from billing.services.users import reset_password

    screen.refresh()
    qtbot.waitUntil(lambda: any(one.email == viewer.email for one in screen.model.rows), timeout=10_000)
    choose(screen, viewer.email)
    shown: list[str] = []

    def read_password(dialog: OneTimeDialog) -> None:
        shown.append(dialog.windowTitle())
        dialog.accept()

    raised = at_dialogs(lambda dialog: dialog.accept(), read_password)
    screen.replace_lost()
    qtbot.waitUntil(lambda: bool(shown), timeout=10_000)
    with pytest.raises(NotSignedInError), viewer.unit_of_work() as uow:
        uow.users.all()
    assert raised == []
    reset_password(people.super_admin, email=viewer.email, password=PASSWORD)


def test_own_row_cannot_be_shut_out(qtbot: Any, screen: UsersScreen, super_admin: Session) -> None:
    choose(screen, super_admin.email)
    assert not screen._active_button.isEnabled()
    assert not screen._more.isVisible()


def test_one_time_password_gives_way_to_ones_own(qtbot: Any, context: AppContext, people: People, pair: Pair) -> None:
    from billing.services.workspace import open_session

    email = f"hari.{pair.client.code}@example.com".lower()
    made = invite(people.super_admin, email=email, role="VIEWER", client_id=pair.client_id)
    with open_session(profile=people.profile, email=email, password=made.password) as session:
        context.session = session
        dialog = PasswordDialog(None, context, one_time=made.password)
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.keyClicks(dialog._new.field, "short")
        dialog.accept()
        assert dialog.isVisible()
        dialog._new.field.clear()
        qtbot.keyClicks(dialog._new.field, NEW_PASSWORD)
        qtbot.keyClicks(dialog._again.field, NEW_PASSWORD)
        dialog.accept()
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=10_000)
        assert not own_account(session).user.must_change
    open_session(profile=people.profile, email=email, password=NEW_PASSWORD).close()


def test_present_password_that_is_wrong_is_told_beside_its_field(
    qtbot: Any, context: AppContext, client_admin: Session
) -> None:
    context.session = client_admin
    dialog = PasswordDialog(None, context)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClicks(dialog._old.field, "something else here")
    qtbot.keyClicks(dialog._new.field, NEW_PASSWORD)
    qtbot.keyClicks(dialog._again.field, NEW_PASSWORD)
    dialog.accept()
    qtbot.waitUntil(lambda: bool(dialog._old._error), timeout=10_000)
    assert dialog.isVisible()


def test_account_lists_sessions_and_ends_the_others(
    qtbot: Any, context: AppContext, people: People, client_admin: Session
) -> None:
    from billing.store.session import sign_in

    other = sign_in(client_admin.profile, client_admin.email, people.secret_of(client_admin.email))
    context.session = client_admin
    dialog = AccountDialog(None, context)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.end_button.isEnabled(), timeout=10_000)
    qtbot.mouseClick(dialog.end_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.end_button.isEnabled(), timeout=10_000)
    assert len(own_account(client_admin).sessions) == 1
    other.close()


def test_connect_says_where_an_invitation_leads_before_anything_happens(qtbot: Any) -> None:
    dialog = ConnectDialog(None)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.connect_button.isEnabled()
    dialog.set_text("MIS1-broken")
    assert not dialog.connect_button.isEnabled()
    assert dialog.notice.isVisible()
    dialog.set_text(pack(Invitation(UUID(int=1), "Acme", "db.acme.in", 5432, "moveinsync_db", bytes(16))))
    assert dialog.connect_button.isEnabled()
    assert dialog.found.text() == "Acme, on db.acme.in"
