"""The month of a page: `stepper = PeriodStepper(date(2026, 10, 1)); stepper.changed.connect(fn_first_of_month)`."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget

from moveinsync_desktop import formats, icons, theme
from moveinsync_desktop.models.periods import year_name
from moveinsync_desktop.models.typed_dates import add_months, financial_year
from moveinsync_desktop.views.widgets import painting


class PeriodStepper(QWidget):
    """Month with arrows and a menu of financial years. Left and right keys step, Home goes to the last full month,
    Down opens the menu. Signals: changed(date).
    """

    changed = Signal(object)

    def __init__(self, month: date, *, latest: date | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._month = month.replace(day=1)
        self._latest = latest
        self._hover = 0
        self.setFixedSize(186, 30)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip("Month. Arrow keys step, Down chooses from the financial year")
        self._say()

    @property
    def month(self) -> date:
        """First day of the month shown."""
        return self._month

    def set_month(self, month: date) -> None:
        """Show a month without a signal."""
        self._month = month.replace(day=1)
        self._say()

    def step(self, months: int) -> None:
        """Go on or back."""
        self.choose(add_months(self._month, months))

    def choose(self, month: date) -> None:
        """Go to a month, unless it is too late or shown already."""
        if month != self._month and (self._latest is None or month <= self._latest):
            self.set_month(month)
            self.changed.emit(self._month)

    def open_menu(self) -> None:
        """The months of the financial year shown, and the years around it."""
        menu = self.menu()
        menu.exec(self.mapToGlobal(QPoint(0, self.height() + 2)))
        menu.deleteLater()

    def menu(self) -> QMenu:
        """This month and the last, the twelve months of the year shown, its neighbours as menus of their own."""
        menu = QMenu(self)
        for words, back in (("Last full month", -1), ("This month", 0)):
            menu.addAction(words).triggered.connect(lambda *_a, back=back: self.choose(_this_month(back)))
        menu.addSeparator()
        first = financial_year(self._month)[0]
        self._add_months(menu, first)
        menu.addSeparator()
        for years in (-2, -1, 1):
            start = add_months(first, 12 * years)
            if self._latest is None or start <= self._latest:
                self._add_months(menu.addMenu(_year_words(start)), start)
        return menu

    def _add_months(self, menu: QMenu, first: date) -> None:
        for at in range(12):
            month = add_months(first, at)
            action = menu.addAction(formats.month(month))
            action.setCheckable(True)
            action.setChecked(month == self._month)
            action.setEnabled(self._latest is None or month <= self._latest)
            action.triggered.connect(lambda *_a, month=month: self.choose(month))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The arrows; between them the menu."""
        side = self._side(event.position().x())
        if side:
            self.step(side)
        else:
            self.open_menu()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hover."""
        self._hover = self._side(event.position().x())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No hover."""
        self._hover = 0
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left, right, Home; Down, Space or Enter open the menu."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.step(-1 if event.key() == Qt.Key.Key_Left else 1)
        elif event.key() == Qt.Key.Key_Home:
            self.choose(_this_month(-1))
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_menu()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Frame, arrows, month."""
        tokens, painter = theme.active(), QPainter(self)
        painting.rounded(painter, self.rect(), tokens.color("surface"), 6, tokens.color("control"))
        for side, box in ((-1, QRect(2, 2, 28, 26)), (1, QRect(self.width() - 30, 2, 28, 26))):
            if self._hover == side:
                painting.rounded(painter, box, tokens.color("hover"), 5)
            icons.paint(painter, "chevron-left" if side < 0 else "chevron-right", box, "ink", 14)
        box = QRect(32, 0, self.width() - 78, self.height())
        painting.text(painter, box, formats.month(self._month), "ink", 13, 500, painting.CENTRE, elide=False)
        icons.paint(painter, "chevron-down", QRect(self.width() - 46, 0, 12, self.height()), "ink3", 10)
        painter.end()

    def _side(self, x: float) -> int:
        return -1 if x < 32 else 1 if x > self.width() - 32 else 0

    def _say(self) -> None:
        self.setAccessibleName(formats.month(self._month))
        self.update()


def _this_month(offset: int) -> date:
    """The month so many months from now, on the Indian clock."""
    return add_months(datetime.now(formats.INDIA).date().replace(day=1), offset)


def _year_words(first: date) -> str:
    return f"Financial year {year_name(financial_year(first))}"
