"""The bill so far: charges by name, tax and total of all rated contracts of a month."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout

from billing.schemas.runs import RunFigures, RunOutcome
from moveinsync_desktop import formats
from moveinsync_desktop.models.billing_rows import bill_lines
from moveinsync_desktop.views.widgets import (
    Card,
    NoteLine,
    SumRow,
    clear_layout,
    column,
    hline,
    label,
    plain,
    scrolling,
)

BILL_WIDTH = 300
_TAXES = (("CGST", "cgst"), ("SGST", "sgst"), ("IGST", "igst"))


class BillCard(Card):
    """A card of fixed width that sums up runs."""

    def __init__(self) -> None:
        super().__init__("Bill so far")
        self.setFixedWidth(BILL_WIDTH)
        self.show_runs([])

    def show_runs(self, runs: Sequence[RunOutcome]) -> None:
        """Show the sums of these runs."""
        clear_layout(self.body)
        self.note_label.setText(formats.plural(len(runs), "contract"))
        self.note_label.setVisible(bool(runs))
        box = column(gap=0, margins=(0, 0, 2, 0))
        figures = [run.figures for run in runs if run.figures]
        if figures:
            for words, amount in bill_lines(runs):
                box.addWidget(SumRow(words, formats.money(amount)))
            self._add_totals(box, figures)
        else:
            box.addWidget(label("Nothing is rated yet.", t="sm", c="ink3"))
        box.addStretch(1)
        self.body.addWidget(scrolling(plain(box)))

    def _add_totals(self, box: QVBoxLayout, figures: Sequence[RunFigures]) -> None:
        before = sum(one.taxable + one.non_taxable for one in figures)
        taxes = [(words, sum(getattr(one, name) for one in figures)) for words, name in _TAXES]
        taxes.append(("Tax", sum(one.tax - one.cgst - one.sgst - one.igst for one in figures)))
        taxes.append(("Round off", sum(one.round_off for one in figures)))
        total = sum(one.total - one.incentive for one in figures)
        incentive = sum(one.incentive for one in figures)
        box.addSpacing(4)
        box.addWidget(hline())
        box.addSpacing(4)
        box.addWidget(SumRow("Before tax", formats.money(before), medium=True))
        for words, amount in taxes:
            if amount:
                box.addWidget(SumRow(words, formats.money(amount)))
        box.addSpacing(4)
        box.addWidget(hline())
        box.addSpacing(4)
        box.addWidget(SumRow("Total", f"₹ {formats.money(total)}", strong=True))
        if incentive:
            box.addSpacing(10)
            words = f"Employee incentives {formats.money(incentive)}, outside the bill"
            box.addWidget(NoteLine("hand-coins", words))
