"""System monitor: this program, its database, who is connected, what was done last. Looks every two seconds."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from billing.services.monitor import Snapshot, SystemMonitor, as_text
from moveinsync_desktop import theme
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models import monitor_rows as rows
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    Button,
    Card,
    DataTable,
    FactList,
    KeyFigure,
    KeyStrip,
    MessageBar,
    column,
    frame,
    plain,
    row,
    scrolling,
    stretch,
)

EVERY_MS = 2000
TREND = 40
ROOM_FOR_TREND = 200
FIGURES = ("Memory", "Processor", "Connections", "Answer", "Database memory", "Contract look-ups")


class MonitorScreen(Screen):
    """Attributes: seen (what was read last, or None), figures (by name), is_paused."""

    id, title = "monitor", "System monitor"
    needs_client = False

    def build(self) -> None:
        """Figures, three cards, the connections and the log."""
        self.seen: Snapshot | None = None
        self.is_paused = False
        self._monitor: SystemMonitor | None = None
        self._is_looking = False
        self._memory: list[float] = []
        self._processor: list[float] = []
        self._log: tuple[str, ...] = ()
        self.pause_button = Button("Pause", on_click=self.pause, tip="Pause  Ctrl P")
        self.copy_button = Button("Copy as text", "primary", icon="copy", on_click=self.copy)
        self.header.add_right(self.pause_button, self.copy_button)
        self.header.set_title(self.title, "looks every two seconds")
        self.figures = {name: KeyFigure(name) for name in FIGURES}
        self.bar = MessageBar()
        parts = (KeyStrip(list(self.figures.values())), self._make_cards(), self._make_connections())
        page = column(*parts, gap=12, margins=(16, 16, 16, 16))
        page.addWidget(self._make_log(), 1)
        self.body.addWidget(frame("canvas", column(self.bar, scrolling(plain(page)))), 1)
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.refresh)
        self.add_action(Action("monitor.pause", "Pause or go on", self.pause, "Ctrl+P", icon="clock"))
        self.add_action(Action("monitor.copy", "Copy as text", self.copy, "Ctrl+Shift+M", icon="copy"))

    def _make_cards(self) -> QWidget:
        self.facts = {name: FactList(112) for name in ("This program", "Database", "Contracts in memory")}
        cards: list[QWidget] = []
        for name, facts in self.facts.items():
            card = Card(name)
            card.add(4, facts, stretch())
            cards.append(card)
        return plain(row(*cards, gap=12))

    def _make_connections(self) -> Card:
        sees_everybody = self.context.sees_every_client
        card = Card("Connections", "" if sees_everybody else "yours", flush=True)
        self.model = RowsModel(rows.OF_EVERYBODY if sees_everybody else rows.OF_MINE)
        self.table = DataTable(self.model, noun="connection", filters=False, flush=True, key="pid", totals=False)
        self.table.set_empty("plug-zap", "Nothing else is connected", "The monitor's own question is not listed.")
        self.table.setFixedHeight(30 + theme.row_height() * 5)
        card.add(self.table)
        card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        return card

    def _make_log(self) -> Card:
        card = Card("Last operations", "of this computer: what, how long, how many rows, and the code of an error")
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setFont(theme.font(12))
        self.log.setMinimumHeight(190)
        self.log.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.log.setTabChangesFocus(True)
        self.log.setAccessibleName("Last operations")
        card.add(4, self.log)
        return card

    # -- looking

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks: begin."""
        super().showEvent(event)
        if not self.is_paused:
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: nothing is asked."""
        super().hideEvent(event)
        self._timer.stop()

    def refresh(self) -> None:
        """Look once more, unless the last look is still under way."""
        if self._is_looking or self.context.session is None:
            return
        self._is_looking = True
        session = self.context.signed_in

        def look() -> Snapshot:
            self._monitor = self._monitor or SystemMonitor()
            return self._monitor.look(session)

        self.query(look, self._show, on_error=self._on_error)

    def _on_error(self, error: Exception) -> None:
        self._is_looking = False
        self.bar.show_message("danger", f"{error} What is shown is of before.", "Try again", self.refresh)

    def _show(self, seen: Snapshot) -> None:
        self._is_looking = False
        self.seen = seen
        words = rows.warnings(seen)
        if words:
            self.bar.show_message("warning", words)
        else:
            self.bar.hide()
        self._memory = [*self._memory, float(seen.process.memory)][-TREND:]
        self._processor = [*self._processor, float(seen.process.cpu_permille)][-TREND:]
        trends = {"Memory": self._memory, "Processor": self._processor}
        for name, (figure, note) in rows.key_figures(seen).items():
            has_room = self.figures[name].width() >= ROOM_FOR_TREND
            self.figures[name].set_figure(figure, note=note, trend=trends.get(name, ()) if has_room else ())
        self.facts["This program"].set_facts(rows.program_facts(seen))
        self.facts["Database"].set_facts(rows.database_facts(seen, self._place()))
        self.facts["Contracts in memory"].set_facts(rows.cache_facts(seen))
        self.model.set_rows(rows.connection_rows(seen))
        self._show_log(seen.log)

    def _place(self) -> str:
        profile = self.context.signed_in.profile
        return f"in {profile.home}" if profile.embedded else f"{profile.host}:{profile.port}, {profile.database}"

    def _show_log(self, lines: tuple[str, ...]) -> None:
        """The newest line stays in view, unless somebody reads further up."""
        if lines == self._log:
            return
        self._log = lines
        bar = self.log.verticalScrollBar()
        was_at_end, place = bar.value() >= bar.maximum() - 2, bar.value()
        self.log.setPlainText("\n".join(lines))
        if was_at_end:
            self.log.moveCursor(QTextCursor.MoveOperation.End)
        else:
            bar.setValue(place)

    # -- deeds

    def pause(self) -> None:
        """Stop looking, or go on."""
        self.is_paused = not self.is_paused
        self.pause_button.set_text("Go on" if self.is_paused else "Pause")
        self.header.set_title(self.title, "paused" if self.is_paused else "looks every two seconds")
        if self.is_paused:
            self._timer.stop()
        else:
            self._timer.start()
            self.refresh()

    def copy(self) -> None:
        """Put everything on the clipboard, to send it to somebody who helps."""
        if self.seen is None:
            return
        QGuiApplication.clipboard().setText(as_text(rows.text_parts(self.seen, self._place()), self.seen))
        self.context.messages.status("The monitor is on the clipboard as text", "copy")
