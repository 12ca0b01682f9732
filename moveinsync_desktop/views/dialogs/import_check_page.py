"""Third page of the import: every row's fate, the wrong cell marked, before anything is stored (picture 15)."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.columns import Column, Kind
from moveinsync_desktop.models.import_preview import NOTED, Preview, PreviewRow, Shown
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.import_fix import FixBox
from moveinsync_desktop.views.widgets.basics import column, frame, hline, label, row, stretch, vline
from moveinsync_desktop.views.widgets.buttons import Button, LinkButton
from moveinsync_desktop.views.widgets.facts import FactList
from moveinsync_desktop.views.widgets.inspector import Inspector
from moveinsync_desktop.views.widgets.notices import MessageBar
from moveinsync_desktop.views.widgets.placeholder import Glyph
from moveinsync_desktop.views.widgets.table import DataTable
from moveinsync_desktop.views.widgets.tabs import Tab, TabBar

_MOST_NOTES = 5
_MARK = {"REJECTED": "danger", "CONFLICT": "disputed"}
_FIGURES = ("distance", "seats_boarded", "open_km", "close_km")
_WIDTHS = {"start": 146, "end": 146, "trip_id": 120}
_COUNTS = (
    ("READY", "state:tick", "paid", "ready"),
    ("REJECTED", "state:overdue", "danger_mark", "rejected"),
    ("DUPLICATE", "copy", "ink2", "duplicates, skipped"),
    ("CONFLICT", "state:disputed", "disputed", "conflicts"),
)


class CheckPage(QFrame):
    """Attributes: preview, left_out (keys of rows unticked). Signals: columns_wanted(), changed()."""

    columns_wanted = Signal()
    changed = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "page")
        self._context = context
        self.preview: Preview | None = None
        self.left_out: set[tuple[str | None, int]] = set()
        self._name = label("", t="h2")
        self._about = label("", t="sm", c="ink2")
        self._figures = {state: label("0", t="h2") for state, *_ in _COUNTS}
        self.message = MessageBar()
        self.tabs = TabBar([], inset=10)
        self.tabs.chosen.connect(lambda _key: self._show_rows())
        self.tabs.add_right(LinkButton("Change columns", on_click=self.columns_wanted.emit))
        self.panel = Inspector(width=282)
        self._facts = FactList(name_width=110)
        self._sentence = label("", wrap=True)
        self._leave = Button("Leave out", on_click=self._toggle)
        self.fix = FixBox()
        self._reasons = FactList(name_width=170)
        self._model: RowsModel | None = None
        self.table: DataTable | None = None
        self._make_layout()

    def show_preview(self, path: Path, preview: Preview) -> None:
        """Show a checked file; rows left out before stay left out."""
        self.preview = preview
        known = {item.key for item in preview.rows}
        self.left_out &= known
        self._name.setText(path.name)
        self._about.setText(preview.about())
        self._make_table(preview)
        self._refresh_counts()
        self._reasons.set_facts([(words, formats.count(count)) for words, count in preview.by_reason()])
        self._say_notes(preview)

    @property
    def ready(self) -> int:
        """Trips that would be stored."""
        if self.preview is None:
            return 0
        left = sum(1 for item in self.preview.rows if item.state == "READY" and item.key in self.left_out)
        return self.preview.count("READY") - left

    @property
    def rejected(self) -> int:
        """Rows that would be refused."""
        if self.preview is None:
            return 0
        left = sum(1 for item in self.preview.rows if item.state == "REJECTED" and item.key in self.left_out)
        return self.preview.count("REJECTED") - left

    def _make_layout(self) -> None:
        strip = frame("pagehead")
        strip.setFixedHeight(64)
        box = QHBoxLayout(strip)
        box.setContentsMargins(20, 0, 16, 0)
        box.setSpacing(12)
        box.addWidget(Glyph("file-spreadsheet", "ink2", 24))
        box.addLayout(column(stretch(), self._name, self._about, stretch(), gap=1))
        box.addStretch(1)
        for at, (state, icon, token, words) in enumerate(_COUNTS):
            if at:
                box.addWidget(vline(30))
            box.addWidget(Glyph(icon, token, 16))
            box.addLayout(column(stretch(), self._figures[state], label(words, t="sm", c="ink2"), stretch(), gap=0))
        self._left = QVBoxLayout()
        self._left.setSpacing(0)
        self._left.addWidget(self.tabs)
        self._fill_panel()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(strip)
        outer.addWidget(self.message)
        lower = QHBoxLayout()
        lower.setSpacing(0)
        lower.addLayout(self._left, 1)
        lower.addWidget(self.panel)
        outer.addLayout(lower, 1)

    def _fill_panel(self) -> None:
        body = self.panel.body
        body.addWidget(self._sentence)
        body.addSpacing(10)
        body.addWidget(self._facts)
        body.addSpacing(12)
        body.addWidget(self.fix)
        body.addSpacing(8)
        body.addLayout(row(self._leave, stretch()))
        body.addSpacing(14)
        body.addWidget(hline())
        body.addSpacing(12)
        body.addWidget(label("Rejected, by reason", w="600"))
        body.addSpacing(6)
        body.addWidget(self._reasons)
        body.addStretch(1)

    def _make_table(self, preview: Preview) -> None:
        if self.table is not None:
            self._left.removeWidget(self.table)
            self.table.deleteLater()
        columns = [
            Column("row", "Row", "number", 60, show=str),
            Column("state", "Result", "state", 104, get=self._state_of),
            Column("reason", "Reason", "text", 150, tone=_quiet),
        ]
        columns += [self._own_column(place, shown) for place, shown in enumerate(preview.columns)]
        self._model = RowsModel(columns)
        self.table = DataTable(self._model, noun="row", messages=self._context.messages, totals=False, key="key")
        self.table.set_empty("state:tick", "Every row is ready", "Nothing was rejected and nothing is there twice.")
        self.table.current_changed.connect(self._show_row)
        self.table.add_menu_item("Leave out, or take in again", self._toggle_rows)
        self.panel.stepped.connect(self.table.step)
        self._left.addWidget(self.table, 1)

    def _own_column(self, place: int, shown: Shown) -> Column:
        def cell(item: PreviewRow) -> str:
            return item.cells[place] or ("empty" if item.wrong == place else "")

        def mark(item: PreviewRow) -> str:
            return _MARK.get(item.state, "") if item.wrong == place else ""

        kind: Kind = "number" if shown.field in _FIGURES else "id" if shown.field == "trip_id" else "text"
        width = _WIDTHS.get(shown.field, 84 if kind == "number" else 112)
        last = place == len(self.preview.columns) - 1 if self.preview is not None else False
        return Column(
            f"cell{place}", shown.header, kind, width, get=cell, show=_plain, mark=mark, tone=_quiet, stretch=last
        )

    def _state_of(self, item: PreviewRow) -> str:
        return "LEFT_OUT" if item.key in self.left_out else item.state

    def _show_rows(self) -> None:
        if self.preview is None or self._model is None or self.table is None:
            return
        key = self.tabs.current
        states = {
            "not_ready": {"REJECTED", "DUPLICATE", "CONFLICT"},
            "all": {"READY", "REJECTED", "DUPLICATE", "CONFLICT", "SKIPPED"},
        }
        wanted = states.get(key, {key})
        rows = [item for item in self.preview.rows if item.state in wanted]
        if key == "noted":
            rows = [item for item in self.preview.rows if item.reason == NOTED]
        self._model.set_rows(rows)
        self.table.select_row(0)
        if not self._model.rows:
            self._show_row(None)

    def _refresh_counts(self) -> None:
        if self.preview is None:
            return
        counts = {state: self.preview.count(state) for state, *_ in _COUNTS}
        counts["READY"], counts["REJECTED"] = self.ready, self.rejected
        for state, figure in self._figures.items():
            figure.setText(formats.count(counts[state]))
        current = self.tabs.current
        not_ready = counts["REJECTED"] + counts["DUPLICATE"] + counts["CONFLICT"]
        tabs = [Tab("not_ready", "Not ready", not_ready)]
        if counts["REJECTED"]:
            tabs.append(Tab("REJECTED", "Rejected", counts["REJECTED"], tone="overdue"))
        if counts["DUPLICATE"]:
            tabs.append(Tab("DUPLICATE", "Duplicates", counts["DUPLICATE"]))
        if counts["CONFLICT"]:
            tabs.append(Tab("CONFLICT", "Conflicts", counts["CONFLICT"], tone="disputed"))
        if self.preview.noted():
            tabs.append(Tab("noted", "With notes", self.preview.noted()))
        if self.preview.skipped():
            tabs.append(Tab("SKIPPED", "Not trips", self.preview.skipped()))
        tabs.append(Tab("all", "All rows"))
        self.tabs.set_tabs(tabs)
        keys = [tab.key for tab in tabs]
        self.tabs.set_current(current if current in keys else "not_ready" if not_ready else "all")
        self._show_rows()

    def _show_row(self, item: PreviewRow | None) -> None:
        if item is None or self.preview is None:
            self.panel.hide()
            return
        self.panel.show_record(f"Row {item.row}", self._state_of(item))
        self._sentence.setText(item.message or "This row becomes a trip.")
        names = [("Sheet", item.sheet or "")] if item.sheet and len(self.preview.checked.headers) > 1 else []
        self._facts.set_facts([*names, *zip((shown.header for shown in self.preview.columns), item.cells, strict=True)])
        self.fix.show_row(item, self.preview)
        self._leave.set_text("Take in again" if item.key in self.left_out else "Leave out")
        self._leave.setVisible(item.state in ("READY", "REJECTED"))

    def _toggle(self) -> None:
        item = self.table.current if self.table is not None else None
        if item is not None:
            self._toggle_rows([item])

    def _toggle_rows(self, items: list[PreviewRow]) -> None:
        for item in items:
            if item.state in ("READY", "REJECTED"):
                self.left_out ^= {item.key}
        at = self.table.view.currentIndex().row() if self.table is not None else 0
        self._refresh_counts()
        if self.table is not None:
            self.table.select_row(max(at, 0))
        self.changed.emit()

    def _say_notes(self, preview: Preview) -> None:
        same = preview.result.same_file
        notes = preview.notes()
        if same:
            when = formats.stamp(same[0].created_at)
            notes.insert(0, f"This very file was imported on {when}; its trips are stored already.")
        if notes:
            more = [f"And {formats.plural(len(notes) - _MOST_NOTES, 'more note')}."] if len(notes) > _MOST_NOTES else []
            self.message.show_message("warning" if same else "info", "\n".join([*notes[:_MOST_NOTES], *more]))
        else:
            self.message.hide()


def _plain(text: str) -> str:
    return text


def _quiet(item: PreviewRow) -> str:
    return "ink3" if item.state == "DUPLICATE" else ""
