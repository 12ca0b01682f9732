"""Fields: text, amounts, distances, numbers, dates and times. All share one interface.

    field.value                 # parsed: str, int paise, int metres, Decimal, date, time; None when empty
    field.set_value(v)          # without a signal
    field.changed.connect(fn)   # the user changed it: fn() after each key
    field.problem()             # "" or the sentence what is wrong with what was typed
    field.set_error("last character must be G"); field.set_error("")

    TextField(name="GSTIN", width=184) · AmountField(unit="a month") · KmField() · NumberField(unit="min", whole=True)
    PercentField(unit="% of fare") · DateField() with keys + - [ ] t · TimeField()
Every kind is usable alone or in a `FormRow`.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.models.typed_dates import read_date, read_time, stepped
from moveinsync_desktop.models.typed_numbers import read_number
from moveinsync_desktop.views.widgets.basics import label, restyle

FIELD_WIDTH = 184


class TextField(QLineEdit):
    """One line of text. Signals: changed()."""

    changed = Signal()

    def __init__(
        self,
        value: str = "",
        *,
        name: str = "",
        placeholder: str = "",
        width: int = FIELD_WIDTH,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name or placeholder)
        self.setPlaceholderText(placeholder)
        if width:
            self.setFixedWidth(width)
        self.set_value(value)
        self.textEdited.connect(lambda _text: self.changed.emit())

    @property
    def value(self) -> Any:
        """The text without surrounding spaces, None when empty."""
        return self.text().strip() or None

    def set_value(self, value: Any) -> None:
        """Show this value."""
        self.setText("" if value is None else str(value))
        self.setCursorPosition(0)

    def problem(self) -> str:
        """Plain text is never wrong by itself."""
        return ""

    def set_error(self, sentence: str) -> None:
        """Mark or clear; the sentence is spoken by screen readers."""
        self.setAccessibleDescription(sentence)
        restyle(self, state="error" if sentence else "")

    def set_read_only(self, read_only: bool) -> None:
        """Show without letting it be changed."""
        self.setReadOnly(read_only)
        restyle(self)


class UnitField(QFrame):
    """A field with prefix and suffix inside its frame; figures stand right. Signals: changed().

    Subclasses give `_parse` (text to value, ValueError with a sentence) and `_show` (value to text).
    """

    changed = Signal()

    def __init__(
        self,
        *,
        prefix: str = "",
        unit: str = "",
        name: str = "",
        width: int = FIELD_WIDTH,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "unit")
        self.edit = QLineEdit(self)
        self.edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.edit.installEventFilter(self)
        self.edit.textEdited.connect(lambda _text: self.changed.emit())
        self.setFocusProxy(self.edit)
        self.unit_label = label(unit, t="sm", c="ink3")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(9, 0, 9, 0)
        layout.setSpacing(8)
        if prefix:
            layout.addWidget(label(prefix, t="sm", c="ink3"))
        layout.addWidget(self.edit, 1)
        layout.addWidget(self.unit_label)
        self.unit_label.setVisible(bool(unit))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedWidth(width)
        self.set_name(name, unit)

    def set_name(self, name: str, unit: str = "") -> None:
        """What screen readers say."""
        self.edit.setAccessibleName(f"{name}, {unit}" if unit else name)

    @property
    def value(self) -> Any:
        """The parsed value; None when empty or wrong (ask `problem()` which)."""
        try:
            return self._parse(self.edit.text()) if self.edit.text().strip() else None
        except ValueError:
            return None

    def set_value(self, value: Any) -> None:
        """Show this value, formatted."""
        self.edit.setText("" if value is None else self._show(value))

    def problem(self) -> str:
        """What is wrong with what was typed, "" when nothing."""
        try:
            if self.edit.text().strip():
                self._parse(self.edit.text())
        except ValueError as error:
            return str(error)
        return ""

    def set_error(self, sentence: str) -> None:
        """Mark or clear the frame."""
        self.edit.setAccessibleDescription(sentence)
        restyle(self, state="error" if sentence else "")

    def set_read_only(self, read_only: bool) -> None:
        """Show without letting it be changed."""
        self.edit.setReadOnly(read_only)
        restyle(self, state="readonly" if read_only else "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The frame shows the focus of the field inside; leaving tidies the text."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            is_in = event.type() == QEvent.Type.FocusIn
            restyle(self, focus="true" if is_in else "false")
            if not is_in and not self.problem() and self.edit.text().strip():
                self.set_value(self.value)
        return super().eventFilter(watched, event)

    def _parse(self, text: str) -> Any:
        return text.strip()

    def _show(self, value: Any) -> str:
        return str(value)


class NumberField(UnitField):
    """A number as Decimal (or int with `whole`), within limits."""

    def __init__(
        self,
        *,
        unit: str = "",
        prefix: str = "",
        whole: bool = False,
        least: Decimal | int | None = 0,
        most: Decimal | int | None = None,
        decimals: int = 6,
        name: str = "",
        width: int = FIELD_WIDTH,
        parent: QWidget | None = None,
    ) -> None:
        self._whole, self._least, self._most, self._decimals = whole, least, most, decimals
        super().__init__(prefix=prefix, unit=unit, name=name, width=width, parent=parent)

    def _parse(self, text: str) -> Any:
        number = read_number(text)
        if self._whole and number != int(number):
            raise ValueError("whole numbers only")
        if self._least is not None and number < self._least:
            raise ValueError("cannot be negative" if self._least == 0 else f"at least {self._least}")
        if self._most is not None and number > self._most:
            raise ValueError(f"at most {self._most}")
        if -int(number.as_tuple().exponent) > self._decimals:
            raise ValueError(f"at most {self._decimals} decimals")
        return int(number) if self._whole else number

    def _show(self, value: Any) -> str:
        whole, _, rest = f"{Decimal(value):f}".partition(".")
        sign = "−" if whole.startswith("-") else ""
        rest = rest.rstrip("0")
        return sign + formats.group(whole.lstrip("-")) + (f".{rest}" if rest else "")


class PercentField(NumberField):
    """A percentage from 0 to 100 (or `most`)."""

    def __init__(self, *, unit: str = "%", most: int | None = 100, name: str = "", width: int = FIELD_WIDTH) -> None:
        super().__init__(unit=unit, most=most, name=name, width=width)


class AmountField(NumberField):
    """Rupees with paise; the value is int paise. `rate=True` allows more decimals and gives a Decimal of rupees."""

    def __init__(
        self,
        *,
        unit: str = "",
        rate: bool = False,
        least: int | None = 0,
        name: str = "",
        width: int = FIELD_WIDTH,
        parent: QWidget | None = None,
    ) -> None:
        self._rate = rate
        super().__init__(
            prefix="₹", unit=unit, least=least, decimals=6 if rate else 2, name=name, width=width, parent=parent
        )

    def _parse(self, text: str) -> Any:
        number: Decimal = super()._parse(text)
        return number if self._rate else int(number * 100)

    def _show(self, value: Any) -> str:
        if not self._rate:
            return formats.money(int(value))
        shown = super()._show(value)
        decimals = len(shown.partition(".")[2])
        return shown if decimals >= 2 else (shown if decimals else shown + ".") + "0" * (2 - decimals)


class KmField(NumberField):
    """Kilometres on screen, int metres as value."""

    def __init__(self, *, name: str = "Distance", width: int = FIELD_WIDTH, parent: QWidget | None = None) -> None:
        super().__init__(unit="km", decimals=3, name=name, width=width, parent=parent)

    def _parse(self, text: str) -> Any:
        return int(super()._parse(text) * 1000)

    def _show(self, value: Any) -> str:
        return formats.km(int(value), 1 if int(value) % 100 == 0 else 3)


class DateField(TextField):
    """A date, dd-MM-yyyy. Keys: + - a day, [ ] a month, t today, m h y r ends; short forms when leaving."""

    def __init__(
        self, value: date | None = None, *, name: str = "Date", width: int = 110, today: date | None = None,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        self._today = today
        super().__init__(name=name, width=width, parent=parent)
        self.setToolTip("+ and − step a day, [ and ] a month, t is today")
        self.set_value(value)

    @property
    def value(self) -> date | None:
        """The date, None when empty or wrong."""
        return read_date(self.text(), self._now()) if self.text().strip() else None

    def set_value(self, value: Any) -> None:
        """Show this date."""
        self.setText(formats.day(value) if value else "")

    def problem(self) -> str:
        """No such date?"""
        return "no such date" if self.text().strip() and self.value is None else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The date keys work where the cursor does not need them: on a complete date or an empty field."""
        key = event.text()
        is_whole = self.value is not None and len(self.text()) == 10
        if key and (is_whole or not self.text()) and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            moved = stepped(self.value or self._now(), key, self._now())
            if moved is not None and not (key == "-" and self.hasSelectedText() and not is_whole):
                self.set_value(moved)
                self.changed.emit()
                return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Short forms become the full date."""
        super().focusOutEvent(event)
        value = self.value
        if value is not None:
            self.set_value(value)

    def _now(self) -> date:
        return self._today or datetime.now(formats.INDIA).date()


class TimeField(TextField):
    """A time of day, HH:mm."""

    def __init__(
        self, value: time | None = None, *, name: str = "Time", width: int = 62, parent: QWidget | None = None
    ) -> None:
        super().__init__(name=name, width=width, parent=parent)
        self.set_value(value)

    @property
    def value(self) -> time | None:
        """The time, None when empty or wrong."""
        return read_time(self.text()) if self.text().strip() else None

    def set_value(self, value: Any) -> None:
        """Show this time."""
        self.setText(f"{value.hour:02d}:{value.minute:02d}" if value is not None and value != "" else "")

    def problem(self) -> str:
        """No such time?"""
        return "no such time" if self.text().strip() and self.value is None else ""

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Short forms become HH:mm."""
        super().focusOutEvent(event)
        if self.value is not None:
            self.set_value(self.value)
