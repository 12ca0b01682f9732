"""Rows of a rule that is a list or a map (slab bands, zones, vehicle types, penalty bands) as an editable Qt model.

    table = RuleTable(form, ("slabs", "bands"), band_columns(form))
    table.set_usage(("45,797.1", "18,028.2"), (1.0, 0.39))      # real figures beside each row
The rows live in the form; a row of a map that has no name yet waits here. A text that cannot be read stays in its
cell with the reason until it can.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from billing.rules.diff import value_at
from billing.rules.schema import Kind, RuleKey
from moveinsync_desktop import formats
from moveinsync_desktop.models.rule_columns import NAME, OVER, USAGE, RuleColumn, date_text, read_cell
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.rule_words import Path, path_text, value_text

Index = QModelIndex | QPersistentModelIndex
WAS_ROLE = int(Qt.ItemDataRole.UserRole) + 1
ERROR_ROLE = int(Qt.ItemDataRole.UserRole) + 2
SHARE_ROLE = int(Qt.ItemDataRole.UserRole) + 3
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class RuleTable(QAbstractTableModel):
    """The rows at a path of the form. Attributes: columns, path."""

    def __init__(
        self, form: RuleForm, path: Path, columns: Sequence[RuleColumn], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.form, self.path, self.columns = form, path, tuple(columns)
        self._waiting = 0
        self._typed: dict[tuple[int, str], tuple[str, str]] = {}
        self._usage: tuple[str, ...] = ()
        self._usage_title = ""
        self._shares: tuple[Decimal, ...] = ()
        self._rows = self._count()
        form.edited.connect(self._on_edited)

    # -- reading

    @property
    def is_map(self) -> bool:
        """Rows have names?"""
        return any(column.id == NAME for column in self.columns)

    def names(self) -> list[str]:
        """The names of a map's rows."""
        value = self.form.get(self.path)
        return list(value) if isinstance(value, dict) else []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows of the form, and those that wait for their name."""
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """As many as column specs."""
        return 0 if parent.isValid() else len(self.columns)

    def cell_path(self, row: int, column: RuleColumn) -> Path | None:
        """Where a cell's value is kept; None for a row without a name and for what is only shown."""
        if column.key is None:
            return None
        if not self.is_map:
            return (*self.path, row, column.key.key)
        names = self.names()
        if row >= len(names):
            return None
        is_figure = column.id == "amount" and len([c for c in self.columns if c.key is not None]) == 1
        return (*self.path, names[row]) if is_figure else (*self.path, names[row], column.key.key)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Text, old text, error and share of a cell."""
        if not index.isValid():
            return None
        row, column = index.row(), self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.is_right else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._text(row, column, for_edit=role == Qt.ItemDataRole.EditRole)
        if role == WAS_ROLE:
            return self._was(row, column)
        if role in (ERROR_ROLE, Qt.ItemDataRole.ToolTipRole):
            return self._error(row, column) or (None if role == Qt.ItemDataRole.ToolTipRole else "")
        if role == SHARE_ROLE:
            return self._shares[row] if column.id == USAGE and row < len(self._shares) else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = [self._text(row, column), self._error(row, column)]
            was = self._was(row, column)
            return ", ".join(word for word in (*words, f"was {was}" if was else "") if word)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Titles across."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            spec = self.columns[section]
            return self._usage_title if spec.id == USAGE and self._usage_title else spec.title
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Bounds that follow from other rows, and usage, are only shown."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if self.columns[index.column()].can_edit else flags

    def is_row_changed(self, row: int) -> bool:
        """Does anything in the row differ from the version in force?"""
        return self.is_new(row) or any(self._was(row, column) for column in self.columns)

    def is_new(self, row: int) -> bool:
        """Is there no such row in the version in force?"""
        names = self.names() if self.is_map else []
        place = (names[row] if row < len(names) else "") if self.is_map else row
        return self.form.base is not None and value_at(self.form.base, (*self.path, place)) is None

    def doubts(self) -> list[str]:
        """What looks wrong in these rows though it can be rated."""
        start = path_text(self.path)
        return [
            words
            for place, words in self.form.doubts.items()
            if place == start or place.startswith((f"{start}[", f"{start}."))
        ]

    # -- editing

    def setData(self, index: Index, value: Any, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:
        """Read what was typed into the form; what cannot be read stays with its reason."""
        if role != Qt.ItemDataRole.EditRole:
            return False
        row, column, text = index.row(), self.columns[index.column()], str(value).strip()
        if column.id == NAME:
            return self._set_name(row, text)
        path = self.cell_path(row, column)
        if path is None or column.key is None:
            self._typed[row, column.id] = (text, "name the row first")
            self._refresh()
            return False
        try:
            stored = read_cell(column.key, text)
        except ValueError as error:
            self._typed[row, column.id] = (text, str(error))
            self.form.set_unreadable(path, str(error))
            return False
        self._typed.pop((row, column.id), None)
        self.form.seal()
        self.form.set_value(path, stored)
        self.form.seal()
        return True

    def add_row(self) -> int:
        """A new row; before the open band where the rows are bands. Gives its place."""
        if self.is_map:
            self.beginInsertRows(QModelIndex(), self._rows, self._rows)
            self._waiting += 1
            self._rows += 1
            self.endInsertRows()
            return self._rows - 1
        rows = list(self.form.get(self.path) or [])
        at = len(rows) - 1 if self._has_bounds() and rows else len(rows)
        rows.insert(at, {})
        self.form.set_value(self.path, rows)
        self.form.seal()
        return at

    def remove_row(self, row: int) -> None:
        """Take a row away. The last band stays open: the one before takes its place."""
        self._typed = {}
        if self.is_map:
            names = self.names()
            if row >= len(names):
                self._waiting = max(0, self._waiting - 1)
                self._refresh()
                return
            value = dict(self.form.get(self.path))
            del value[names[row]]
            self.form.set_value(self.path, value)
        else:
            rows = [dict(entry) for entry in self.form.get(self.path) or []]
            if not 0 <= row < len(rows):
                return
            del rows[row]
            if self._has_bounds() and rows:
                rows[-1].pop("upto", None)
            self.form.set_value(self.path, rows)
        self.form.seal()

    def set_usage(self, texts: Sequence[str], shares: Sequence[Decimal]) -> None:
        """Real figures of a month beside the rows; shares are 0 to 1 of the largest."""
        self._usage, self._shares = tuple(texts), tuple(shares)
        self._refresh()

    def set_usage_title(self, title: str) -> None:
        """Say which month the real figures are of."""
        self._usage_title = title
        if self.columns:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)

    # -- inside

    def _count(self) -> int:
        value = self.form.get(self.path)
        return (len(value) if isinstance(value, list | dict) else 0) + self._waiting

    def _has_bounds(self) -> bool:
        return any(column.id == "upto" for column in self.columns)

    def _text(self, row: int, column: RuleColumn, *, for_edit: bool = False) -> str:
        if (row, column.id) in self._typed:
            return self._typed[row, column.id][0]
        if column.id == USAGE:
            return self._usage[row] if row < len(self._usage) else formats.NONE
        if column.id == OVER:
            lower = self.form.get((*self.path, row - 1, "upto")) if row else "0"
            return value_text(_UPTO, lower) if lower is not None else formats.NONE
        if column.id == NAME:
            names = self.names()
            return names[row] if row < len(names) else ""
        path = self.cell_path(row, column)
        value = self.form.get(path) if path else None
        if value is None:
            return "" if for_edit else "no limit" if column.id == "upto" and row == self._rows - 1 else formats.NONE
        if isinstance(value, dict):
            return formats.NONE
        if column.key is not None and column.key.kind is Kind.DATE:
            return date_text(value)
        return value_text(column.key, value).replace(f"{formats.THIN}%", "")

    def _was(self, row: int, column: RuleColumn) -> str:
        path = self.cell_path(row, column)
        return "" if path is None or self.is_new(row) else self.form.was(path)

    def _error(self, row: int, column: RuleColumn) -> str:
        if (row, column.id) in self._typed:
            return self._typed[row, column.id][1]
        path = self._row_path(row) if column is self.columns[0] else None
        whole = self.form.problems.get(path_text(path), "") if path else ""
        path = self.cell_path(row, column)
        return (self.form.problems.get(path_text(path), "") if path else "") or whole

    def _row_path(self, row: int) -> Path | None:
        """Where a row is kept: what is wrong with all of it is told in its first column."""
        if not self.is_map:
            return (*self.path, row)
        names = self.names()
        return (*self.path, names[row]) if row < len(names) else None

    def _set_name(self, row: int, text: str) -> bool:
        names = self.names()
        if not text or (text in names and (row >= len(names) or names[row] != text)):
            reason = "this name is there already" if text else "a name is needed"
            self._typed[row, NAME] = (text, reason)
            self._refresh()
            return False
        self._typed.pop((row, NAME), None)
        value = dict(self.form.get(self.path) or {})
        if row < len(names):
            value = {text if name == names[row] else name: part for name, part in value.items()}
        else:
            self._waiting = max(0, self._waiting - 1)
            fields = [column for column in self.columns if column.key is not None]
            value[text] = "0" if len(fields) == 1 and fields[0].id == "amount" else {}
        self.form.set_value(self.path, value)
        self.form.seal()
        return True

    def _on_edited(self) -> None:
        if self._count() != self._rows:
            self.beginResetModel()
            self._rows = self._count()
            self._typed = {}
            self.endResetModel()
        else:
            self._refresh()

    def _refresh(self) -> None:
        if self._count() != self._rows:
            self._on_edited()
        elif self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(self._rows - 1, len(self.columns) - 1))


_UPTO = RuleKey("upto", Kind.KM, "Up to", "km")
