"""Putting a version in force right: asked why, with every field and the effect; the old row stays on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from billing.schemas.contracts import ContractVersion
from moveinsync_desktop import formats
from moveinsync_desktop.views.contract_desk import ContractDesk
from moveinsync_desktop.views.dialogs.contract_life import CorrectDialog

if TYPE_CHECKING:
    from billing.services.contracts import ContractView


class ContractCorrection(ContractDesk):
    """The desk with the correction of a version in force; months that were issued with it are settled by notes."""

    def correct(self) -> None:
        """Put the version right after asking why; nothing is asked where nothing differs."""
        form, contract, version = self.form, self.contract, self.corrects
        if form is None or contract is None or version is None or self.rules.focus_first_error():
            return
        if not form.changes():
            self.context.messages.status("Nothing differs yet, nothing to correct", "info")
            return
        dialog = CorrectDialog(self, version.number, contract.name, form.changes(), self._effect_words())
        if not dialog.ask():
            return
        session, day = self.context.signed_in, dialog.first_day
        words: dict[str, Any] = {"model": str(form.model), "rules": form.rules(), "reason": dialog.reason}

        def work() -> Any:
            from billing.services.contracts import correct_version
            from billing.services.corrections import backdate_rules

            if day is not None:
                return backdate_rules(session, version=version, valid_from=day, **words)
            return correct_version(session, version=version, **words)

        self._run(work, lambda _saved: self._on_corrected(version), f"Correcting version {version.number}")

    def _on_corrected(self, version: ContractVersion) -> None:
        if self.form is not None:
            self.form.mark_saved()
        self.drafts.forget()
        words = f"Version {version.number} is corrected. Bill drafted months again; issued ones are settled by notes"
        self.context.messages.status(words, "state:tick", "paid")
        if self.contract is not None:
            self.finished.emit(self.contract.id)

    def _effect_words(self) -> tuple[str, str] | None:
        """What the month beside the form comes to, before and after; None while it is not rated."""
        effect, month = self.effect.effect, self.effect.month
        if effect is None or month is None:
            return None
        words = f"{formats.month(month.month)} before tax, {formats.money(effect.before)} as it is"
        return words, formats.money(effect.after)

    def _note_correction(self, view: ContractView, mine: ContractVersion) -> None:
        """Say so when the version that is put right here was put right elsewhere."""
        now = next((version for version in view.versions if version.number == mine.number), None)
        if now is not None and (now.id, now.rev) != (mine.id, mine.rev):
            words = (
                f"{now.updated_by or 'Somebody else'} changed version {now.number} meanwhile. What is typed here stays."
            )
            self.bar.show_message("warning", words, "Look at it", self._read_again)

    def _run(self, work: Callable[[], Any], done: Callable[[Any], None], title: str) -> None:
        session = self.context.signed_in
        self.context.workers.run_command(
            lambda _progress: work(), done, self._on_error, title=title, owner=self, on_cancel=session.cancel_running
        )

    def _on_error(self, error: Exception) -> None:
        """Everything typed stays."""
        self.context.messages.error(error)

    def _read_again(self) -> None:
        if self.contract is not None:
            self.leave()
            self.finished.emit(self.contract.id)
