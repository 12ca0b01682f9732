"""Importing a vendor's bill: the file, whose it is, what its columns mean, and how it compares, before it is stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QDialog, QFileDialog

from billing.errors import KnownError
from billing.schemas.vendor_bills import BUCKET_WORDS
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.dialogs.import_file_page import KINDS
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    AmountField,
    Button,
    Check,
    Combo,
    DataTable,
    DateField,
    Form,
    FormRow,
    MessageBar,
    ProgressStrip,
    TextField,
    column,
    label,
    plain,
    row,
    stretch,
)

if TYPE_CHECKING:
    from billing.services.vendor_bill_import import BillChoices, ImportedBill

FIELDS = (
    ("trip_id", "Trip id"),
    ("vehicle_no", "Vehicle"),
    ("start", "Start, or date"),
    ("distance", "Km"),
    ("amount", "Amount before tax"),
    ("tax", "Tax"),
    ("total", "Amount with tax"),
)
BUCKET_COLUMNS = (
    Column("bucket", "Comparison", "text", 170, stretch=True, show=lambda code: BUCKET_WORDS[code]),
    Column("lines", "Rows", "count", 70, total=True),
    Column("theirs", "Theirs ₹", "money", 120, total=True),
    Column("ours", "Ours ₹", "money", 120, total=True),
)
REJECTED_COLUMNS = (
    Column("row", "Row", "count", 60),
    Column("column", "Column", "text", 140),
    Column("value", "Value", "text", 140),
    Column("message", "Reason", "text", 240, stretch=True),
)


class VendorBillImport(PlainDialog):
    """Choose a file and a vendor; the comparison is shown at once, nothing is stored before "Import"."""

    def __init__(self, screen: Screen, client: str, vendors: list[tuple[str, str]], file: Path | None = None) -> None:
        super().__init__(screen, "Import a vendor's bill", width=960)
        self._screen, self._client = screen, client
        self._file: Path | None = None
        self.imported: ImportedBill | None = None
        self.notice, self.strip = MessageBar(), ProgressStrip()
        self.body.addWidget(self.strip)
        self.body.addWidget(self.notice)
        self._file_label = label("No file chosen yet", c="ink2")
        self.file_button = Button("Choose a file…", icon="upload", on_click=self._choose)
        self.body.addLayout(row(self.file_button, self._file_label, stretch(), gap=10))
        facts = column(label("The bill", w="600"), self._facts(vendors), stretch(), gap=6)
        self.body.addLayout(row(plain(facts), plain(self._mapping()), gap=18))
        self._tables()
        self.check_button = Button("Compare", on_click=self.check, tip="Ctrl Enter")
        self.import_button = Button("Import bill", "primary", on_click=self._import)
        self.import_button.wait_for("Compare first")
        self.foot.addWidget(self.lenient)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.check_button)
        self.foot.addWidget(self.import_button)
        if file is not None:
            self.take(file)

    def _facts(self, vendors: list[tuple[str, str]]) -> Form:
        self.vendor = Combo(vendors, placeholder="Choose", name="Vendor", search=True)
        if len(vendors) == 1:
            self.vendor.set_value(vendors[0][0])
        self.number, self.first, self.last = (
            TextField(name="Bill number"),
            DateField(name="First day"),
            DateField(name="Last day"),
        )
        self.total, self.tolerance = AmountField(name="Bill total"), AmountField(name="Tolerance")
        self.with_tax = Check("Amounts have the tax in them")
        self.lenient = Check("Take the readable rows although others are refused")
        form = Form(
            FormRow("Vendor", self.vendor, key="vendor"),
            FormRow("Bill number", self.number, hint="else from the file", key="number"),
            FormRow("Period", [self.first, "to", self.last], key="period"),
            FormRow("Bill total", self.total, hint="else from the file", key="total"),
            FormRow("Tolerance", self.tolerance, hint="a trip; else your setting", key="tolerance"),
            FormRow("Tax", self.with_tax, key="with_tax"),
            inset=0,
        )
        form.saved.connect(self.check)
        form.left.connect(self.reject)
        return form

    def _mapping(self) -> Any:
        self._columns = {name: Combo([(None, "Found by its header")], name=words) for name, words in FIELDS}
        form = Form(
            *(FormRow(words, self._columns[name], key=name, label_width=120) for name, words in FIELDS), inset=0
        )
        form.saved.connect(self.check)
        return column(label("Columns of the sheet", w="600"), form, stretch(), gap=6)

    def _tables(self) -> None:
        self.buckets, self.refused = RowsModel(BUCKET_COLUMNS), RowsModel(REJECTED_COLUMNS)
        self._bucket_table = DataTable(self.buckets, noun="bucket", filters=False, key="bucket")
        self._bucket_table.setFixedHeight(196)
        self.buckets.set_rows([])
        self.refused.set_rows([])
        self._bucket_table.set_empty("scale", "Not compared yet", "Choose file and vendor, then Compare.")
        self._refused_table = DataTable(self.refused, noun="refused row", filters=False, totals=False, key="row")
        self._refused_table.setFixedHeight(130)
        self._refused_table.hide()
        self.body.addWidget(self._bucket_table)
        self.body.addWidget(self._refused_table)

    def _choose(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, "Choose the vendor's bill", "", KINDS)
        if name:
            self.take(Path(name))

    def take(self, path: Path) -> None:
        """A file was chosen."""
        self._file = path
        self._file_label.setText(path.name)
        self.import_button.wait_for("Compare first")
        if self.vendor.value:
            self.check()

    def choices(self) -> BillChoices:
        """What the form says."""
        from billing.services.vendor_bill_import import BillChoices

        mapping = {name: combo.value for name, combo in self._columns.items() if combo.value is not None}
        return BillChoices(
            mapping=mapping, number=self.number.value or None, stated_total=self.total.value,
            first_day=self.first.value, last_day=self.last.value, with_tax=self.with_tax.isChecked(),
            tolerance=self.tolerance.value, lenient=self.lenient.isChecked(),
        )  # fmt: skip

    def check(self) -> None:
        """Compare without storing."""
        self._run(preview=True, on_done=self._show, words="Comparing")

    def _import(self) -> None:
        self._run(preview=False, on_done=self._on_imported, words="Importing the bill")

    def _run(self, *, preview: bool, on_done: Any, words: str) -> None:
        if self._file is None or not self.vendor.value:
            self.notice.show_message("warning", "Choose the file and the vendor whose bill it is.")
            return
        session, client, vendor, path, choices = (
            self._screen.context.signed_in, self._client, str(self.vendor.value), self._file, self.choices(),
        )  # fmt: skip

        def work(progress: Any) -> ImportedBill:
            from billing.services.vendor_bill_import import import_bill

            return import_bill(
                session, path, vendor=vendor, client=client, choices=choices, preview=preview, progress=progress
            )

        self.import_button.wait_for(words)
        job = self._screen.command(work, on_done, title=words, on_error=self._on_error)
        self.strip.follow(job, words)

    def _show(self, done: ImportedBill) -> None:
        self.imported = done
        self._fill_columns(list(done.headers), done.mapping)
        self.refused.set_rows(list(done.rejected))
        self._refused_table.setVisible(bool(done.rejected))
        self.buckets.set_rows([one for one in done.view.buckets if one.lines] if done.view else [])
        if done.view is None:
            self.import_button.wait_for("Refused rows")
            words = f"{formats.plural(len(done.rejected), 'row')} cannot be read, so nothing was compared."
            self.notice.show_message("warning", words)
            return
        self.import_button.wait_for("")
        self._say(done)

    def _say(self, done: ImportedBill) -> None:
        assert done.view is not None
        bill = done.view.bill
        words = f"{formats.plural(bill.rows, 'row')}, {formats.day(bill.first_day)} to {formats.day(bill.last_day)}"
        words += f"; bill {bill.number}" if bill.number else ""
        rows = (bill.amount, bill.amount + bill.tax)
        if bill.stated_total is not None and bill.stated_total not in rows:
            self.notice.show_message(
                "warning", f"{words}. The bill says ₹ {formats.money(bill.stated_total)}, its rows come to another sum."
            )
        else:
            self.notice.show_message("info", f"{words}. Nothing is stored yet.")

    def _fill_columns(self, headers: list[str], mapping: Any) -> None:
        for name, combo in self._columns.items():
            found = mapping.get(name)
            auto = f"Found: {found}" if found and combo.value is None else "Found by its header"
            combo.set_choices([(None, auto), ("", "Not in the sheet"), *((text, text) for text in headers if text)])

    def _on_error(self, error: Exception) -> None:
        self.import_button.wait_for("Compare first")
        hint = f" {error.hint}" if isinstance(error, KnownError) and error.hint else ""
        self.notice.show_message("danger", f"{error}{hint}")
        if isinstance(error, KnownError) and error.code == "NO_HEADER" and self._file is not None:
            path = self._file
            self._screen.query(lambda: _headers(path), lambda found: self._fill_columns(found, {}), key="headers")

    def _on_imported(self, done: ImportedBill) -> None:
        self.imported = done
        if not done.written or done.view is None:
            self._show(done)
            return
        self._screen.context.messages.toast("Bill imported", f"{formats.plural(done.view.bill.rows, 'row')} compared")
        self.accept()

    def ask(self) -> bool:
        """Show it; True when a bill was stored."""
        return self.exec() == QDialog.DialogCode.Accepted


def _headers(path: Path) -> list[str]:
    from billing.exchange.sheets.process import look

    sheets = look(path)
    return [text for text in sheets[0].headers if text] if sheets else []
