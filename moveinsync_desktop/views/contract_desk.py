"""What the rule editor has on its desk: a contract, the version in force, the draft, the staged form, its effect.

What was typed and not saved is kept, in memory while the window is open and on disk beyond it: nothing is lost by
looking elsewhere, by a crash or by the end of a session. Saving and activating are in contract_editor.py.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from billing.rules.canonical import tidied
from billing.rules.diff import same
from billing.rules.escalate import escalated
from billing.schemas.contracts import Contract, ContractVersion
from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.drafts import Draft
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.rule_values import carried
from moveinsync_desktop.models.typed_dates import add_months
from moveinsync_desktop.views.contract_drafts import RuleDrafts, Unfinished
from moveinsync_desktop.views.contract_effect import EffectPanel, Subject
from moveinsync_desktop.views.contract_rules import RuleFormView
from moveinsync_desktop.views.widgets.basics import column
from moveinsync_desktop.views.widgets.notices import MessageBar

if TYPE_CHECKING:
    from billing.services.contracts import ContractView


class ContractDesk(QWidget):
    """Attributes: contract, view (None for a new one), base (version in force, or the one that is corrected), draft,
    corrects (the version that is put right, None where a new one is written), form, effect.

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
        self.corrects: ContractVersion | None = None
        self.form: RuleForm | None = None
        self.first_day: date | None = None
        self._unsaved: dict[UUID, RuleForm] = {}
        self.drafts = RuleDrafts(context, self._on_kept, self)
        self.rules = RuleFormView()
        self.rules.edited.connect(self.state_changed)
        effect.shown.connect(self._show_use)
        effect.place_wanted.connect(self.rules.focus_on)
        self.bar = MessageBar()
        layout = column(self.bar, self.rules)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    # -- what is edited

    @property
    def can_edit(self) -> bool:
        """May this user change contracts? (The database decides again.)"""
        return self.context.may("contracts.draft")

    @property
    def number(self) -> int:
        """The number of the version that is edited."""
        if self.corrects is not None:
            return self.corrects.number
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
        self.view, self.contract, self.corrects = view, view.contract, None
        active = [version for version in view.versions if version.status == "ACTIVE"]
        current = view.current()
        self.base = current if current is not None and current.status == "ACTIVE" else (active[-1] if active else None)
        drafts = [version for version in view.versions if version.status == "DRAFT"]
        self.draft = drafts[-1] if drafts else None
        self.first_day = starts
        form = self._unsaved.pop(view.contract.id, None)
        kept = None if form is not None or percent is not None else self.drafts.find(view.contract.id)
        if form is not None and self.base is not None and not same(form.base, tidied(self.base.rules)):
            form = self._rebased(form)
        if form is None or percent is not None:
            form = self._form_of(percent)
        self._show(form)
        if kept is not None:
            self._bring_back(kept)

    def open_correction(self, view: ContractView, version: ContractVersion) -> None:
        """Put a version in force right: the same number and dates, other rules."""
        self.view, self.contract, self.corrects = view, view.contract, version
        self.base, self.draft, self.first_day = version, None, None
        form = self._unsaved.pop(version.id, None)
        kept = None if form is not None else self.drafts.find(view.contract.id, version.id)
        self._show(form or self._form_of(None))
        if kept is not None:
            self._bring_back(kept)

    def open_new(self, contract: Contract, model: str, first_day: date) -> None:
        """Write the first version's rules of a contract that is not stored yet."""
        self.view, self.contract, self.base, self.draft = None, contract, None, None
        self.corrects, self.first_day = None, first_day
        self._show(RuleForm(model, {}))

    def open_unfinished(self, kept: Unfinished) -> None:
        """Go on with a new contract that was not finished."""
        self.open_new(kept.contract, kept.model, kept.first_day)
        if self.form is not None:
            self.form.load(kept.rules)

    def leave(self) -> None:
        """Look elsewhere; what was typed stays."""
        self.drafts.stop()
        if self.form is not None and self.contract is not None and self.form.is_dirty and not self.is_new:
            self._unsaved[self.corrects.id if self.corrects is not None else self.contract.id] = self.form
            self.context.messages.status(
                f"Changes to {self.contract.name} are kept here, not saved yet", "pencil", "changed"
            )

    def _rebased(self, form: RuleForm) -> RuleForm:
        """What was typed against an older version, put on the one in force now; the rest is as it is now in force."""
        made = self._form_of(None)
        if made.model is form.model and form.base is not None:
            made.load(carried(form.changes(), form.rules(), made.rules()))
        return made

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
        self.rules.saves_drafts = self.corrects is None
        self.rules.show_form(form, note=self._note(), can_edit=self.can_edit)
        self.effect.follow(self._subject(), form)
        if self.contract is not None and self.can_edit:
            corrects = self.corrects.id if self.corrects is not None else None
            self.drafts.follow(
                form, self.contract, first_day=self.first_day if self.is_new else None, corrects=corrects
            )
        self.state_changed.emit()

    def _bring_back(self, kept: Draft) -> None:
        """What was typed before a crash or the end of a session is staged again, as one step that can be undone."""
        form = self.form
        if form is None or not self.can_edit:
            return
        rules = kept.content.get("rules")
        if not isinstance(rules, dict) or same(rules, form.rules()):
            self.drafts.forget()
            return
        form.load(rules)
        words = f"What you typed on {formats.stamp(kept.kept_at, self._zone())} is here again, not saved yet."
        self.bar.show_message("info", words, "Throw it away", self._throw_away)

    def _throw_away(self) -> None:
        if self.form is not None:
            self.form.discard()
        self.drafts.forget()
        self.bar.hide()

    def _on_kept(self, draft: Draft) -> None:
        self.rules.set_note(f"typed figures kept {formats.clock(draft.kept_at, self._zone())}")

    def _subject(self) -> Subject | None:
        if self.contract is None or self.base is None:
            return None
        base, month = self.base, None
        if self.corrects is not None and self.corrects.valid_until is not None:
            last = self.corrects.valid_until.astimezone(self._zone()) - timedelta(days=1)
            month = last.date().replace(day=1)
        return Subject(
            self.contract.client_id, self.contract.id, base.billing_model, dict(base.rules), base.number, self.number,
            month,
        )  # fmt: skip

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
