"""Last page of the import: what was stored, what needs a look next, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.views.widgets.basics import Card, label, plain, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.facts import FactList
from moveinsync_desktop.views.widgets.notices import MessageBar
from moveinsync_desktop.views.widgets.placeholder import Glyph

if TYPE_CHECKING:
    from billing.services.trip_decisions import Undone
    from billing.services.trips import ImportResult


class DonePage(QFrame):
    """Signals: undo_wanted(), trips_wanted() (look at what was stored)."""

    undo_wanted = Signal()
    trips_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.message = MessageBar()
        self.title = label("", t="h1")
        self.facts = FactList(name_width=170)
        self.undo_button = Button("Undo this import", icon="undo-2", on_click=self.undo_wanted.emit)
        self.trips_button = Button("Show these trips", icon="route", on_click=self.trips_wanted.emit)
        self.undo_note = label("Possible while none of its trips is on a bill", t="sm", c="ink3")
        card = Card("What was stored")
        card.setFixedWidth(560)
        card.add(self.facts, 12, row(self.trips_button, self.undo_button, stretch()), 4, self.undo_note)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(self.message)
        box.addStretch(1)
        self._glyph = Glyph("state:paid", "paid", 24)
        for widget in (self._glyph, self.title, card):
            box.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addWidget(plain(row(stretch())))
        box.addStretch(2)

    def show_result(self, result: ImportResult) -> None:
        """Counts, distance, and trips that have no contract yet."""
        trips = sum(item.batch.accepted for item in result.batches)
        without = sum(item.no_contract for item in result.batches)
        several = sum(item.ambiguous_contract for item in result.batches)
        self._glyph.set_icon("state:paid", "paid")
        self.title.setText(f"{formats.plural(trips, 'trip')} stored")
        facts = [
            ("Clients", ", ".join(item.client_code for item in result.batches)),
            ("Distance", f"{formats.km(sum(item.batch.distance_m for item in result.batches))} km"),
            ("Rejected, left out", formats.count(len(result.checked.rejected))),
            ("Duplicates, skipped", formats.count(len(result.checked.duplicates))),
            (
                "Without a contract",
                f"{formats.count(without)}: make or extend one, then assign again" if without else "",
            ),
            ("With several contracts", f"{formats.count(several)}: choose one in Trips" if several else ""),
            ("Late for a closed month", _late_words(result)),
            ("Created", ", ".join(result.created)),
        ]
        self.facts.set_facts(facts)
        self.undo_button.wait_for("")
        self.trips_button.wait_for("" if trips else "Nothing was stored")

    def show_undone(self, undone: Undone) -> None:
        """The import was taken back."""
        self._glyph.set_icon("undo-2", "ink2")
        self.title.setText("The import was taken back")
        self.facts.set_facts([("Trips removed", formats.count(undone.trips))])
        self.undo_note.setText("The same file can be imported again")
        self.undo_button.wait_for("Taken back already")
        self.trips_button.wait_for("Taken back")


def _late_words(result: ImportResult) -> str:
    """Trips that came after their month was closed, by month."""
    late = [
        f"{formats.count(count)} for {formats.month(month)}" for item in result.batches for month, count in item.late
    ]
    return f"{', '.join(late)}: settled by a note" if late else ""
