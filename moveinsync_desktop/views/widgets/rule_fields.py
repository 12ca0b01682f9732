"""Fields for rule values: which editor a key of the registry gets, and the row that ties editors to the staged rules.

    row = RuleRow(form, key)             # a row with label, field(s), unit, hint; marks and errors come from the form
    row.refresh()                        # after form.edited
Several figures of one rule may share a row: RuleRow(form, key, parts=[Part(path, field), "to", Part(...)]).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from billing.rules.schema import Kind, RuleKey
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.rule_words import Path, choice_words, number_of, path_text, unit_words
from moveinsync_desktop.views.widgets.buttons import IconButton
from moveinsync_desktop.views.widgets.choices import Combo, Segmented
from moveinsync_desktop.views.widgets.fields import AmountField, NumberField, TextField, TimeField
from moveinsync_desktop.views.widgets.forms import LABEL_WIDTH, FormRow
from moveinsync_desktop.views.widgets.placeholder import Glyph

HINTS = {
    "base_monthly_fee": "Prorated by the days a version is in force",
    "free_km_included": "Prorated like the fee",
    "proration": "How a part of a month is counted",
    "included_hours": "Duty hours, prorated like the fee",
    "pooled": "One account of km and hours for all cabs",
    "per_km_rate_after_limit": "Each km beyond the included ones",
    "night_shift_surcharge": "Added to a night trip",
    "night_surcharge_percent": "Added to a night trip",
    "night_window": "Contract time, IST",
    "carpool_discount": "Before night, escort and tolls",
    "escort_charge_per_trip": "When the trip sheet says escorted",
    "cost_per_minute": "From start to end of the trip",
    "min_fare": "A smaller fare is topped up to it",
    "max_fare": "A larger fare is cut to it",
    "tax_percentage": "18 where nothing is set",
    "round_off": "A line outside tax",
    "toll_taxable": "No: passed on at cost, untaxed",
    "parking_taxable": "No: passed on at cost, untaxed",
    "max_vehicles": "More cabs cost the fee below",
    "min_km_per_day": "Counted for each calendar day",
    "monthly_cap": "The bill before tax stops there",
    "reverse_charge": "The client pays the tax itself",
    "tds_percent": "Memo: withheld on the taxable value",
    "tax_level": "Once on the bill, or on every line",
    "tax_split": "Where an address is not recorded",
    "gps_tolerance_percent": "Claimed km above it: GPS km count",
    "sla_penalty_amount": "For every counted breach",
    "extra_vehicle_fee": "Beyond the vehicles covered",
    "free_km_scope": "One account, or one each",
    "per_km_rate": "Each billable km",
    "base_fare": "Each completed trip",
    "hour_rounding_minutes": "Overage is rounded up to it",
}
"""Help in a few words, where the registry's sentence has no room beside a field."""
HINT_ROOM = 44
QWIDGETSIZE_MAX = (1 << 24) - 1


@dataclass(frozen=True, slots=True)
class Part:
    """One editor in a row: where its value is kept and what it is; width 0 is the usual one."""

    path: Path
    key: RuleKey
    width: int = 0
    unit: str | None = None


def hint_of(key: RuleKey) -> str:
    """A few words beside the field; the whole help is its tooltip."""
    if key.key in HINTS:
        return HINTS[key.key]
    short = key.help.rstrip(".")
    return short if len(short) <= HINT_ROOM else ""


def editor_for(key: RuleKey, name: str, *, width: int = 0, unit: str | None = None) -> QWidget:
    """The widget in which a single value of a key is typed or chosen."""
    words = unit_words(key) if unit is None else unit
    wide = width or 184
    if key.kind in (Kind.MONEY, Kind.RATE):
        return AmountField(unit=words, rate=True, name=name, width=wide)
    if key.kind is Kind.BOOL:
        return Segmented([(True, "Yes"), (False, "No")], name)
    if key.kind is Kind.CHOICE:
        return _choice(key, name, wide)
    if key.kind is Kind.CLOCK:
        return TimeField(name=name)
    if key.kind in (Kind.TEXT, Kind.DATE):
        return TextField(name=name, width=wide)
    return NumberField(unit=words, whole=key.kind is Kind.COUNT, name=name, width=wide)


def _choice(key: RuleKey, name: str, width: int) -> QWidget:
    choices: list[tuple[Any, str]] = [(word, choice_words(word)) for word in key.choices]
    if key.default is None and not key.required:
        choices.insert(0, (None, "Not set"))
    if len(choices) <= 3 and sum(len(words) for _value, words in choices) <= 30:
        return Segmented(choices, name)
    combo = Combo(choices, name=name)
    combo.setFixedWidth(width)
    return combo


def shown_value(key: RuleKey, stored: Any) -> Any:
    """What the editor shows of a stored value; the default stands for an absent choice."""
    if key.kind is Kind.BOOL:
        return bool(stored) if stored is not None else key.default == "yes"
    if key.kind is Kind.CHOICE:
        return stored if stored is not None else key.default
    if key.kind is Kind.CLOCK:
        hours, _, minutes = str(stored or key.default or "0:00").partition(":")
        return time(int(hours) % 24, int(minutes[:2] or 0)) if hours.isdigit() else None
    if key.kind in (Kind.TEXT, Kind.DATE):
        return stored
    number = number_of(stored)
    return number * 100 if number is not None and key.kind is Kind.FRACTION else number


def stored_value(key: RuleKey, shown: Any) -> Any:
    """What is kept of what the editor shows."""
    if isinstance(shown, time):
        return f"{shown:%H:%M}"
    if isinstance(shown, Decimal | int) and not isinstance(shown, bool):
        number = Decimal(shown)
        return f"{number / 100 if key.kind is Kind.FRACTION else number:f}"
    return shown


class RuleRow(FormRow):
    """One row of the rule form. Attributes: parts. `removable` adds a button that takes the whole rule away."""

    def __init__(
        self,
        form: RuleForm,
        key: RuleKey,
        *,
        parts: Sequence[Part | str] = (),
        text: str = "",
        hint: str | None = None,
        removable: bool = False,
        on_remove: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        self.form, self.rule = form, key
        self.parts: list[tuple[Part, Any]] = []
        self._state: tuple[str, ...] = ()
        self._is_read_only, self._is_removable = False, removable
        label = text or key.label
        made = self._make(label, parts or [Part((key.key,), key)])
        words = hint_of(self.parts[0][0].key) if hint is None else hint
        super().__init__(label, made, hint=words, key=path_text(self.parts[0][0].path), parent=parent)
        self.setToolTip(key.help)
        self._note.setMinimumWidth(1)  # a narrow card cuts the hint, never the fields
        self._label.setMinimumWidth(LABEL_WIDTH)  # a name with a vehicle type in it may be longer
        self._label.setMaximumWidth(QWIDGETSIZE_MAX)
        self._usual_hint = words
        self._add_tools(label, on_remove or partial(form.remove, key.key))
        for part, editor in self.parts:
            self._bind(part, editor)
        self.undone.connect(self._revert)
        self.refresh()

    def _make(self, label: str, parts: Sequence[Part | str]) -> list[QWidget | str]:
        """The editors of the parts, with the words between them."""
        made: list[QWidget | str] = []
        for part in parts:
            if isinstance(part, str):
                made.append(part)
                continue
            name = label if part.key is self.rule else f"{label}: {part.key.label.lower()}"
            editor = editor_for(part.key, name, width=part.width, unit=part.unit)
            self.parts.append((part, editor))
            made.append(editor)
        return made

    def _add_tools(self, label: str, take_away: Callable[[], object]) -> None:
        """The mark of a doubt before the hint, and the button that takes the rule away at the end."""
        self._warning = Glyph("state:review", "warning_mark", 16)
        self._warning.hide()
        self._remove = IconButton("x", f"Take {label.lower()} away", on_click=take_away)
        self._remove.setVisible(self._is_removable)
        layout = self.layout()
        if layout is not None:
            layout.insertWidget(layout.indexOf(self._note), self._warning)  # type: ignore[attr-defined]
            layout.addWidget(self._remove)

    def refresh(self) -> None:
        """Show what the form holds, without disturbing what is being typed."""
        for part, editor in self.parts:
            stored = self.form.get(part.path)
            wanted = shown_value(part.key, stored)
            if path_text(part.path) not in self.form.problems and (editor.value != wanted or self._is_blank(editor)):
                editor.set_value(wanted)
        errors = tuple(self.form.problems.get(path_text(part.path), "") for part, _editor in self.parts)
        state = (*errors, self._doubt(), self._was_words(), self._problem())
        if state != self._state:  # styling anew is the dear part of a key press
            self._state = state
            for (_part, editor), sentence in zip(self.parts, errors, strict=True):
                if hasattr(editor, "set_error"):
                    editor.set_error(sentence)
            self._show_doubt(state[-3])
            self.set_was(state[-2])
            self._show_error(state[-1])

    def set_read_only(self, read_only: bool) -> None:
        """Show without letting it be changed."""
        if read_only == self._is_read_only:
            return
        self._is_read_only = read_only
        self._remove.setVisible(self._is_removable and not read_only)
        for _part, editor in self.parts:
            if hasattr(editor, "set_read_only"):
                editor.set_read_only(read_only)
            else:
                editor.setEnabled(not read_only)

    @staticmethod
    def _is_blank(editor: Any) -> bool:
        return hasattr(editor, "text") and not editor.text()

    def _bind(self, part: Part, editor: Any) -> None:
        if isinstance(editor, Segmented | Combo):
            editor.chosen.connect(lambda _value: self._take(part, editor))
            return
        editor.changed.connect(lambda: self._take(part, editor))
        line = getattr(editor, "edit", editor)
        line.editingFinished.connect(self.form.seal)
        line.returnPressed.connect(self.focusNextChild)  # Enter goes on, as in every form

    def _take(self, part: Part, editor: Any) -> None:
        problem = editor.problem() if hasattr(editor, "problem") else ""
        if problem:
            self.form.set_unreadable(part.path, problem)
            return
        value = stored_value(part.key, editor.value)
        is_default = value == shown_value(part.key, None) and part.key.kind in (Kind.CHOICE, Kind.BOOL)
        if is_default and self.form.base is not None and self.form.get(part.path) is not None:
            old = self.form.base.get(str(part.path[0])) if len(part.path) == 1 else None
            value = None if old is None and len(part.path) == 1 else value
        self.form.set_value(part.path, value)

    def _revert(self) -> None:
        for part, _editor in self.parts:
            if self.form.is_changed(part.path):
                self.form.revert(part.path)

    def _was_words(self) -> str:
        words = [self.form.was(part.path) for part, _editor in self.parts]
        return ", ".join(word for word in words if word)

    def _problem(self) -> str:
        places = [path_text(part.path) for part, _editor in self.parts]
        places += [path_text(part.path[:-1]) for part, _editor in self.parts if len(part.path) > 1]
        return next((self.form.problems[place] for place in places if place in self.form.problems), "")

    def _doubt(self) -> str:
        places = [path_text(part.path) for part, _editor in self.parts] + [self.rule.key]
        return next((self.form.doubts[place] for place in places if place in self.form.doubts), "")

    def _show_doubt(self, sentence: str) -> None:
        """A doubt stands where the hint stood, with its mark; an error or an old value goes before it."""
        self._warning.setVisible(bool(sentence))
        self._warning.setToolTip(sentence)
        self.set_hint(sentence or self._usual_hint)

    def _show_error(self, sentence: str) -> None:
        self._error = sentence
        self._refresh()


class TitleRow(RuleRow):
    """The name and help of a rule whose figures stand in the table under it."""

    def __init__(
        self,
        form: RuleForm,
        key: RuleKey,
        removable: bool,
        *,
        path: Path = (),
        text: str = "",
        on_remove: Callable[[], object] | None = None,
    ) -> None:
        """`path`: where the rule stands, if not at the top; with its own `text` and way of taking it away."""
        field = RuleKey(key.key, Kind.TEXT, key.label)
        hint = "" if path else key.help
        parts = [Part(path or (key.key,), field)]
        super().__init__(form, key, parts=parts, text=text, hint=hint, removable=removable, on_remove=on_remove)

    def refresh(self) -> None:
        """Nothing to type here; a removed table can be brought back."""
        for _part, editor in self.parts:
            editor.hide()
        path = self.parts[0][0].path
        was = self.form.was(path) if self.form.get(path) is None else ""
        place = path_text(path)
        error = self.form.problems.get(place, "") or self.form.problems.get(f"{place}.bands", "")
        if (was, error) != self._state:
            self._state = (was, error)
            self.set_was(was)
            self._show_error(error)
