"""Editing the rules of a contract: the form, its draft, and what happens to it. The screen puts the effect beside it.

    editor.open_contract(view)              # the draft there is, or a new one from the version in force
    editor.open_new(contract, "HYBRID", first_day)
What was typed and not saved is kept per contract until the window closes; nothing is lost by looking elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from billing.errors import ConflictError, EditConflictError, KnownError
from billing.rules.escalate import escalated
from billing.schemas.changes import Changes
from billing.schemas.contracts import Contract, ContractVersion
from billing.schemas.ids import new_id
from moveinsync_desktop import formats
from moveinsync_desktop.actions import ADMINS
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.typed_dates import add_months
from moveinsync_desktop.views.contract_effect import EffectPanel, Subject
from moveinsync_desktop.views.contract_rules import RuleFormView
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.dialogs.contract_life import CompareDialog, ConflictDialog, DayDialog
from moveinsync_desktop.views.widgets.basics import column
from moveinsync_desktop.views.widgets.notices import MessageBar

if TYPE_CHECKING:
    from billing.services.contracts import ContractView

TABLES = frozenset({"contracts", "contract_versions"})


@dataclass(frozen=True, slots=True)
class DraftSaved:
    """A stored draft, and what it changed."""

    version: ContractVersion
    changes: Changes


class ContractEditor(QWidget):
    """Attributes: contract, view (None for a new one), base (version in force), draft, form, effect.

    Signals: state_changed() (the header is redrawn), finished(contract id) when there is nothing more to edit here.
    """

    state_changed = Signal()
    finished = Signal(object)

    def __init__(self, context: AppContext, effect: EffectPanel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context, self.effect = context, effect
        self.view: ContractView | None = None
        self.contract: Contract | None = None
        self.base: ContractVersion | None = None
        self.draft: ContractVersion | None = None
        self.form: RuleForm | None = None
        self.first_day: date | None = None
        self._unsaved: dict[UUID, RuleForm] = {}
        self.rules = RuleFormView()
        self.rules.save_wanted.connect(self.save)
        self.rules.discard_wanted.connect(self.discard)
        self.rules.edited.connect(self.state_changed)
        effect.shown.connect(self._show_use)
        self.bar = MessageBar()
        layout = column(self.bar, self.rules)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    # -- what is edited

    @property
    def can_edit(self) -> bool:
        """May this role change contracts? (The database decides again.)"""
        return self.context.role in ADMINS

    @property
    def number(self) -> int:
        """The number of the version that is edited."""
        if self.draft is not None:
            return self.draft.number
        return 1 + max((version.number for version in self.view.versions), default=0) if self.view is not None else 1

    @property
    def is_new(self) -> bool:
        """Is the contract itself not stored yet?"""
        return self.view is None

    @property
    def has_draft(self) -> bool:
        """Is there anything that could be put in force?"""
        return self.draft is not None or self.is_new or (self.form is not None and bool(self.form.changes()))

    def open_contract(self, view: ContractView, *, percent: Any = None, starts: date | None = None) -> None:
        """Edit the contract's draft, or what is in force as a new draft; `percent` raises its prices (a renewal)."""
        self.view, self.contract = view, view.contract
        active = [version for version in view.versions if version.status == "ACTIVE"]
        current = view.current()
        self.base = current if current is not None and current.status == "ACTIVE" else (active[-1] if active else None)
        drafts = [version for version in view.versions if version.status == "DRAFT"]
        self.draft = drafts[-1] if drafts else None
        self.first_day = starts
        form = self._unsaved.pop(view.contract.id, None)
        if form is None or percent is not None:
            form = self._form_of(percent)
        self._show(form)

    def open_new(self, contract: Contract, model: str, first_day: date) -> None:
        """Write the first version's rules of a contract that is not stored yet."""
        self.view, self.contract, self.base, self.draft = None, contract, None, None
        self.first_day = first_day
        self._show(RuleForm(model, {}))

    def leave(self) -> None:
        """Look elsewhere; what was typed stays."""
        if self.form is not None and self.contract is not None and self.form.is_dirty and not self.is_new:
            self._unsaved[self.contract.id] = self.form
            self.context.messages.status(
                f"Changes to {self.contract.name} are kept here, not saved yet", "pencil", "changed"
            )

    def _form_of(self, percent: Any) -> RuleForm:
        base = self.base
        source = self.draft or base
        if source is None:
            raise ValueError("a contract without versions has no rules")
        form = RuleForm(
            source.billing_model,
            source.rules,
            base=base.rules if base is not None else None,
            base_model=base.billing_model if base is not None else None,
        )
        if percent:
            form.load(escalated(form.rules(), percent))
        return form

    def _show(self, form: RuleForm) -> None:
        self.form = form
        self.bar.hide()
        self.rules.show_form(form, note=self._note(), can_edit=self.can_edit)
        self.effect.follow(self._subject(), form)
        self.state_changed.emit()

    def _subject(self) -> Subject | None:
        if self.contract is None or self.base is None:
            return None
        base = self.base
        return Subject(
            self.contract.client_id, self.contract.id, base.billing_model, dict(base.rules), base.number, self.number
        )

    def _note(self) -> str:
        if self.draft is None or self.draft.updated_at is None:
            return ""
        zone = self._zone()
        by = f" by {self.draft.updated_by}" if self.draft.updated_by and self.draft.updated_by != self._me() else ""
        return f"draft kept {formats.stamp(self.draft.updated_at, zone)}{by}"

    def _me(self) -> str:
        return str(self.context.signed_in.email)

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.view.client.time_zone) if self.view is not None else self.context.zone

    def _show_use(self) -> None:
        """Real chargeable km beside each slab."""
        shown, month = self.effect.effect, self.effect.month
        if shown is None or month is None or shown.band_metres is None:
            return
        most = max(max(shown.band_metres, default=0), 1)
        texts = [formats.km(metres) if metres else formats.NONE for metres in shown.band_metres]
        shares = [Decimal(metres) / most for metres in shown.band_metres]
        self.rules.set_usage(texts, shares, f"Chargeable km, {formats.month(month.month)[:3]}")

    # -- saving

    def save(self) -> None:
        """Keep what was typed as a draft (of a new contract: the contract and its first draft)."""
        if self.form is None or self.contract is None:
            return
        if self.is_new:
            self._create(activate=False)
            return
        version, session = self._version(), self.context.signed_in

        def work() -> DraftSaved:
            return _save_draft(session, version)

        self._run(work, self._on_saved, f"Saving version {version.number}")

    def _version(self, day: date | None = None) -> ContractVersion:
        if self.form is None or self.contract is None:
            raise RuntimeError("nothing is edited")
        starts = self._midnight(day or self._proposed_day())
        if self.draft is not None:
            until = (
                self.draft.valid_until if self.draft.valid_until is None or self.draft.valid_until > starts else None
            )
            return replace(
                self.draft,
                billing_model=str(self.form.model),
                rules=self.form.rules(),
                valid_from=starts,
                valid_until=until,
            )
        return ContractVersion(
            new_id(),
            self.contract.client_id,
            self.contract.id,
            self.number,
            str(self.form.model),
            self.form.rules(),
            starts,
        )

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self._zone())

    def _proposed_day(self) -> date:
        """The draft's own first day, else the first of next month, never before the version in force begins."""
        if self.first_day is not None:
            return self.first_day
        zone = self._zone()
        if self.draft is not None:
            return self.draft.valid_from.astimezone(zone).date()
        coming = add_months(datetime.now(zone).date().replace(day=1), 1)
        return max(coming, self._earliest() or coming)

    def _earliest(self) -> date | None:
        """The first day on which a new version may begin."""
        if self.base is None:
            return None
        return self.base.valid_from.astimezone(self._zone()).date() + timedelta(days=1)

    def _on_saved(self, saved: DraftSaved) -> None:
        self.draft = saved.version
        if self.form is not None:
            self.form.mark_saved()
        self.rules.set_note(self._note())
        self.context.messages.status(
            f"Version {saved.version.number} is a draft, not in force. {self._bills_now()}", "state:draft", "draft"
        )
        self.state_changed.emit()

    def _bills_now(self) -> str:
        return (
            f"Version {self.base.number} bills until you activate it" if self.base is not None else "Nothing bills yet"
        )

    def activate(self) -> None:
        """Put the draft in force from a day (what was typed is saved first)."""
        if self.form is None or self.contract is None or self.rules.focus_first_error():
            return
        if self.is_new:
            self._create(activate=True)
            return
        follows = "It bills every trip that starts on or after that day."
        if self.base is not None:
            follows += f" Version {self.base.number} ends at the same moment."
        question, verb = f"Activate version {self.number} of {self.contract.name}?", f"Activate version {self.number}"
        dialog = DayDialog(
            self, question, follows, verb, "In force from", day=self._proposed_day(), earliest=self._earliest()
        )
        if not dialog.exec():
            return
        day, session, contract = dialog.day, self.context.signed_in, self.contract
        version, has_typed = self._version(day), self.form.is_dirty or self.draft is None

        def work() -> Any:
            from billing.services.contracts import activate_draft

            stored = _save_draft(session, version).version if has_typed else version
            return activate_draft(session, contract=contract, version=stored, valid_from=day)

        self._run(work, lambda _saved: self._on_active(version.number, day), f"Activating version {version.number}")

    def _on_active(self, number: int, day: date) -> None:
        if self.form is not None:
            self.form.mark_saved()
        self.context.messages.status(f"Version {number} bills from {formats.day(day)}", "state:tick", "paid")
        if self.contract is not None:
            self.finished.emit(self.contract.id)

    def _create(self, *, activate: bool) -> None:
        form, contract, first_day = self.form, self.contract, self.first_day
        if form is None or contract is None or first_day is None or self.rules.focus_first_error():
            return
        session, model, rules = self.context.signed_in, str(form.model), form.rules()

        def work() -> Any:
            from billing.services.contracts import create_contract

            return create_contract(
                session, contract=contract, model=model, rules=rules, valid_from=first_day, activate=activate
            )

        words = f"bills from {formats.day(first_day)}" if activate else "is a draft, nothing bills yet"
        self._run(work, lambda _saved: self._on_created(f"Contract {contract.name} {words}"), "Creating the contract")

    def _on_created(self, words: str) -> None:
        self.context.messages.status(words, "state:tick", "paid")
        if self.form is not None:
            self.form.mark_saved()
        if self.contract is not None:
            self.finished.emit(self.contract.id)

    def discard(self) -> None:
        """Throw the typed changes away, or the stored draft with them."""
        if self.form is None:
            return
        if self.draft is None:
            if self.is_new:
                self.finished.emit(None)
            else:
                self.form.discard()
            return
        question = f"Discard the draft of version {self.draft.number}?"
        follows = (
            f"Version {self.base.number} bills on as before." if self.base else "The contract is left without rules."
        )
        dialog = ConfirmDialog(self, question, follows, "Discard draft", danger=True)
        if not dialog.ask():
            return
        draft, session = self.draft, self.context.signed_in

        def work() -> Changes:
            from billing.services.contracts import discard_draft

            return discard_draft(session, version=draft)

        self._run(work, lambda _changes: self._on_discarded(), "Discarding the draft")

    def _on_discarded(self) -> None:
        self.context.messages.status("The draft is gone, nothing else changed", "trash-2")
        if self.contract is not None:
            self._unsaved.pop(self.contract.id, None)
            self.finished.emit(self.contract.id)

    def compare(self) -> None:
        """Show what differs from the version in force, field by field."""
        if self.form is None or self.base is None:
            return
        changes = self.form.changes()
        names = (f"Version {self.base.number}", f"Version {self.number}")
        title = (
            f"{len(changes)} changes to version {self.base.number}"
            if len(changes) != 1
            else f"1 change to version {self.base.number}"
        )
        CompareDialog(self, title, changes, names=names).exec()

    # -- errors

    def _run(self, work: Callable[[], Any], done: Callable[[Any], None], title: str) -> None:
        session = self.context.signed_in
        self.context.workers.run_command(
            lambda _progress: work(), done, self._on_error, title=title, owner=self, on_cancel=session.cancel_running
        )

    def _on_error(self, error: Exception) -> None:
        """Everything typed stays; a rule error goes to its field, a conflict is decided."""
        if isinstance(error, EditConflictError) and isinstance(error.current, ContractVersion):
            self._decide(error.message, error.current)
        elif isinstance(error, ConflictError):
            self.bar.show_message("danger", f"{error.message} Nothing was saved.", "Read again", self._read_again)
        elif isinstance(error, KnownError):
            place = error.where.removeprefix("rules_config").lstrip(".")
            if place and self.form is not None:
                self.rules.focus_on(place)
            self.bar.show_message("danger", f"{error.message} Nothing was saved.")
        else:
            self.context.messages.error(error)

    def _decide(self, who_and_when: str, theirs: ContractVersion) -> None:
        if self.form is None:
            return
        mine = RuleForm(str(self.form.model), self.form.rules(), base=theirs.rules, base_model=theirs.billing_model)
        dialog = ConflictDialog(self, who_and_when, mine.changes())
        if not dialog.exec():
            return
        self.draft = theirs
        if dialog.keeps_mine:
            self.save()
            return
        self._show(self._form_of(None))

    def _read_again(self) -> None:
        if self.contract is not None:
            self.leave()
            self.finished.emit(self.contract.id)


def _save_draft(session: Any, version: ContractVersion) -> DraftSaved:
    from billing.services.contracts import save_draft

    stored = save_draft(session, version=version)
    return DraftSaved(stored, Changes(TABLES, frozenset({stored.contract_id})))
