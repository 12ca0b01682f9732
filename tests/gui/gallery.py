"""Every shared part on one page, to look at beside the pictures of the visual language; not a part of the product.

python -m tests.gui.gallery FOLDER          # gallery-light.png and gallery-dark.png, 1920 x 1080
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from billing.errors import UnavailableError
from moveinsync_desktop import theme
from moveinsync_desktop.messages import Toast
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.widgets import (
    AmountField,
    Button,
    Card,
    Check,
    Combo,
    DataTable,
    DateField,
    Form,
    FormRow,
    MenuButton,
    MessageBar,
    Placeholder,
    Segmented,
    StatePill,
    TextField,
    column,
    frame,
    label,
    plain,
    row,
    stretch,
)
from moveinsync_desktop.views.widgets.notices import ToastCard

STATES = ("DRAFT", "ISSUED", "PART_PAID", "PAID", "OVERDUE", "DISPUTED", "VOID", "NEEDS_REVIEW")
INVOICES = [
    SimpleNamespace(id=1, number="SLC/26-27/00118", status="PART_PAID", total=320480800),
    SimpleNamespace(id=2, number="MFS/26-27/00094", status="DISPUTED", total=148744200),
    SimpleNamespace(id=3, number="DWL/26-27/00031", status="OVERDUE", total=121899300),
    SimpleNamespace(id=4, number="SLC/26-27/00117", status="VOID", total=-241000),
    SimpleNamespace(id=5, number="NRT/26-27/00012", status="PAID", total=33128100),
]
COLUMNS = (
    Column("number", "Invoice", "id", 150),
    Column("status", "State", "state", 150, stretch=True),
    Column("total", "Payable ₹", "money", 130, total=True),
)


def buttons() -> QWidget:
    """All kinds, and a segmented control."""
    waiting = Button("Draft 5 invoices", "primary")
    waiting.wait_for("waits for rating")
    upper = row(
        Button("Record payment…", "primary"), MenuButton("Export", [("Excel workbook", lambda: None)]),
        Button("Discard draft", "quiet"), Button("Void…", "danger", icon="ban"), stretch(),
    )  # fmt: skip
    lower = row(
        waiting, Button("Void invoice", "danger-fill"), Segmented([("m", "Month"), ("q", "Quarter")]), stretch()
    )
    return plain(column(label("Buttons", t="sm", c="ink3", w="500"), upper, lower, gap=8))


def fields() -> QWidget:
    """A form with an error, a change, a read-only and a disabled field."""
    gstin, version = TextField("29ABKFS7712M1ZX", name="GSTIN"), TextField("3, since 01-04-2026", name="Version")
    version.set_read_only(True)
    number, rate = TextField("SLC/26-27/", name="Number"), AmountField(unit="a km", rate=True)
    number.setEnabled(False)
    rate.set_value("25.25")
    rows = [
        FormRow("GSTIN", gstin),
        FormRow("Invoice date", DateField(date(2026, 11, 5), width=184), hint="+ and − step a day"),
        FormRow("Place of supply", Combo([(29, "29 Karnataka"), (27, "27 Maharashtra")]), hint="from the site"),
        FormRow("Version", version, hint="read only"),
        FormRow("Number", number, hint="given when issued"),
        FormRow("Rate", rate),
        FormRow("Riders", Check("Carpool", checked=True)),
    ]
    rows[0].set_error("last character must be G")
    rows[5].set_was("24.50")
    card = Card("Fields", flush=True)
    card.add(Form(*rows))
    return card


def states() -> QWidget:
    """Pills, and the same states in a list."""
    pills = [StatePill(code) for code in STATES]
    table = DataTable(RowsModel(COLUMNS, INVOICES), noun="invoice", filters=False, flush=True)
    table.select_row(1)
    card = Card(flush=True)
    card.add(table)
    card.setFixedHeight(230)
    return plain(column(row(*pills[:4], stretch()), row(*pills[4:], stretch()), card, gap=8))


def messages() -> QWidget:
    """Bars and toasts."""
    parts: list[QWidget] = []
    for tone, words, link in (
        ("info", "Version 4 starts on 01-12-2026.", "Open"),
        ("warning", "Session ends in 5 min. Open forms are kept.", "Stay signed in"),
        ("danger", "Not saved, connection lost. Entries are kept.", "Try again"),
    ):
        bar = MessageBar()
        bar.show_message(tone, words, link, lambda: None)  # type: ignore[arg-type]
        parts.append(bar)
    holder = QWidget()
    saved = Toast("Workbook saved", "SLC-26-27-00118.xlsx, 4,905 trips", action="Open folder", on_action=lambda: None)
    parts.append(ToastCard(saved, holder))
    return plain(column(*parts, stretch(), gap=8))


def places() -> QWidget:
    """Loading, empty and error inside a list's frame."""
    made = []
    for kind in ("loading", "empty", "error"):
        place = Placeholder()
        if kind == "loading":
            place.show_loading(at_once=True)
        elif kind == "empty":
            words = "Import a vendor's trip sheet, or pick another month."
            actions = [("October 2026", lambda: None), ("Import trips…", lambda: None)]
            place.show_empty("route", "No trips in November yet", words, actions)
        else:
            error = UnavailableError("GONE", "The trips could not be read.", hint="Nothing was changed.")
            place.show_error(error, lambda: None)
        card = Card(kind.capitalize(), flush=True)
        card.add(place)
        card.setMinimumHeight(220)
        made.append(card)
    return plain(row(*made, gap=12))


def build() -> QWidget:
    """The whole page."""
    dialog = ConfirmDialog(
        None, "Issue 3 invoices?", "They get their numbers now and cannot be edited afterwards.", "Issue 3 invoices",
        fact=("Metro Fleet, Namma Ride, Coromandel", "26,52,678.00"),
    )  # fmt: skip
    left = column(buttons(), fields(), states(), stretch(), gap=14)
    right = column(messages(), dialog, places(), stretch(), gap=14)
    page = QWidget()
    box = QVBoxLayout(page)
    box.setContentsMargins(0, 0, 0, 0)
    box.addWidget(frame("canvas", row(plain(left), plain(right), gap=20, margins=(20, 20, 20, 20))))
    return page


def shoot(folder: Path, width: int = 1920, height: int = 1080) -> list[Path]:
    """Render both themes."""
    app = QApplication.instance() or QApplication([])
    made = []
    for mode in ("light", "dark"):
        theme.install(app, mode, motion=False)  # type: ignore[arg-type]
        page = build()
        page.resize(width, height)
        page.show()
        app.processEvents()
        app.processEvents()
        path = folder / f"gallery-{mode}.png"
        page.grab().save(str(path))
        page.close()
        made.append(path)
    return made


if __name__ == "__main__":
    shoot(Path(sys.argv[1]))
