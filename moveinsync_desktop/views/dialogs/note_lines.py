"""A credit or debit note against the lines of an issued invoice: what is left, what is taken, what the note comes to.

Every key computes the note by the function that writes it; what is wrong stands at the foot, and nothing is rounded by
the window itself.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPlainTextEdit, QWidget

from billing.errors import KnownError
from billing.schemas.notes import NoteDraft, NoteRoom, RoomLine
from billing.services.notes import draft_against
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.kept_dialog import Fields, KeptDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    AmountField,
    Button,
    Check,
    LinkButton,
    Segmented,
    column,
    hline,
    label,
    plain,
    restyle,
    row,
    scrolling,
    stretch,
)

WIDTH = 760
LINES_HEIGHT = 236
CREDIT, DEBIT = "credit", "debit"


class ReasonArea(QPlainTextEdit):
    """A field of a few lines, as forms keep them. Signals: changed()."""

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.textChanged.connect(self.changed)

    @property
    def value(self) -> str:
        """What was typed."""
        return self.toPlainText().strip()

    def set_value(self, value: Any) -> None:
        """Show a text."""
        self.setPlainText(str(value or ""))


class NoteDialog(KeptDialog):
    """Attributes: note (as it would be written, or None), amounts, reason, is_debit, commercial.

    Whoever writes the note calls `settled()` then.
    """

    def __init__(self, screen: Screen, room: NoteRoom) -> None:
        super().__init__(screen, f"Correct invoice {room.number}", width=WIDTH)
        self.room = room
        self.note: NoteDraft | None = None
        self._fields: dict[int, AmountField] = {}
        self.kind = Segmented(((CREDIT, "Credit note"), (DEBIT, "Debit note")), name="Kind of note")
        self.kind.chosen.connect(lambda _kind: self._compute())
        self.all_link = LinkButton("Take all that is left", on_click=self._take_all)
        words = f"{formats.money(room.total_left)} of it is left to correct"
        self.body.addLayout(row(self.kind, label(words, c="ink2"), stretch(), self.all_link, gap=12))
        lines = scrolling(plain(self._lines()))
        lines.setFixedHeight(min(LINES_HEIGHT, 42 + 36 * len(room.lines)))
        self.body.addWidget(lines)
        self.commercial_tick = Check("Commercial credit, without GST", checked=room.is_past_deadline)
        self.commercial_tick.toggled.connect(lambda _on: self._compute())
        self.commercial_tick.setEnabled(not room.is_past_deadline)
        self.body.addWidget(self.commercial_tick)
        self.body.addWidget(hline())
        self.body.addWidget(self._sums())
        self.body.addWidget(label("Reason, printed on the note", w="500"))
        self._reason = ReasonArea("Reason, printed on the note")
        self._reason.setFixedHeight(52)
        self._reason.changed.connect(self._refresh)
        self.body.addWidget(self._reason)
        self.problem = label("", t="sm", c="overdue", wrap=True)
        self.body.addWidget(self.problem)
        self.cancel_button = Button("Cancel", on_click=self.reject)
        self.write_button = Button("Draft credit note", "primary", on_click=self.accept)
        self.foot.addWidget(self._deadline(), 1)
        self.foot.addWidget(self.cancel_button)
        self.foot.addWidget(self.write_button)
        kept: dict[str, Any] = {f"line{number}": field for number, field in self._fields.items()}
        kept |= {"kind": self.kind, "commercial": self.commercial_tick, "reason": self._reason}
        self.keep_typed(screen.context, str(room.invoice_id), Fields(kept, parent=self))
        self._compute()

    def showEvent(self, event: QShowEvent) -> None:
        """What was typed before comes back, and is computed again."""
        super().showEvent(event)
        self._compute()

    @property
    def reason(self) -> str:
        """What was typed."""
        return self._reason.value

    @property
    def is_debit(self) -> bool:
        """Whether the note adds."""
        return bool(self.kind.value == DEBIT)

    @property
    def commercial(self) -> bool:
        """Whether it is a credit without GST."""
        return self.commercial_tick.isChecked() and not self.is_debit

    @property
    def amounts(self) -> dict[int, int]:
        """Paise by line number; a deduction's below zero, as it is printed."""
        billed = {line.line_no: line.billed for line in self.room.lines}
        typed = {number: field.value for number, field in self._fields.items() if field.value}
        return {number: -value if billed[number] < 0 else value for number, value in typed.items()}

    def _lines(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        for at, words in enumerate(("Line", "Billed ₹", "Left ₹", "On this note")):
            grid.addWidget(label(words, t="sm", c="ink3", right=at in (1, 2)), 0, at)
        for at, line in enumerate((one for one in self.room.lines if one.line_no is not None), start=1):
            assert line.line_no is not None
            grid.addWidget(label(line.description), at, 0)
            grid.addWidget(label(formats.money(line.billed), c="ink2", right=True), at, 1)
            grid.addWidget(label(formats.money(line.left), right=True), at, 2)
            self._fields[line.line_no] = self._field(line)
            grid.addWidget(self._fields[line.line_no], at, 3)
        return grid

    def _field(self, line: RoomLine) -> AmountField:
        field = AmountField(name=f"{line.description} on this note", width=168)
        field.changed.connect(self._compute)
        return field

    def _sums(self) -> QWidget:
        self._figures: dict[str, QLabel] = {}
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(24)
        grid.setColumnStretch(0, 1)
        for at, words in enumerate(("Before tax", "Tax", "Round off", "Note")):
            grid.addWidget(label(words, t="sm", c="ink3", right=True), 0, at + 1)
            self._figures[words] = label("", w="600", right=True)
            grid.addWidget(self._figures[words], 1, at + 1, Qt.AlignmentFlag.AlignRight)
        return plain(column(grid))

    def _deadline(self) -> QLabel:
        day = formats.day(self.room.credit_until)
        if self.room.is_past_deadline:
            return label(f"The tax could be reduced until {day}", t="sm", c="overdue")
        return label(f"A credit reduces the tax until {day}", t="sm", c="ink3")

    def _take_all(self) -> None:
        self.kind.set_value(CREDIT)
        for line in self.room.lines:
            if line.line_no is not None:
                self._fields[line.line_no].set_value(abs(line.left) or None)
        self._compute()

    def _compute(self) -> None:
        """The note as it would be written now."""
        wrong = next((field.problem() for field in self._fields.values() if field.problem()), "")
        self.commercial_tick.setVisible(not self.is_debit)
        self.note = None
        if not wrong and self.amounts:
            try:
                self.note = draft_against(
                    self.room, self.amounts, is_debit=self.is_debit, commercial=self.commercial or None
                )
            except KnownError as error:
                wrong = error.message
        totals = self.note.totals if self.note else None
        shown = {
            "Before tax": totals.taxable + totals.non_taxable if totals else None,
            "Tax": totals.tax if totals else None,
            "Round off": totals.round_off if totals else None,
            "Note": totals.total if totals else None,
        }
        for words, amount in shown.items():
            self._figures[words].setText("–" if amount is None else formats.money(amount))
        self.problem.setText(wrong)
        self.problem.setVisible(bool(wrong))
        restyle(self.problem, c="overdue")
        self.write_button.set_text("Draft debit note" if self.is_debit else "Draft credit note")
        self._refresh()

    def _refresh(self) -> None:
        waits = "" if self.note else "Say which lines, and how much"
        self.write_button.wait_for(waits or ("" if self.reason else "Give a reason first"))

    def words(self) -> dict[str, Any]:
        """What services.notes.write_note takes."""
        return {
            "invoice": str(self.room.invoice_id),
            "amounts": self.amounts,
            "reason": self.reason,
            "is_debit": self.is_debit,
            "commercial": self.commercial or None,
        }
