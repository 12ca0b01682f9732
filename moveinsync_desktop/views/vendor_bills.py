"""Vendor bills: the vendors' own bills beside ours, bucket by bucket, disputes, and what is paid out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QStackedWidget

from billing.schemas.vendor_bills import BUCKETS
from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.models.vendor_bill_rows import (
    BILL_COLUMNS,
    BUCKET_TABS,
    DISPUTE_COLUMNS,
    LINE_COLUMNS,
    BillRow,
    period_words,
)
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.vendor_bill_deeds import BillDeeds
from moveinsync_desktop.views.vendor_bill_line import LinePanel
from moveinsync_desktop.views.vendor_papers import VendorPapers
from moveinsync_desktop.views.widgets import (
    Button,
    DataTable,
    KeyFigure,
    KeyStrip,
    MenuButton,
    MessageBar,
    Tab,
    TabBar,
    column,
    plain,
)

if TYPE_CHECKING:
    from billing.schemas.vendor_bills import BillLine, Dispute
    from billing.services.payouts import PayoutView
    from billing.services.vendor_bills import BillView

VIEWS = ("bills", "disputes", "notes", "payouts")


class VendorBillsScreen(Screen):
    """The list of bills and of open disputes; a bill in place of the list when it is opened."""

    id = "vendor_bills"
    title = "Vendor bills"
    tables = frozenset(
        {"vendor_bills", "vendor_bill_matches", "vendor_disputes", "vendor_payouts", "vendor_debit_notes"}
    )

    def build(self) -> None:
        """Header, list, detail."""
        self.view: BillView | None = None
        self.payout: PayoutView | None = None
        self.deeds = BillDeeds(self)
        self.papers = VendorPapers(self)
        self._wanted = ""
        self.context.navigator.client_changed.connect(self.show_list)
        self.more_button = MenuButton(
            "More",
            [
                ("Compare again", self.deeds.compare),
                ("Debit note…", self.papers.issue),
                None,
                ("Preview statement…", self.papers.preview_statement),
                ("Save bank file…", self.deeds.bank_file),
                None,
                ("Undo this import…", self.deeds.undo),
            ],
        )
        self.pay_button = Button("Pay out…", "primary", icon="hand-coins", on_click=self.deeds.pay, tip="Ctrl P")
        self.import_button = Button(
            "Import bill…", "primary", icon="upload", on_click=self.deeds.import_bill, tip="Ctrl I"
        )
        self.header.add_right(self.more_button, self.pay_button, self.import_button)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._list())
        self.stack.addWidget(self._detail())
        self.body.addWidget(self.stack, 1)
        self.panel = LinePanel(
            self.context, on_dispute=self.deeds.dispute_current, on_resolve=self.deeds.resolve,
            on_attach=self.deeds.attach, on_file=self.deeds.save_file, on_trip=self._open_trip,
        )  # fmt: skip
        self.panel.stepped.connect(self.lines.step)
        self.set_inspector(self.panel)
        self._offer()
        self.show_list()

    def _offer(self) -> None:
        edit = "vendor_bills.edit"
        self.add_action(
            Action("vb.import", "Import a vendor's bill…", self.deeds.import_bill, "Ctrl+I", icon="upload", needs=edit)
        )
        self.add_action(
            Action("vb.dispute", "Dispute the rows…", self.deeds.dispute_current, "Ctrl+D", icon="flag", needs=edit)
        )
        self.add_action(Action("vb.pay", "Pay out…", self.deeds.pay, "Ctrl+P", icon="hand-coins", needs="payouts.make"))
        self.add_action(
            Action("vb.compare", "Compare again", self.deeds.compare, "Ctrl+R", icon="refresh-cw", needs=edit)
        )
        self.add_action(
            Action("vb.note", "Debit note…", self.papers.issue, "Ctrl+Shift+D", icon="file-text", needs=edit)
        )
        self.add_action(
            Action("vb.statement", "Preview the payout statement…", self.papers.preview_statement, "Ctrl+Shift+P",
                   icon="printer", needs="payouts.make")
        )  # fmt: skip
        self.add_action(Action("vb.back", "Back to the list", self.show_list, "Alt+Left", icon="chevron-left"))

    def _list(self) -> Any:
        self.tabs = TabBar(
            [Tab("bills", "Bills"), Tab("disputes", "Open disputes", tone="disputed"), Tab("notes", "Debit notes"),
             Tab("payouts", "Payouts")]
        )  # fmt: skip
        self.tabs.chosen.connect(self._on_tab)
        self.bills, self.disputes = RowsModel(BILL_COLUMNS), RowsModel(DISPUTE_COLUMNS)
        settings, messages = self.context.settings, self.context.messages
        self.bill_table = DataTable(
            self.bills, name="vendor_bills", noun="bill", two_lines=True, settings=settings, messages=messages
        )
        self.bill_table.set_empty(
            "scale", "No vendor bills yet", "Import what a vendor sent; it is compared with your trips row by row.",
            [("Import bill…", self.deeds.import_bill)],
        )  # fmt: skip
        self.bill_table.opened.connect(lambda row: self.open_bill(str(row.id)))
        self.dispute_table = DataTable(
            self.disputes, name="vendor_disputes", noun="dispute", two_lines=True, settings=settings, messages=messages
        )
        self.dispute_table.set_empty("state:tick", "Nothing is in dispute", "Disputed rows of all bills stand here.")
        self.dispute_table.opened.connect(self._open_dispute)
        for model in (self.bills, self.disputes):
            model.set_reader(self.refresh)
        self.lists = QStackedWidget()
        for table in (self.bill_table, self.dispute_table, self.papers.note_table, self.papers.payout_table):
            self.lists.addWidget(table)
        return plain(column(self.tabs, self.lists))

    def _detail(self) -> Any:
        self._figures = [
            KeyFigure("Theirs before tax", rupee=True),
            KeyFigure("Ours before tax", rupee=True),
            KeyFigure("Difference", rupee=True),
            KeyFigure("Payable now", rupee=True),
        ]
        self.bar = MessageBar(inset=True)
        strip = KeyStrip(self._figures)
        strip.setFixedHeight(82)
        self.buckets = TabBar([Tab("", "All rows"), *(Tab(code, BUCKET_TABS[code]) for code in BUCKETS)])
        self.buckets.chosen.connect(lambda _key: self._fill_lines())
        self.line_model = RowsModel(LINE_COLUMNS)
        self.line_model.set_reader(self.refresh)
        self.lines = DataTable(
            self.line_model, name="vendor_bill_lines", noun="row", settings=self.context.settings,
            messages=self.context.messages, key="place",
        )  # fmt: skip
        self.lines.set_empty("state:tick", "No rows here", "Another bucket has them.")
        self.lines.current_changed.connect(self._show_line)
        self.lines.opened.connect(lambda line: self._open_trip(line.ref) if line.trip_id else None)
        if self.context.may("vendor_bills.edit"):
            self.lines.add_menu_item("Dispute…", self.deeds.dispute)
        return plain(column(column(strip, margins=(16, 12, 16, 4)), self.bar, self.buckets, self.lines))

    def refresh(self) -> None:
        """Read the lists, and the open bill, again."""
        session, client, papers = self.context.signed_in, self.client_text(), self.papers

        def read() -> Any:
            from billing.services.vendor_bills import list_bills
            from billing.services.vendor_settling import list_disputes

            return list_bills(session, client=client), list_disputes(session, client=client), papers.read(client)

        self.query(read, self._show_lists, on_error=self.bills.set_error)
        if self._wanted:
            self.open_bill(self._wanted)

    def open_with(self, **parameters: Any) -> None:
        """bill (id or number), or view: one of VIEWS."""
        if parameters.get("bill"):
            self.open_bill(str(parameters["bill"]))
            return
        self.show_list()
        if parameters.get("view") in VIEWS:
            self.tabs.set_current(str(parameters["view"]))
            self._on_tab(str(parameters["view"]))

    def client_text(self) -> str | None:
        """The chosen client as services take it."""
        return str(self.context.client_id) if self.context.client_id else None

    def show_list(self) -> None:
        """The list in place of a bill."""
        self._wanted, self.view, self.payout = "", None, None
        self.stack.setCurrentIndex(0)
        self.panel.hide()
        self.header.set_crumbs([], self.title)
        self.header.set_state("")
        for button in (self.more_button, self.pay_button):
            button.hide()
        self.import_button.setVisible(self.context.may("vendor_bills.edit"))

    def open_bill(self, bill: str) -> None:
        """A bill in place of the list."""
        self._wanted = bill
        session = self.context.signed_in

        def read() -> Any:
            from billing.services.payouts import read_payout
            from billing.services.vendor_bills import show_bill

            return show_bill(session, bill), read_payout(session, bill)

        self.query(read, self._show_bill, key="bill")

    def _show_lists(self, found: Any) -> None:
        bills, disputes, papers = found
        self.papers.show(papers)
        self.bills.set_rows([BillRow(bill) for bill in bills])
        self.disputes.set_rows(disputes)
        self.tabs.set_count("disputes", len(disputes))

    def _on_tab(self, key: str) -> None:
        self.lists.setCurrentIndex(VIEWS.index(key))

    def _show_bill(self, found: Any) -> None:
        view: BillView = found[0]
        payout: PayoutView = found[1]
        bill = view.bill
        if self._wanted not in (str(bill.id), bill.number):
            return
        is_new = self.view is None or self.view.bill.id != bill.id
        self.view, self.payout = view, payout
        self.stack.setCurrentIndex(1)
        self.header.set_crumbs([self.title], f"{bill.vendor_name}, {period_words(bill.first_day, bill.last_day)}")
        self.header.set_state(bill.state)
        self.import_button.hide()
        self.more_button.setVisible(self.context.may("vendor_bills.edit"))
        self.pay_button.setVisible(self.context.may("payouts.make"))
        self._show_figures(view, payout)
        for one in view.buckets:
            self.buckets.set_count(one.bucket, one.lines)
        if is_new:
            odd = next(
                (one.bucket for one in view.buckets if one.lines and one.bucket not in ("EXACT", "TOLERANCE")), ""
            )
            self.buckets.set_current(odd)
            self.panel.hide()
        self._fill_lines()

    def _show_figures(self, view: BillView, payout: PayoutView) -> None:
        bill = view.bill
        theirs, ours, apart, payable = self._figures
        theirs.set_figure(formats.rupees(bill.amount), note=formats.plural(bill.rows, "row"))
        ours.set_figure(formats.rupees(bill.ours_amount), note=f"tax {formats.rupees(bill.ours_tax)}")
        explained = sum(abs(one["explained"]) for one in view.causes if one["cause"])
        whole = sum(abs(one["difference"]) for one in view.causes)
        note = f"{formats.percent(min(explained, whole), whole)} explained" if whole else "they agree"
        apart.set_figure(formats.signed(formats.rupees(bill.amount - (bill.ours_amount or 0))), note=note)
        left = payout.payable.amount - payout.payable.paid_amount
        paid = f"{formats.rupees(payout.payable.paid_amount)} paid out" if payout.payable.paid_amount else "before tax"
        payable.set_figure(formats.rupees(left), note=paid)
        stated = bill.stated_total
        if stated is not None and stated not in (bill.amount, bill.amount + bill.tax):
            words = (
                f"The bill says ₹ {formats.money(stated)}, its rows come to ₹ {formats.money(bill.amount + bill.tax)}"
            )
            self.bar.show_message("warning", words)
        else:
            self.bar.hide()

    def _fill_lines(self) -> None:
        if self.view is not None:
            chosen = self.buckets.current
            self.line_model.set_rows([line for line in self.view.lines if not chosen or line.bucket == chosen])

    def _show_line(self, line: BillLine | None) -> None:
        if line is None or self.view is None:
            return
        self.panel.show_line(line)
        if line.dispute_id is not None:
            session, dispute = self.context.signed_in, str(line.dispute_id)

            def read() -> Any:
                from billing.services.vendor_settling import open_dispute

                return open_dispute(session, dispute)

            self.query(read, lambda found: self.panel.show_dispute(found[1], found[2]), key="dispute")

    def _open_dispute(self, dispute: Dispute) -> None:
        self.open_bill(str(dispute.bill_id))

    def _open_trip(self, ref: str) -> None:
        month = self.view.bill.first_day.replace(day=1) if self.view else self.context.month
        self.context.open("trips", ref=ref, month=month)
