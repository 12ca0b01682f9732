"""One contract: its versions as a timeline with what each changed, and the facts that decide its invoices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from billing.schemas.contracts import ContractVersion
from billing.schemas.rating import BillingModelType
from moveinsync_desktop import formats, theme
from moveinsync_desktop.models.contract_rows import MONTH_COLUMNS, notice_of, span_words, version_state
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.rule_values import Change
from moveinsync_desktop.views.dialogs.contract_terms import CYCLES
from moveinsync_desktop.views.widgets.basics import Card, column, frame, label, plain, row, scrolling, stretch
from moveinsync_desktop.views.widgets.buttons import LinkButton
from moveinsync_desktop.views.widgets.facts import FactList, clear_layout
from moveinsync_desktop.views.widgets.notices import MessageBar
from moveinsync_desktop.views.widgets.states import StatePill, state_of
from moveinsync_desktop.views.widgets.table import DataTable

if TYPE_CHECKING:
    from billing.schemas.runs import RunSummary
    from billing.services.contracts import ContractView

MOST_CHANGES = 6


class VersionNode(QWidget):
    """One stop of the timeline: the line, the mark of its state."""

    def __init__(self, version: ContractVersion, *, is_first: bool, is_last: bool) -> None:
        super().__init__()
        self._code, self._is_first, self._is_last = version_state(version), is_first, is_last
        self.setFixedWidth(24)

    def sizeHint(self) -> QSize:
        """Narrow; as tall as the words beside it."""
        return QSize(24, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Line above and below, glyph at the height of the title."""
        from moveinsync_desktop import icons

        painter, tokens, state = QPainter(self), theme.active(), state_of(self._code)
        top = 0 if not self._is_first else 11
        bottom = self.height() if not self._is_last else 11
        painter.fillRect(QRect(11, top, 1, bottom - top), tokens.color("line2"))
        painter.fillRect(QRect(2, 1, 20, 20), tokens.color("surface"))
        icons.paint(painter, state.glyph, QRect(3, 2, 18, 18), state.token, 16)
        painter.end()


class VersionEntry(QWidget):
    """A version: number, model, dates, what it changed. Signals: opened(), correction_wanted()."""

    opened = Signal()
    correction_wanted = Signal()

    def __init__(
        self,
        version: ContractVersion,
        changes: Sequence[Change],
        zone: ZoneInfo,
        *,
        me: str,
        node: VersionNode,
        can_correct: bool = False,
    ) -> None:
        super().__init__()
        self.version = version
        self.correct_button: LinkButton | None = None
        model = BillingModelType(version.billing_model).label
        code = version_state(version)
        title = label(f"Version {version.number}", t="h2")
        self.open_button = LinkButton("Go on editing" if code == "DRAFT" else "Show rules", on_click=self.opened.emit)
        self.open_button.setAccessibleName(f"{self.open_button.text()} of version {version.number}")
        head = row(
            title,
            StatePill(code),
            label(f"{model}, {span_words(version, zone)}", c="ink2"),
            stretch(),
            self.open_button,
            gap=12,
        )
        if can_correct and code != "DRAFT":
            head.addWidget(self._make_correct_button())
        words = column(head, gap=3)
        who = "you" if version.updated_by == me else version.updated_by
        if version.updated_at is not None and who:
            words.addWidget(label(f"saved by {who}, {formats.stamp(version.updated_at, zone)}", t="sm", c="ink3"))
        if version.note:
            words.addWidget(label(version.note, t="sm", c="ink2", wrap=True))
        for change in changes[:MOST_CHANGES]:
            words.addLayout(_change_row(change))
        if len(changes) > MOST_CHANGES:
            words.addWidget(label(f"and {len(changes) - MOST_CHANGES} more", t="sm", c="ink3"))
        words.addSpacing(16)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(node)
        layout.addLayout(words, 1)

    def _make_correct_button(self) -> LinkButton:
        tip = "Put its rules right; what was wrong stays on record"
        self.correct_button = LinkButton("Correct…", on_click=self.correction_wanted.emit, tip=tip)
        self.correct_button.setAccessibleName(f"Correct version {self.version.number}")
        return self.correct_button


def _change_row(change: Change) -> QHBoxLayout:
    name = label(change.label, t="sm", c="ink2")
    name.setFixedWidth(220)
    old = label(change.old, t="sm", c="ink3")
    return row(name, old, label("→", t="sm", c="ink3"), label(change.new, t="sm", w="500"), stretch(), gap=8)


class ContractDetail(QWidget):
    """One contract.

    Signals: version_opened(ContractVersion), correction_wanted(ContractVersion), month_opened(RunSummary),
    facts_wanted(), renewal_wanted(), history_wanted(); some come from links that only who may edit sees.
    """

    version_opened = Signal(object)
    correction_wanted = Signal(object)
    facts_wanted = Signal()
    month_opened = Signal(object)
    renewal_wanted = Signal()
    history_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.versions_card = Card("Versions", "a trip is billed by the version of its start")
        self.history_button = LinkButton("History", on_click=self.history_wanted.emit, tip="Who did what, and when")
        self.versions_card.head.addWidget(self.history_button)
        self._timeline = QVBoxLayout()
        self._timeline.setSpacing(0)
        self.versions_card.add(8, self._timeline)
        self.facts_card = Card("Contract")
        self.edit_button = LinkButton("Edit", on_click=self.facts_wanted.emit, tip="Edit the contract's facts")
        self.facts_card.head.addWidget(self.edit_button)
        self.facts = FactList(112)
        self.facts_card.add(4, self.facts)
        self.tax_card = Card("Its invoices")
        self.tax_facts = FactList(112)
        self.tax_card.add(4, self.tax_facts)
        side = plain(column(self.facts_card, self.tax_card, stretch(), gap=12))
        side.setFixedWidth(340)
        self.versions_card.setMinimumWidth(420)
        self._make_months()
        self._entries: list[VersionEntry] = []
        both = row(
            plain(column(self.versions_card, self.months_card, stretch(), gap=12)),
            side,
            gap=12,
            margins=(16, 16, 16, 16),
        )
        both.setStretch(0, 1)
        both.setAlignment(side, Qt.AlignmentFlag.AlignTop)
        self.bar = MessageBar()
        ground = frame("canvas", column(self.bar, scrolling(plain(both))))
        self.setLayout(column(ground))

    def show_contract(self, view: ContractView, *, me: str, can_edit: bool) -> None:
        """Show a contract with its versions, the newest on top."""
        zone = ZoneInfo(view.client.time_zone)
        clear_layout(self._timeline)
        self._entries = []
        newest = sorted(view.versions, key=lambda version: -version.number)
        for at, version in enumerate(newest):
            node = VersionNode(version, is_first=at == 0, is_last=at == len(newest) - 1)
            entry = VersionEntry(version, changes_of(view, version), zone, me=me, node=node, can_correct=can_edit)
            entry.opened.connect(lambda version=version: self.version_opened.emit(version))
            entry.correction_wanted.connect(lambda version=version: self.correction_wanted.emit(version))
            self._timeline.addWidget(entry)
            self._entries.append(entry)
        self.edit_button.setVisible(can_edit)
        self.history_button.setVisible(can_edit)
        self._show_notice(view, can_edit=can_edit)
        self._show_facts(view)

    def _show_notice(self, view: ContractView, *, can_edit: bool) -> None:
        """A gap between versions, or a renewal that comes near."""
        words = notice_of(view)
        if not words:
            self.bar.hide()
        elif can_edit and view.contract.renews_on is not None and words.startswith("Renews"):
            self.bar.show_message("warning", words, "Draft the renewal", self.renewal_wanted.emit)
        else:
            self.bar.show_message("warning", words)

    def show_months(self, runs: Sequence[RunSummary]) -> None:
        """Show what the contract cost month by month."""
        self.months_model.set_rows(list(runs))
        self.months.setFixedHeight(30 + theme.row_height() * max(len(runs), 3) + 36)

    def _make_months(self) -> None:
        self.months_card = Card("Billed months", "Enter opens the invoice", flush=True)
        self.months_model = RowsModel(MONTH_COLUMNS)
        self.months = DataTable(self.months_model, noun="month", filters=False, flush=True, key="run_id")
        self.months.set_empty("receipt-indian-rupee", "Not billed yet", "A billing run of a month shows here.")
        self.months.opened.connect(self.month_opened)
        self.months_card.add(self.months)

    def _show_facts(self, view: ContractView) -> None:
        contract = view.contract
        renews = CYCLES[contract.renewal_cycle] if contract.renewal_cycle != "NONE" else ""
        if contract.renews_on:
            renews = f"{renews}, next {formats.day(contract.renews_on)}".lstrip(", ")
        self.facts.set_facts(
            [
                ("Client", f"{view.client.name}, {view.client.code}"),
                ("Vendor", f"{view.vendor.name}, {view.link.code}"),
                ("Trips of sites", ", ".join(contract.scope_sites) or "all"),
                ("Vehicle types", ", ".join(contract.scope_vehicle_types) or "all"),
                ("Renewal", renews or "not agreed"),
                ("Notice", f"{contract.notice_days} days" if contract.notice_days is not None else ""),
                ("Purchase order", contract.po_number),
            ]
        )
        self.tax_facts.set_facts(
            [
                ("From", f"{view.branch.legal_name or view.vendor.name}, {view.branch.name}"),
                ("GSTIN", view.branch.gstin or "not recorded"),
                ("To", f"{view.site.legal_name or view.client.name}, {view.site.name}"),
                ("GSTIN", view.site.gstin or "not recorded"),
                ("SAC", contract.sac),
                ("Fuel", "in the price" if contract.fuel_included else "paid apart"),
                ("Credit", "restricted" if contract.itc_option == "RESTRICTED" else "full"),
                ("Tax", "reverse charge, paid by the client" if contract.reverse_charge else "charged on the invoice"),
            ]
        )


def changes_of(view: ContractView, version: ContractVersion) -> list[Change]:
    """What a version changed of the one before it."""
    before = [other for other in view.versions if other.number < version.number and other.status == "ACTIVE"]
    if not before:
        return []
    base = before[-1]
    form = RuleForm(version.billing_model, version.rules, base=base.rules, base_model=base.billing_model)
    return form.changes()
