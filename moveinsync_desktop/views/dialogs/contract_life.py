"""Putting a draft in force, ending a contract, seeing what differs, and deciding when somebody else saved first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.models.rule_values import Change
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.dialogs.reason import ReasonDialog
from moveinsync_desktop.views.widgets.basics import label, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.fields import DateField, NumberField, TextField
from moveinsync_desktop.views.widgets.forms import Form, FormRow
from moveinsync_desktop.views.widgets.table import DataTable


def changes_table(changes: Sequence[Change], names: tuple[str, str]) -> DataTable:
    """Every changed field with its value before and after; it can be sorted and copied."""
    columns = (
        Column("label", "Field", "text", 230, stretch=True),
        Column("old", names[0], "number", 150),
        Column("new", names[1], "number", 150),
    )
    table = DataTable(RowsModel(columns, list(changes)), noun="change", filters=False, totals=False)
    table.set_empty("git-compare-arrows", "No differences", "Both have the same rules.")
    table.setFixedHeight(min(330, 34 + 30 * max(len(changes), 4)))
    return table


class DayDialog(PlainDialog):
    """Asks for the day of a deed. Attributes: day, note."""

    def __init__(
        self,
        parent: QWidget | None,
        question: str,
        follows: str,
        verb: str,
        field: str,
        *,
        day: date | None,
        note: str = "",
        earliest: date | None = None,
        danger: bool = False,
    ) -> None:
        super().__init__(parent, question, width=470)
        self._earliest = earliest
        self.body.addWidget(label(follows, c="ink2", wrap=True))
        self.day_field = DateField(day, name=field)
        self.form = Form(FormRow(field, self.day_field, key="day", hint="+ and − step a day, [ ] a month"), inset=0)
        self.note_field: TextField | None = None
        if note:
            self.note_field = TextField(name=note, width=250)
            self.form.add(FormRow(note, self.note_field, key="note"))
        self.body.addWidget(self.form)
        self.ok_button = Button(verb, "danger-fill" if danger else "primary", on_click=self.accept)
        self.foot.addWidget(label(f"Ctrl Enter: {verb[0].lower()}{verb[1:]}", t="sm", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.ok_button)
        self.form.saved.connect(self.accept)
        self.form.left.connect(self.reject)
        self.day_field.setFocus(Qt.FocusReason.TabFocusReason)

    @property
    def day(self) -> date:
        """The day; only after it was accepted."""
        found = self.day_field.value
        if found is None:
            raise ValueError("no day was typed")
        return found

    @property
    def note(self) -> str:
        """The words beside it."""
        return (self.note_field.value or "") if self.note_field is not None else ""

    def accept(self) -> None:
        """A day is needed, and not one before the version begins."""
        found = self.day_field.value
        if found is None:
            self.form.show_errors({"day": self.day_field.problem() or "a date is needed"})
        elif self._earliest is not None and found < self._earliest:
            self.form.show_errors({"day": f"not before {formats.day(self._earliest)}"})
        else:
            super().accept()


class ActivateDialog(DayDialog):
    """The day a draft begins to bill, with every field that changes by it. Attributes: table (None for a first one)."""

    def __init__(
        self,
        parent: QWidget | None,
        question: str,
        follows: str,
        verb: str,
        day: date,
        earliest: date | None,
        changes: Sequence[Change],
        names: tuple[str, str],
    ) -> None:
        super().__init__(parent, question, follows, verb, "In force from", day=day, earliest=earliest)
        self.table: DataTable | None = None
        if changes:
            self.setMinimumWidth(640)
            self.table = changes_table(changes, names)
            self.body.addWidget(self.table)
        self.day_field.setFocus(Qt.FocusReason.TabFocusReason)


class CorrectDialog(ReasonDialog):
    """Asks why a version in force was wrong, with every field that is put right.

    Attributes: reason, table, first_day (None: from the version's first day on).
    """

    def __init__(
        self, parent: QWidget, number: int, name: str, changes: Sequence[Change], effect: tuple[str, str] | None
    ) -> None:
        super().__init__(
            parent,
            f"Correct version {number} of {name}?",
            "It keeps its number and its dates. What was wrong stays on record, with who corrected it, when and why. "
            "Months drafted with it are to be billed again; what it changes in issued months is settled by notes.",
            f"Correct version {number}",
            fact=effect,
        )
        self.setMinimumWidth(640)
        self.table = changes_table(changes, ("As it is", "Corrected"))
        self.body.insertWidget(2, self.table)
        self._day = DateField(name="Only from")
        hint = label("empty: from its first day on; a day makes it a version of its own from then on", t="sm", c="ink3")
        self.body.insertLayout(3, row(label("Only from", w="500"), self._day, hint, stretch(), gap=10))

    @property
    def first_day(self) -> date | None:
        """The first day of the new rules, where they do not hold from the version's own beginning."""
        value: date | None = self._day.value
        return value


class RenewDialog(DayDialog):
    """The day of a renewal and by how much the amounts rise. Attributes: percent."""

    def __init__(self, parent: QWidget | None, name: str, number: int, *, day: date, percent: Decimal | None) -> None:
        super().__init__(
            parent,
            f"Renew {name}?",
            f"Version {number} is drafted from version {number - 1}. It bills only when you activate it.",
            "Draft the renewal",
            "From",
            day=day,
        )
        self.percent_field = NumberField(unit="%", least=-50, most=100, decimals=3, name="Escalation", width=110)
        self.percent_field.set_value(percent)
        row = FormRow("Escalation", self.percent_field, key="percent", hint="on fees and rates, to the paisa")
        self.form.add(row)

    @property
    def percent(self) -> Decimal:
        """Percent added to the amounts; 0 when empty."""
        return self.percent_field.value or Decimal(0)

    def accept(self) -> None:
        """The percentage must be one."""
        problem = self.percent_field.problem()
        if problem:
            self.form.show_errors({"percent": problem})
            return
        super().accept()


class CompareDialog(PlainDialog):
    """What differs between two versions, field by field."""

    def __init__(
        self, parent: QWidget | None, title: str, changes: Sequence[Change], *, names: tuple[str, str], note: str = ""
    ) -> None:
        super().__init__(parent, title, width=640)
        if note:
            self.body.addWidget(label(note, c="ink2", wrap=True))
        self.table = changes_table(changes, names)
        self.body.addWidget(self.table)
        self.foot.addStretch(1)
        self.close_button = Button("Close", on_click=self.reject)
        self.foot.addWidget(self.close_button)


class ConflictDialog(CompareDialog):
    """Somebody saved first: both values of each field, then mine or theirs. Attributes: keeps_mine."""

    def __init__(self, parent: QWidget | None, who_and_when: str, changes: Sequence[Change]) -> None:
        super().__init__(parent, who_and_when, changes, names=("Saved there", "Typed here"))
        self.keeps_mine = False
        self.close_button.set_text("Go on editing")
        self.theirs_button = Button("Take theirs", on_click=self.accept)
        self.mine_button = Button("Keep mine", "primary", on_click=self._keep)
        self.foot.addWidget(self.theirs_button)
        self.foot.addWidget(self.mine_button)

    def _keep(self) -> None:
        self.keeps_mine = True
        self.accept()
