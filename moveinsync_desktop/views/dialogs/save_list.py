"""Save what a list shows as CSV (UTF-8 with BOM), read and written in a worker, renamed when complete."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.views.widgets.table import DataTable
from moveinsync_desktop.workers import Progress

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def write_csv(path: Path, columns: Sequence[Column], records: Sequence[Any]) -> None:
    """The rows with the columns' titles above, all of it or nothing.

    Raises UnavailableError where the target cannot be written (open in another program, no space, folder gone).
    """
    from billing.exchange.files import replacing

    with replacing(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.title for column in columns])
        writer.writerows([_cell(column.raw(record)) for column in columns] for record in records)


def _cell(text: str) -> str:
    """A plain number stays one, below zero too; any other text is never taken for a formula."""
    from billing.exchange.csv_report import safe_text

    return text if _NUMBER.fullmatch(text) else safe_text(text)


def save_list(
    parent: QWidget, context: AppContext, table: DataTable, name: str, *, only_selected: bool = False
) -> None:
    """Ask where, then write every matching row (or the selected ones) with the columns shown."""
    if only_selected and not table.selected_count():
        context.messages.toast("No row is selected", "Select rows first, or save all of them.", tone="warning")
        return
    target, _kind = QFileDialog.getSaveFileName(parent, "Save the list", f"{name}.csv", "CSV (*.csv)")
    if not target:
        return
    header, model = table.view.filter_header, table.model
    order = [header.logicalIndex(visual) for visual in range(header.count())]
    columns = [model.columns[at] for at in order if not header.isSectionHidden(at)]
    path = Path(target)

    def write(records: list[Any]) -> None:
        def run(_progress: Progress) -> int:
            write_csv(path, columns, records)
            return len(records)

        def done(count: int) -> None:
            folder = QUrl.fromLocalFile(str(path.parent))
            context.messages.toast(
                "List saved",
                f"{path.name}, {formats.plural(count, table.noun)}",
                action="Open folder",
                on_action=lambda: QDesktopServices.openUrl(folder),
            )

        context.workers.run_command(run, done, context.messages.error, title="Saving the list", owner=table)

    model.fetch(table.selected_ranges() if only_selected else [range(model.rowCount())], write)
