"""Editing the rules of a contract: saving drafts, putting them in force, deciding when somebody else saved first.

editor.open_contract(view)              # the draft there is, or a new one from the version in force
editor.open_new(contract, "HYBRID", first_day)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from billing.errors import ConflictError, EditConflictError, KnownError
from billing.schemas.changes import Changes
from billing.schemas.contracts import ContractVersion
from billing.schemas.ids import new_id
from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.views.contract_correction import ContractCorrection
from moveinsync_desktop.views.contract_effect import EffectPanel
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.dialogs.contract_life import (
    ActivateDialog,
    CompareDialog,
    ConflictDialog,
)

if TYPE_CHECKING:
    from billing.services.contracts import ContractView

TABLES = frozenset({"contracts", "contract_versions"})


@dataclass(frozen=True, slots=True)
class DraftSaved:
    """A stored draft, and what it changed."""

    version: ContractVersion
    changes: Changes


class ContractEditor(ContractCorrection):
    """The desk with its deeds: save, activate, create, discard, compare. Each runs on the command worker."""

    def __init__(self, context: AppContext, effect: EffectPanel, parent: QWidget | None = None) -> None:
        super().__init__(context, effect, parent)
        self.rules.save_wanted.connect(self.save)
        self.rules.discard_wanted.connect(self.discard)

    def save(self) -> None:
        """Keep what was typed as a draft (of a new contract: the contract and its first draft)."""
        if self.form is None or self.contract is None:
            return
        if self.corrects is not None:
            self.correct()
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

    def _on_saved(self, saved: DraftSaved) -> None:
        self.draft = saved.version
        if self.form is not None:
            self.form.mark_saved()
        self.drafts.forget()
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
        if self.corrects is not None:
            self.correct()
            return
        if self.is_new:
            self._create(activate=True)
            return
        follows = "It bills every trip that starts on or after that day."
        if self.base is not None:
            follows += f" Version {self.base.number} ends at the same moment."
        question, verb = f"Activate version {self.number} of {self.contract.name}?", f"Activate version {self.number}"
        dialog = ActivateDialog(
            self, question, follows, verb, self._proposed_day(), self._earliest(), self.form.changes(), self._names()
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
        self.drafts.forget()
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

        def created(_saved: Any) -> None:
            self._on_created(f"Contract {contract.name} {words}")
            if activate and self.context.may("trips.submit"):
                self.context.messages.toast(
                    f"{contract.name} {words}", "Its trips are billed once a sheet brings them.",
                    action="Go to trips", on_action=lambda: self.context.open("trips"),
                )  # fmt: skip

        self._run(work, created, "Creating the contract")

    def _on_created(self, words: str) -> None:
        self.context.messages.status(words, "state:tick", "paid")
        self.drafts.forget()
        if self.form is not None:
            self.form.mark_saved()
        if self.contract is not None:
            self.finished.emit(self.contract.id)

    def discard(self) -> None:
        """Throw the typed changes away, or the stored draft with them."""
        if self.form is None:
            return
        if self.draft is None:
            self.drafts.forget()
            self.form.discard()
            if self.is_new:
                self.finished.emit(None)
            elif self.corrects is not None and self.contract is not None:
                self.finished.emit(self.contract.id)
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
            self.drafts.forget()
            self.finished.emit(self.contract.id)

    def compare(self) -> None:
        """Show what differs from the version in force, field by field."""
        if self.form is None or self.base is None:
            return
        changes = self.form.changes()
        count = "1 change" if len(changes) == 1 else f"{len(changes)} changes"
        CompareDialog(self, f"{count} to version {self.base.number}", changes, names=self._names()).exec()

    def _names(self) -> tuple[str, str]:
        if self.corrects is not None:
            return "As it is", "Corrected"
        before = f"Version {self.base.number}" if self.base is not None else "Before"
        return before, f"Version {self.number}"

    # -- errors

    def _on_error(self, error: Exception) -> None:
        """Everything typed stays; a rule error goes to its field, a conflict is decided."""
        if isinstance(error, EditConflictError) and isinstance(error.current, ContractVersion):
            self._decide(error.current)
        elif isinstance(error, ConflictError):
            self.bar.show_message("danger", f"{error.message} Nothing was saved.", "Read again", self._read_again)
        elif isinstance(error, KnownError):
            place = error.where.removeprefix("rules_config").lstrip(".")
            if place and self.form is not None:
                self.rules.focus_on(place)
            self.bar.show_message(
                "danger", " ".join(part for part in (error.message, error.hint, "Nothing was saved.") if part)
            )
        else:
            self.context.messages.error(error)

    def _decide(self, theirs: ContractVersion) -> None:
        if self.form is None:
            return
        when = formats.stamp(theirs.updated_at, self._zone())
        who_and_when = f"{theirs.updated_by or 'Somebody else'} saved this draft on {when}, after you opened it"
        mine = RuleForm(str(self.form.model), self.form.rules(), base=theirs.rules, base_model=theirs.billing_model)
        dialog = ConflictDialog(self, who_and_when, mine.changes())
        if not dialog.exec():
            return
        self.draft = theirs
        if dialog.keeps_mine:
            self.save()
            return
        self._show(self._form_of(None))

    def note_elsewhere(self, view: ContractView) -> None:
        """The contract was read again while it is edited here: say so when another version is in force by now."""
        now, mine = view.current(), self.base
        if self.corrects is not None:
            self._note_correction(view, self.corrects)
            return
        if self.is_new or now is None or now.status != "ACTIVE" or (mine is not None and now.id == mine.id):
            return
        who = now.updated_by or "Somebody else"
        words = f"{who} put version {now.number} in force meanwhile. What is typed here stays."
        self.bar.show_message("warning", words, "Compare with it", self._read_again)


def _save_draft(session: Any, version: ContractVersion) -> DraftSaved:
    from billing.services.contracts import save_draft

    stored = save_draft(session, version=version)
    return DraftSaved(stored, Changes(TABLES, frozenset({stored.contract_id})))
