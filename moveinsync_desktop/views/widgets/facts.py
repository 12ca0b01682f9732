"""Parts of inspectors and cards: facts, rated lines, sums, notes.

facts = FactList(); facts.set_facts([("Start", "Tue 27-10-2026, 22:54"), ("Distance", "22.6 km, 3 riders")])
lines = ChargeLines()
lines.set_lines([Line("Distance", 57620, "slabs", ("15.0 km × 26.00", "7.6 km × 24.50"))],
                before_tax=82739, tax=14893, tax_words="Tax 18 %", total=97632, title="Trip total")
NoteLine("hand-coins", "Employee incentive 25.00, outside the bill")
SumRow("CGST 9 %", "4,50,857.48")        SumRow("Total", "₹ 59,11,242.55", strong=True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.views.widgets.basics import ElidedLabel, hline, label
from moveinsync_desktop.views.widgets.chips import Chip
from moveinsync_desktop.views.widgets.placeholder import Glyph


def clear_layout(layout: QVBoxLayout | QHBoxLayout | QGridLayout) -> None:
    """Remove and delete everything in a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif isinstance(inner, (QVBoxLayout, QHBoxLayout, QGridLayout)):
            clear_layout(inner)


class FactList(QWidget):
    """Names in grey at the left, values beside them, 20 px a line."""

    def __init__(self, name_width: int = 66, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnMinimumWidth(0, name_width)
        self._grid.setColumnStretch(1, 1)
        self._shown: list[tuple[str, QLabel | None]] = []

    def set_facts(self, facts: Sequence[tuple[str, str | QWidget]]) -> None:
        """Show these; an empty value is left out. The same names again change only what differs, in place."""
        wanted = [fact for fact in facts if fact[1]]
        if [name for name, _ in wanted] == [name for name, _ in self._shown] and self._changed_in_place(wanted):
            return
        clear_layout(self._grid)
        self._shown = []
        for at, (name, value) in enumerate(wanted):
            self._grid.addWidget(label(name, t="sm", c="ink3"), at, 0, Qt.AlignmentFlag.AlignTop)
            if isinstance(value, QWidget):
                self._grid.addWidget(value, at, 1)
                self._shown.append((name, None))
                continue
            shown = label(value, t="sm", wrap=True)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            shown.setAccessibleName(f"{name}: {value}")
            self._grid.addWidget(shown, at, 1)
            self._shown.append((name, shown))

    def _changed_in_place(self, wanted: Sequence[tuple[str, str | QWidget]]) -> bool:
        for (_, shown), (_, value) in zip(self._shown, wanted, strict=True):
            if shown is None or not isinstance(value, str):
                return False
        for (name, shown), (_, value) in zip(self._shown, wanted, strict=True):
            if shown is not None and isinstance(value, str) and shown.text() != value:
                shown.setText(value)
                shown.setAccessibleName(f"{name}: {value}")
        return True


@dataclass(frozen=True, slots=True)
class Line:
    """One rated line: name, amount in paise, rule key, the arithmetic in words (one or more lines)."""

    name: str
    amount: int
    key: str = ""
    texts: tuple[str, ...] = ()


def amount_label(paise: int | None, *, t: str = "", w: str = "500") -> QLabel:
    """An amount at the right; negative ones with a real minus in danger ink."""
    return label(formats.money(paise), t=t, w=w, c="overdue" if (paise or 0) < 0 else "ink", right=True)


class ChargeLines(QWidget):
    """How a trip (or a bill) was rated: lines with their reasons, before tax, tax, total 16/600."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)

    def set_lines(
        self,
        lines: Sequence[Line],
        *,
        before_tax: int | None = None,
        tax: int | None = None,
        tax_words: str = "Tax",
        total: int | None = None,
        title: str = "Total",
        extra: Sequence[tuple[str, int]] = (),
    ) -> None:
        """Show these; parts that are None are left out. `extra` stands between tax and total (non-taxable ...)."""
        clear_layout(self._box)
        for line in lines:
            self._add_line(line)
        if before_tax is not None:
            self._box.addSpacing(2)
            self._box.addWidget(hline())
            self._box.addSpacing(8)
            self._box.addWidget(SumRow("Before tax", formats.money(before_tax), medium=True))
        if tax is not None:
            self._box.addWidget(SumRow(tax_words, formats.money(tax)))
        for words, paise in extra:
            self._box.addWidget(SumRow(words, formats.money(paise)))
        if total is not None:
            self._box.addSpacing(4)
            self._box.addWidget(hline())
            self._box.addSpacing(8)
            self._box.addWidget(SumRow(title, f"₹ {formats.money(total)}", strong=True))

    def _add_line(self, line: Line) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(label(line.name, w="500"))
        if line.key:
            top.addWidget(Chip(line.key))
        top.addStretch(1)
        top.addWidget(amount_label(line.amount))
        self._box.addLayout(top)
        for words in line.texts:
            self._box.addWidget(label(words, t="sm", c="ink2", wrap=True))
        self._box.addSpacing(7)


class SumRow(QWidget):
    """Words left, figure right. strong: 16/600 figure; medium: weight 500."""

    def __init__(
        self, words: str, figure: str, *, strong: bool = False, medium: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 2, 0, 2)
        box.setSpacing(8)
        self.words_label = ElidedLabel(words, t="h2" if strong else "", c="ink" if strong else "ink2")
        is_minus = figure.lstrip("₹\u2009 ").startswith(formats.MINUS)
        weight = "600" if strong else "500" if medium else ""
        self.figure_label = label(
            figure, t="total" if strong else "", w=weight, c="overdue" if is_minus else "ink", right=True
        )
        box.addWidget(self.words_label, 1)
        box.addWidget(self.figure_label)
        self.setAccessibleName(f"{words} {figure}")

    def set_figure(self, figure: str) -> None:
        """Change the figure."""
        self.figure_label.setText(figure)


class NoteLine(QWidget):
    """An icon and a grey sentence."""

    def __init__(self, icon: str, words: str, *, token: str = "ink3", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 3, 0, 3)
        box.setSpacing(8)
        box.addWidget(Glyph(icon, token if token != "ink3" else "ink2", 14), 0, Qt.AlignmentFlag.AlignTop)
        box.addWidget(label(words, t="sm", c=token, wrap=True), 1)
