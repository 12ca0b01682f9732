"""Forms: rows of label, field and hint; what changed and what is wrong is shown in place (LOOK.md 7).

    form = Form()
    fee = form.add(FormRow("Monthly fee", AmountField(unit="a month"), hint="Prorated by days", key="monthly_fee"))
    card.add(form)
    fee.set_error("cannot be negative"); fee.set_was("25,000")      # staged edit with undo: fee.undone signal
    form.show_errors({"monthly_fee": "cannot be negative"})         # all at once, focus to the first
    form.check()                                                    # asks each field's problem(); True when fine
Enter goes to the next field, Ctrl+Enter emits form.saved, Esc emits form.left.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from moveinsync_desktop import icons, theme
from moveinsync_desktop.views.widgets.basics import ElidedLabel, label, restyle
from moveinsync_desktop.views.widgets.buttons import IconButton
from moveinsync_desktop.views.widgets.fields import FIELD_WIDTH

LABEL_WIDTH = 138


class FormRow(QWidget):
    """One labelled field. Attributes: field, key. Signals: changed(), undone() (the undo button was used).

    `fields` may be several widgets or words in one row: FormRow("Start", [DateField(), TimeField()]). `inset` is the
    margin at both ends: a card's, or none where the panel brings it.
    """

    changed = Signal()
    undone = Signal()

    def __init__(
        self,
        text: str,
        fields: QWidget | list[QWidget | str],
        *,
        hint: str = "",
        key: str = "",
        label_width: int = LABEL_WIDTH,
        inset: int = 14,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        parts = fields if isinstance(fields, list) else [fields]
        self.key = key
        self.text = text
        self.fields = [part for part in parts if isinstance(part, QWidget)]
        self.field: Any = self.fields[0]
        self._hint, self._error, self._was = hint, "", ""
        self._inset = inset
        self._label = label(text)
        self._label.setFixedWidth(label_width)
        self._label.setBuddy(self.field)
        self._mark = _Mark()
        self._note = _Note(hint, t="sm", c="ink3")
        self._undo = IconButton("undo-2", "Put the old value back", on_click=self.undone.emit)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(inset, 0, inset, 0)
        layout.setSpacing(8)
        layout.addWidget(self._label)
        layout.addSpacing(2)
        for part in parts:
            layout.addWidget(part if isinstance(part, QWidget) else label(part, c="ink2"))
        for widget in (self._mark, self._note, self._undo):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.setMinimumHeight(40)
        self._connect(text)
        self._refresh()

    @property
    def value(self) -> Any:
        """The value of the (first) field."""
        return self.field.value

    def set_hint(self, hint: str) -> None:
        """Change the words at the right."""
        self._hint = hint
        self._refresh()

    def set_error(self, sentence: str) -> None:
        """Show or clear what is wrong."""
        self._error = sentence
        for field in self.fields:
            if hasattr(field, "set_error"):
                field.set_error(sentence)
            else:
                restyle(field, state="error" if sentence else "")
        self._refresh()

    def set_inset(self, inset: int) -> None:
        """Another margin at both ends; a changed row keeps some, for the bar that marks it."""
        self._inset = inset
        layout = self.layout()
        if layout is not None:
            left = max(inset, 8) if self._was else inset
            layout.setContentsMargins(left, 0, inset, 0)

    def set_was(self, old: str) -> None:
        """Mark as changed from `old` (as written on screen); "" clears."""
        self._was = old
        self.set_inset(self._inset)
        self._refresh()

    def check(self) -> str:
        """Ask the fields what is wrong and show it; gives the sentence."""
        problems = (field.problem() for field in self.fields if hasattr(field, "problem"))
        self.set_error(next((sentence for sentence in problems if sentence), ""))
        return self._error

    def paintEvent(self, event: QPaintEvent) -> None:
        """A changed row is tinted, with a bar at the card's edge."""
        if self._was:
            painter, tokens = QPainter(self), theme.active()
            painter.fillRect(self.rect(), tokens.color("changed_soft"))
            painter.fillRect(QRect(0, 0, 2, self.height()), tokens.color("changed"))
            painter.end()

    def _connect(self, text: str) -> None:
        for field in self.fields:
            for name in ("changed", "chosen", "toggled"):
                signal = getattr(field, name, None)
                if signal is not None:
                    signal.connect(lambda *_args: self.changed.emit())
            if isinstance(field, QComboBox) and not field.minimumWidth():
                field.setMinimumWidth(FIELD_WIDTH)
            if not field.accessibleName():
                field.setAccessibleName(text)

    def _refresh(self) -> None:
        self._mark.setVisible(bool(self._error))
        self._undo.setVisible(bool(self._was) and not self._error)
        words = self._error or (f"was {self._was}" if self._was else self._hint)
        self._note.setText(words)
        self._note.setToolTip(words)
        restyle(self._note, c="overdue" if self._error else "review" if self._was else "ink3")
        self.update()


class _Note(ElidedLabel):
    """The words at the right: as wide as they are, and cut with an ellipsis where a card is narrower."""

    def __init__(self, text: str, *, t: str, c: str) -> None:
        super().__init__(text, t=t, c=c)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        """Change the words, and the room asked for."""
        super().setText(text)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Room for all words, whatever is shown of them."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Where there is no room the words give way, never the field."""
        return QSize(16, super().minimumSizeHint().height())


class _Mark(QWidget):
    """The octagon before a form error."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(16, 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        icons.paint(painter, "state:overdue", self.rect(), "danger_mark", 14)
        painter.end()


class Form(QWidget):
    """Rows under each other. Signals: changed(FormRow), saved() on Ctrl+Enter, left() on Esc."""

    changed = Signal(object)
    saved = Signal()
    left = Signal()

    moves_on_by_default = True
    """The user's setting, for every form that is not told otherwise."""

    def __init__(
        self, *rows: FormRow, enter_moves_on: bool | None = None, inset: int | None = None,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        """inset: of all rows, where it is not a card's."""
        super().__init__(parent)
        self.rows: list[FormRow] = []
        self._inset = inset
        self.setProperty("role", "form")
        self.enter_moves_on = enter_moves_on
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        for made in rows:
            self.add(made)

    def add(self, made: FormRow) -> FormRow:
        """Append a row."""
        self.rows.append(made)
        self._layout.addWidget(made)
        if self._inset is not None:
            made.set_inset(self._inset)
        made.changed.connect(lambda: self.changed.emit(made))
        for widget in [*made.fields, *(child for field in made.fields for child in field.findChildren(QWidget))]:
            widget.installEventFilter(self)
        return made

    def add_widget(self, widget: QWidget) -> None:
        """Append something that is not a row."""
        self._layout.addWidget(widget)

    def values(self) -> dict[str, Any]:
        """The values of all rows that have a key."""
        return {made.key: made.value for made in self.rows if made.key}

    def set_values(self, values: dict[str, Any]) -> None:
        """Fill the rows that are named."""
        for made in self.rows:
            if made.key in values:
                made.field.set_value(values[made.key])

    def check(self) -> bool:
        """Show every problem; focus goes to the first."""
        wrong = [made for made in self.rows if made.check()]
        if wrong:
            wrong[0].field.setFocus(Qt.FocusReason.TabFocusReason)
        return not wrong

    def show_errors(self, errors: dict[str, str]) -> list[str]:
        """Show errors by key, clear the rest, focus the first; gives the keys no row has."""
        first: FormRow | None = None
        for made in self.rows:
            made.set_error(errors.get(made.key, ""))
            if first is None and made.key in errors:
                first = made
        if first is not None:
            first.field.setFocus(Qt.FocusReason.TabFocusReason)
        known = {made.key for made in self.rows}
        return [key for key in errors if key not in known]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter, Ctrl+Enter and Esc in any field."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key, has_control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if has_control:
                    self.saved.emit()
                    return True
                moves_on = self.moves_on_by_default if self.enter_moves_on is None else self.enter_moves_on
                if moves_on and isinstance(watched, QLineEdit):
                    self.focusNextPrevChild(True)
                    return True
            if key == Qt.Key.Key_Escape:
                self.left.emit()
                return True
        return super().eventFilter(watched, event)
