"""GSTR-1 of one supplier for one month: the sheets of the offline tool and the portal's JSON (GST.md section 10).

Amounts are settled once, per (document, SAC, rate), and only summed afterwards, so that every table adds up to the
documents. Invoices, credit and debit notes to registered buyers; what has no GSTIN is left out and counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from billing.exchange.paper.declarations import is_bill_of_supply
from billing.exchange.returns.data_sheet import DataSheet, Value
from billing.invoicing.sac_groups import owed_by_sac
from billing.invoicing.states import STATE_NAMES
from billing.schemas.invoices import InvoiceDocument, InvoiceStatus, TaxGroup

SPLIT_FROM = date(2025, 5, 1)
"""From this return on table 12 is told apart by registered and other buyers."""

_NOTES = {"CREDIT_NOTE": "C", "DEBIT_NOTE": "D"}
_COUNTED = {
    "INVOICE": (1, "Invoices for outward supply"), "DEBIT_NOTE": (4, "Debit Note"), "CREDIT_NOTE": (5, "Credit Note"),
}  # fmt: skip
_SERVICES = {"9966": "Renting of road vehicle with operator", "9964": "Passenger transport"}
_NAMED = ("statement", "self-invoice", "commercial credit note")
"""Documents that no table of amounts has, notes to them included."""

_OTHER_SERIES = ("STATEMENT", "SELF_INVOICE")
"""What these are corrected with has series of its own and is no document of the supplier's return."""

_COUNTER = re.compile(r"[0-9]+$")
_KINDS = {"R": "Regular B2B", "SEWP": "SEZ supplies with payment", "SEWOP": "SEZ supplies without payment"}
B2B = (
    "GSTIN/UIN of Recipient", "Receiver Name", "Invoice Number", "Invoice date", "Invoice Value", "Place Of Supply",
    "Reverse Charge", "Applicable % of Tax Rate", "Invoice Type", "E-Commerce GSTIN", "Rate", "Taxable Value",
    "Cess Amount",
)  # fmt: skip
CDNR = (
    "GSTIN/UIN of Recipient", "Receiver Name", "Note Number", "Note Date", "Note Type", "Place Of Supply",
    "Reverse Charge", "Note Supply Type", "Note Value", "Applicable % of Tax Rate", "Rate", "Taxable Value",
    "Cess Amount",
)  # fmt: skip
HSN = (
    "HSN", "Description", "UQC", "Total Quantity", "Total Value", "Rate", "Taxable Value", "Integrated Tax Amount",
    "Central Tax Amount", "State/UT Tax Amount", "Cess Amount",
)  # fmt: skip
DOCS = ("Nature of Document", "Sr. No. From", "Sr. No. To", "Total Number", "Cancelled")


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The numbers of one series used in the month; `cancelled` of them belong to void documents."""

    doc_type: str
    first: str
    last: str
    total: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class Gstr1:
    """What one supplier's return says: its documents in order, number ranges, what was left out and why."""

    gstin: str
    name: str
    month: date
    documents: tuple[InvoiceDocument, ...]
    ranges: tuple[NumberRange, ...]
    warnings: tuple[str, ...] = ()
    hsn: tuple[tuple[str, TaxGroup], ...] = field(default=())


def gstr1_of(gstin: str, month: date, documents: Sequence[InvoiceDocument]) -> Gstr1:
    """The return over all numbered documents of the supplier and month, void ones included."""
    ranges = _ranges(documents)
    counted: list[InvoiceDocument] = []
    left_out = dict.fromkeys((*_NAMED, "without the buyer's GSTIN", "without tax"), 0)
    for document in documents:
        reason = _why_left_out(document)
        if reason:
            left_out[reason] += 1
        elif document.status is not InvoiceStatus.VOID:
            counted.append(document)
    warnings = [f"{count} {_plural(what, count)} left out of GSTR-1." for what, count in left_out.items() if count]
    name = documents[0].supplier.name if documents else ""
    return Gstr1(gstin, name, month, tuple(counted), ranges, tuple(warnings), _hsn(counted))


def _plural(what: str, count: int) -> str:
    if what in _NAMED:
        return what + ("s" if count > 1 else "")
    return f"document{'s' if count > 1 else ''} {what}"


def _why_left_out(document: InvoiceDocument) -> str:
    """Why a document is in no table of amounts; empty when it is."""
    if "STATEMENT" in (document.doc_type, document.corrects_type):
        return "statement"
    if "SELF_INVOICE" in (document.doc_type, document.corrects_type):
        return "self-invoice"
    if document.is_commercial:
        return "commercial credit note"
    if not document.recipient.gstin:
        return "without the buyer's GSTIN"
    return "without tax" if not document.draft.tax_groups or is_bill_of_supply(document) else ""


def _by_rate(document: InvoiceDocument) -> list[TaxGroup]:
    return sorted(
        _added([("", group) for _, group in owed_by_sac(document.draft)]).values(), key=lambda one: one.percent_milli
    )


def _added(parts: Sequence[tuple[str, TaxGroup]]) -> dict[tuple[str, int], TaxGroup]:
    sums: dict[tuple[str, int], TaxGroup] = {}
    for sac, one in parts:
        key = sac, one.percent_milli
        old = sums.get(key, TaxGroup(one.percent_milli, 0, 0, 0, 0, 0))
        sums[key] = TaxGroup(
            one.percent_milli, old.taxable + one.taxable, old.cgst + one.cgst, old.sgst + one.sgst,
            old.igst + one.igst, old.tax + one.tax,
        )  # fmt: skip
    return sums


def _hsn(documents: Sequence[InvoiceDocument]) -> tuple[tuple[str, TaxGroup], ...]:
    """Table 12: invoices and debit notes less credit notes, by (SAC, rate)."""
    parts = []
    for document in documents:
        sign = -1 if document.doc_type == "CREDIT_NOTE" else 1
        for sac, one in owed_by_sac(document.draft):
            amounts = (sign * one.taxable, sign * one.cgst, sign * one.sgst, sign * one.igst, sign * one.tax)
            parts.append((sac, TaxGroup(one.percent_milli, *amounts)))
    return tuple((sac, group) for (sac, _), group in sorted(_added(parts).items()))


def _ranges(documents: Sequence[InvoiceDocument]) -> tuple[NumberRange, ...]:
    """Table 13: each series' numbers, first to last; void ones are counted, gaps never hidden."""
    series: dict[tuple[str, str], list[InvoiceDocument]] = {}
    for document in documents:
        number = document.number or ""
        if document.doc_type in _COUNTED and document.corrects_type not in _OTHER_SERIES:
            series.setdefault((document.doc_type, _COUNTER.sub("", number)), []).append(document)
    ranges = []
    for (doc_type, _), members in series.items():
        members.sort(key=lambda one: _counter(one.number or ""))
        first, last = members[0].number or "", members[-1].number or ""
        cancelled = sum(one.status is InvoiceStatus.VOID for one in members)
        ranges.append(NumberRange(doc_type, first, last, len(members), cancelled))
    return tuple(sorted(ranges, key=lambda one: (_COUNTED[one.doc_type][0], one.first)))


def _counter(number: str) -> int:
    found = _COUNTER.search(number)
    return int(found[0]) if found else 0


def kind_of(document: InvoiceDocument) -> str:
    """The portal's invoice type: R, SEWP or SEWOP."""
    if not document.recipient.is_sez:
        return "R"
    return "SEWP" if document.draft.totals.tax else "SEWOP"


def sheets_of(content: Gstr1) -> list[DataSheet]:
    """The sheets as the offline tool of that month takes them."""
    invoices = [one for one in content.documents if one.doc_type == "INVOICE"]
    notes = [one for one in content.documents if one.doc_type in _NOTES]
    hsn = tuple(_hsn_row(sac, group) for sac, group in content.hsn)
    split = content.month >= SPLIT_FROM
    tables = (
        [DataSheet("hsn(b2b)", HSN, hsn), DataSheet("hsn(b2c)", HSN, ())] if split else [DataSheet("hsn", HSN, hsn)]
    )
    return [
        DataSheet("b2b,sez,de", B2B, tuple(row for one in invoices for row in _b2b_rows(one))),
        DataSheet("cdnr", CDNR, tuple(row for one in notes for row in _cdnr_rows(one))),
        *tables,
        DataSheet("docs", DOCS, tuple(_docs_row(one) for one in content.ranges)),
    ]


def _place(document: InvoiceDocument) -> str:
    code = document.draft.nature.place_of_supply or ""
    return f"{code}-{STATE_NAMES.get(code, '')}"


def _common(document: InvoiceDocument) -> tuple[str, str, str, date]:
    recipient = document.recipient
    return recipient.gstin or "", recipient.name, document.number or "", document.invoice_date


def _charge(document: InvoiceDocument) -> str:
    return "Y" if document.draft.reverse_charge else "N"


def _b2b_rows(document: InvoiceDocument) -> list[tuple[Value, ...]]:
    total = _rupees(document.draft.totals.total)
    head = (*_common(document), total, _place(document), _charge(document), None, _KINDS[kind_of(document)], None)
    return [(*head, _rate(group), _rupees(group.taxable), None) for group in _by_rate(document)]


def _cdnr_rows(document: InvoiceDocument) -> list[tuple[Value, ...]]:
    words = (_NOTES[document.doc_type], _place(document), _charge(document), _KINDS[kind_of(document)])
    head = (*_common(document), *words, _rupees(document.draft.totals.total), None)
    return [(*head, _rate(group), _rupees(group.taxable), None) for group in _by_rate(document)]


def _hsn_row(sac: str, group: TaxGroup) -> tuple[Value, ...]:
    amounts = (group.igst, group.cgst, group.sgst)
    total = group.taxable + group.tax
    return (
        sac, _SERVICES.get(sac[:4], "Transport service"), "NA", 0, _rupees(total), _rate(group), _rupees(group.taxable),
        *(_rupees(amount) for amount in amounts), None,
    )  # fmt: skip


def _docs_row(one: NumberRange) -> tuple[Value, ...]:
    return _COUNTED[one.doc_type][1], one.first, one.last, one.total, one.cancelled


def json_of(content: Gstr1) -> dict[str, Any]:
    """The return in the portal's JSON; numbers are exact Decimals."""
    invoices = [one for one in content.documents if one.doc_type == "INVOICE"]
    notes = [one for one in content.documents if one.doc_type in _NOTES]
    rows = [_hsn_json(place, sac, group) for place, (sac, group) in enumerate(content.hsn, start=1)]
    hsn = {"hsn_b2b": rows} if content.month >= SPLIT_FROM else {"data": rows}
    parts: dict[str, Any] = {
        "b2b": _by_buyer(invoices, "inv", _invoice_json), "cdnr": _by_buyer(notes, "nt", _note_json),
        "hsn": hsn if rows else None, "doc_issue": _docs_json(content.ranges),
    }  # fmt: skip
    head = {"gstin": content.gstin, "fp": f"{content.month:%m%Y}", "version": "GST3.2.1", "hash": "hash"}
    return {**head, **{name: part for name, part in parts.items() if part}}


def _by_buyer(documents: Sequence[InvoiceDocument], key: str, make: Any) -> list[dict[str, Any]]:
    buyers: dict[str, list[InvoiceDocument]] = {}
    for document in documents:
        buyers.setdefault(document.recipient.gstin or "", []).append(document)
    return [{"ctin": gstin, key: [make(one) for one in members]} for gstin, members in buyers.items()]


def _shared_json(document: InvoiceDocument) -> dict[str, Any]:
    return {
        "val": _rupees(document.draft.totals.total), "pos": document.draft.nature.place_of_supply or "",
        "rchrg": _charge(document), "inv_typ": kind_of(document),
        "itms": [_item_json(one) for one in _by_rate(document)],
    }  # fmt: skip


def _invoice_json(document: InvoiceDocument) -> dict[str, Any]:
    head = {"inum": document.number, "idt": f"{document.invoice_date:%d-%m-%Y}"}
    return {**head, **_shared_json(document)}


def _note_json(document: InvoiceDocument) -> dict[str, Any]:
    head = {"ntty": _NOTES[document.doc_type], "nt_num": document.number, "nt_dt": f"{document.invoice_date:%d-%m-%Y}"}
    return {**head, **_shared_json(document)}


def _item_json(group: TaxGroup) -> dict[str, Any]:
    """`num` is the rate in hundredths and 1, as the portal numbers them."""
    taxes = {"iamt": _rupees(group.igst)} if group.igst or not group.cgst else {}
    taxes |= {"camt": _rupees(group.cgst), "samt": _rupees(group.sgst)} if group.cgst else {}
    detail = {"txval": _rupees(group.taxable), "rt": _rate(group), **taxes, "csamt": 0}
    return {"num": group.percent_milli // 10 + 1, "itm_det": detail}


def _hsn_json(place: int, sac: str, group: TaxGroup) -> dict[str, Any]:
    return {
        "num": place, "hsn_sc": sac, "desc": _SERVICES.get(sac[:4], "Transport service"), "uqc": "NA", "qty": 0,
        "rt": _rate(group), "txval": _rupees(group.taxable), "iamt": _rupees(group.igst), "camt": _rupees(group.cgst),
        "samt": _rupees(group.sgst), "csamt": 0,
    }  # fmt: skip


def _docs_json(ranges: Sequence[NumberRange]) -> dict[str, Any] | None:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for one in ranges:
        rows = kinds.setdefault(one.doc_type, [])
        rows.append({
            "num": len(rows) + 1, "from": one.first, "to": one.last, "totnum": one.total, "cancel": one.cancelled,
            "net_issue": one.total - one.cancelled,
        })  # fmt: skip
    if not kinds:
        return None
    return {"doc_det": [
        {"doc_num": _COUNTED[kind][0], "doc_typ": _COUNTED[kind][1], "docs": rows} for kind, rows in kinds.items()
    ]}  # fmt: skip


def _rupees(paise: int) -> Decimal:
    return Decimal(paise).scaleb(-2)


def _rate(group: TaxGroup) -> Decimal:
    return Decimal(group.percent_milli).scaleb(-3).normalize() + 0
