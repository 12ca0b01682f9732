"""What was typed into the rule form and not saved: kept while typing, back after a crash or the end of a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, QTimer

from billing.schemas.contracts import Contract
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.drafts import Draft
from moveinsync_desktop.models.rule_form import RuleForm

KEEP_AFTER_MS = 1200
PREFIX, NEW = "contract-rules:", "contract-new:"
_TEXTS = ("name", "sac")
_FLAGS = ("fuel_included", "reverse_charge")
_LISTS = ("scope_sites", "scope_vehicle_types")
_IDS = ("id", "client_id", "vendor_id", "site_id", "branch_id")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A new contract whose rules were being written."""

    contract: Contract
    model: str
    rules: dict[str, Any]
    first_day: date
    kept_at: datetime


class RuleDrafts(QObject):
    """Keeps one form at a time. `kept` is called with the draft after each time."""

    def __init__(self, context: AppContext, kept: Callable[[Draft], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._kept = context, kept
        self._key, self._form, self._more = "", None, {}  # type: tuple[str, RuleForm | None, dict[str, Any]]
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_AFTER_MS)
        self._timer.timeout.connect(self._keep)

    def follow(
        self, form: RuleForm, contract: Contract, *, first_day: date | None = None, corrects: UUID | None = None
    ) -> None:
        """Keep this form from now on; with a first day it is a new contract's, else perhaps a version's correction."""
        self.stop()
        self._form = form
        self._key = f"{NEW if first_day else PREFIX}{self._place(contract.id, corrects)}"
        self._more = {"contract": contract_as_json(contract), "first_day": first_day.isoformat()} if first_day else {}
        form.edited.connect(self._timer.start)

    def stop(self) -> None:
        """Keep what is there now, then look no more."""
        if self._form is None:
            return
        self._form.edited.disconnect(self._timer.start)
        if self._timer.isActive():
            self._keep()
        self._form = None

    def forget(self) -> None:
        """It was saved or thrown away."""
        self._timer.stop()
        if self._key:
            self._context.drafts.forget(self._key)

    def find(self, contract_id: UUID, corrects: UUID | None = None) -> Draft | None:
        """What was typed for a stored contract, or to correct one of its versions."""
        return self._context.drafts.find(f"{PREFIX}{self._place(contract_id, corrects)}")

    def _place(self, contract_id: UUID, corrects: UUID | None) -> str:
        return f"{who(self._context)}:{contract_id}" + (f":{corrects}" if corrects else "")

    def _keep(self) -> None:
        self._timer.stop()
        form = self._form
        if form is None:
            return
        if not form.is_dirty:
            self._context.drafts.forget(self._key)
            return
        content = {"model": str(form.model), "rules": form.rules(), **self._more}
        self._kept(self._context.drafts.keep(self._key, content))


def who(context: AppContext) -> str:
    """Whose drafts: several people may use one computer, and nobody sees another's."""
    return str(context.signed_in.user_id)


def unfinished(context: AppContext) -> Unfinished | None:
    """The newest new contract that was not finished."""
    for draft in context.drafts.all():
        if draft.key.startswith(f"{NEW}{who(context)}:"):
            try:
                contract = contract_from_json(draft.content["contract"])
                first_day = date.fromisoformat(str(draft.content["first_day"]))
                return Unfinished(
                    contract, str(draft.content["model"]), dict(draft.content["rules"]), first_day, draft.kept_at
                )
            except (KeyError, TypeError, ValueError):
                context.drafts.forget(draft.key)
    return None


def contract_as_json(contract: Contract) -> dict[str, Any]:
    """The facts that the dialog asks for, as plain JSON."""
    made: dict[str, Any] = {name: str(getattr(contract, name)) for name in (*_IDS, *_TEXTS)}
    made |= {name: getattr(contract, name) for name in _FLAGS}
    return made | {name: list(getattr(contract, name)) for name in _LISTS}


def contract_from_json(kept: dict[str, Any]) -> Contract:
    """The contract again. KeyError, TypeError, ValueError where it was not one."""
    known = {field.name for field in fields(Contract)}
    values: dict[str, Any] = {name: UUID(str(kept[name])) for name in _IDS}
    values |= {name: str(kept[name]) for name in _TEXTS}
    values |= {name: bool(kept[name]) for name in _FLAGS}
    values |= {name: tuple(str(word) for word in kept[name]) for name in _LISTS}
    return Contract(**{name: value for name, value in values.items() if name in known})
