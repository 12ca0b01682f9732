"""The calculator's answer: total, package, lines with their arithmetic in words, tax, place among the month's trips."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from billing.invoicing.lines import TRIP_LINES
from moveinsync_desktop import formats
from moveinsync_desktop.messages import Tone
from moveinsync_desktop.views.calculator_work import Answer
from moveinsync_desktop.views.widgets.basics import Card, column, hline, label, plain, stretch
from moveinsync_desktop.views.widgets.calc_parts import PackageMeter, SpreadBars, TotalHead
from moveinsync_desktop.views.widgets.facts import ChargeLines, Line, SumRow, clear_layout
from moveinsync_desktop.views.widgets.notices import MessageBar


class ResultCard(Card):
    """Attributes: total, meter, spread, bar (parts that tests and screen readers look at)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName("Price of the trip")
        self.total = TotalHead()
        self.bar = MessageBar()
        self.meter = PackageMeter()
        self._meter_box = plain(column(hline(), 12, self.meter, 8))
        self._lines_box = QVBoxLayout()
        self._lines_box.setSpacing(0)
        self.spread = SpreadBars()
        self._spread_box = plain(column(hline(), 12, self.spread))
        for widget in (self._meter_box, self._spread_box):
            widget.hide()
        self.body.setContentsMargins(20, 16, 20, 14)
        self.add(self.total, 12, self.bar, self._meter_box, hline(), 12, self._lines_box, 16, self._spread_box)
        self.add(stretch())

    def say(self, tone: Tone, words: str) -> None:
        """A sentence in place of a price."""
        self.bar.show_message(tone, words)

    def show_nothing(self) -> None:
        """There is no price."""
        self.total.show_price(None)
        clear_layout(self._lines_box)
        for widget in (self._meter_box, self._spread_box):
            widget.hide()

    def show_answer(self, found: Answer) -> None:
        """Show a price and how it came about."""
        price = found.price
        self.bar.hide()
        self.total.show_price(price.total_cost, price.base_cost)
        self._show_package(found)
        clear_layout(self._lines_box)
        lines = ChargeLines()
        lines.set_lines(charge_lines(found))
        self._lines_box.addWidget(lines)
        if not price.lines:
            self._lines_box.addWidget(label("This trip has no charge of its own under these rules.", c="ink2"))
            self._lines_box.addSpacing(8)
        self._lines_box.addWidget(hline())
        self._lines_box.addSpacing(8)
        tax = f"Tax {price.tax_percent}{formats.THIN}%, estimate; the bill rounds it once"
        self._lines_box.addWidget(SumRow(tax, formats.money(price.tax_amount)))
        if price.non_taxable:
            self._lines_box.addWidget(SumRow("Passed on untaxed", formats.money(price.non_taxable)))
        if price.employee_incentive:
            paid = formats.money(price.employee_incentive)
            self._lines_box.addWidget(SumRow("Employee incentive, outside the bill", paid))
        self._spread_box.setVisible(found.spread is not None and price.base_cost > 0)
        if found.spread is not None:
            month = formats.month(found.desk.month).split()[0]
            self.spread.show_spread(found.spread, price.base_cost, f"Against {month}")

    def _show_package(self, found: Answer) -> None:
        price = found.price
        has_meter = bool(price.free_m) and price.model == "HYBRID" and price.billable_m > 0
        self._meter_box.setVisible(has_meter)
        if has_meter and price.free_m:
            self.meter.show_use(price.before_m, price.billable_m, price.free_m)


def charge_lines(found: Answer) -> list[Line]:
    """The rated lines with the engine's own sentences."""
    made = []
    for code, amount in found.price.lines.items():
        told = found.price.explanations.get(code, ())
        texts = tuple(entry.text.replace("-", formats.MINUS) if amount < 0 else entry.text for entry in told)
        made.append(Line(TRIP_LINES.get(code, code), amount, told[0].key if told else "", texts))
    return made


def price_text(found: Answer) -> str:
    """The price as lines of text, figures after a tab."""
    price = found.price
    made = [f"{price.contract}, version {price.version}, {price.model.label}"]
    made += [f"{line.name}\t{formats.money(line.amount)}\t{'; '.join(line.texts)}" for line in charge_lines(found)]
    made.append(f"Before tax\t{formats.money(price.base_cost)}")
    made.append(f"Tax {price.tax_percent} %\t{formats.money(price.tax_amount)}")
    if price.non_taxable:
        made.append(f"Untaxed\t{formats.money(price.non_taxable)}")
    if price.employee_incentive:
        made.append(f"Employee incentive\t{formats.money(price.employee_incentive)}")
    made.append(f"Trip total\t{formats.money(price.total_cost)}")
    return "\n".join(made)
