"""What a document says, in printing order: the one source of workbook, PDF, preview and screen (GST.md section 3, R7).

Amounts stay paise, so that each medium writes them in its own way; everything else is text as it is printed.
"""

from __future__ import annotations

from dataclasses import dataclass

from billing.exchange.paper.declarations import declarations, is_bill_of_supply, warnings
from billing.invoicing.sac_groups import by_sac
from billing.invoicing.states import UNION_TERRITORIES, state_label
from billing.invoicing.tax import half_percent_text, percent_text
from billing.money import group_indian, words
from billing.schemas.invoices import (
    ChargeLevel,
    InvoiceDocument,
    InvoiceLine,
    InvoiceStatus,
    PartyPrint,
    TaxGroup,
    TaxKind,
)

ORIGINAL, DUPLICATE = "Original for recipient", "Duplicate for supplier"
COPIES = {"original": (ORIGINAL,), "duplicate": (DUPLICATE,), "both": (ORIGINAL, DUPLICATE)}
"""Rule 48(2): services are invoiced in two copies."""

NOTES = frozenset({"CREDIT_NOTE", "DEBIT_NOTE"})
_WATERMARKS = {
    InvoiceStatus.DRAFT: "DRAFT", InvoiceStatus.APPROVED: "NOT ISSUED", InvoiceStatus.VOID: "VOID",
}  # fmt: skip
_NUMBER_LABELS = {
    "CREDIT_NOTE": "Credit note", "DEBIT_NOTE": "Debit note", "STATEMENT": "Statement", "SELF_INVOICE": "Self-invoice",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PrintedParty:
    """One side: what stands over it, its name, and the lines under the name."""

    heading: str
    name: str
    address: tuple[str, ...]
    registration: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One charge; `quantity` None is a charge without one, `percent` is empty where it is untaxed."""

    position: int
    description: str
    sac: str
    quantity: int | None
    unit: str
    percent: str
    amount: int


@dataclass(frozen=True, slots=True)
class TaxRow:
    """Taxable value and tax of one SAC at one rate; `taxes` are (name, percent, paise) of each kind of tax."""

    sac: str
    percent: str
    taxable: int
    taxes: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One amount under the lines; `key` names it for the sheet that adds it up again."""

    key: str
    label: str
    amount: int


@dataclass(frozen=True, slots=True)
class Printed:
    """A document in printing order."""

    title: str
    subtitle: str
    copy: str
    state: str
    watermark: str
    supplier: PrintedParty
    recipient: PrintedParty
    facts: tuple[tuple[str, str], ...]
    lines: tuple[PrintedLine, ...]
    tax_names: tuple[str, ...]
    tax_rows: tuple[TaxRow, ...]
    figures: tuple[Figure, ...]
    total: Figure
    memo: tuple[Figure, ...]
    words: str
    bank: str
    declarations: tuple[str, ...]
    warnings: tuple[str, ...]
    signature: tuple[str, ...]
    registration: tuple[tuple[str, str], ...]
    qr: str
    anchor: str
    headline: str
    footer: str


def content_of(document: InvoiceDocument, trip_count: int, *, copy: str = ORIGINAL) -> Printed:
    """The document in words and figures; `trip_count` are the trips of its annexure."""
    totals, rates = document.draft.totals, dict(document.unit_rates)
    head = document.letterhead
    return Printed(
        title=document.title,
        subtitle=_subtitle(document),
        copy="" if _is_statement(document) else copy,
        state=_state(document),
        watermark=watermark_of(document),
        supplier=_party("Supplier", document.supplier),
        recipient=_party("Billed to", document.recipient),
        facts=_facts(document),
        lines=tuple(_line(document, line, rates.get(line.position, "")) for line in document.draft.lines),
        tax_names=tax_names(document),
        tax_rows=_tax_rows(document),
        figures=figures_of(document),
        total=Figure("total", "Total credit" if _is_credit(document) else "Total payable", totals.total),
        memo=_memo(document),
        words=words(totals.total),
        bank="" if _is_credit(document) else document.supplier.bank,
        declarations=(*declarations(document), annexure_note(trip_count)),
        warnings=warnings(document),
        signature=_signature(document),
        registration=_registration(document),
        qr=document.einvoice.signed_qr if document.einvoice and not document.einvoice.is_cancelled else "",
        anchor=_anchor(document),
        headline=head.headline if head else "",
        footer=head.footer if head else "",
    )


def registration_text(party: PartyPrint) -> str:
    """GSTIN and PAN in one line; a missing GSTIN is said, because it decides what the document is."""
    parts = [f"GSTIN {party.gstin}" if party.gstin else "GSTIN not recorded"]
    pan = party.pan or (party.gstin[2:12] if party.gstin else None)
    if pan:
        parts.append(f"PAN {pan}")
    return "   ".join(parts)


def state_text(code: str | None) -> str:
    """`29 Karnataka`: the state's code and its name, as Rule 46 wants both."""
    return state_label(code) or "not recorded"


def number_label(document: InvoiceDocument) -> str:
    """`Invoice number`, `Credit note number`..."""
    return f"{_NUMBER_LABELS.get(document.doc_type, 'Invoice')} number"


def annexure_note(trip_count: int) -> str:
    """What comes with the document."""
    if not trip_count:
        return "No trips belong to this document."
    return f"Annexure: {group_indian(trip_count)} trip{'' if trip_count == 1 else 's'}, which add up to this document."


def _party(heading: str, party: PartyPrint) -> PrintedParty:
    address = tuple(part for part in party.address.split("\n") if part)
    if not party.gstin and not party.state_code:
        return PrintedParty(heading, party.name, address, (registration_text(party),))
    return PrintedParty(
        heading, party.name, address, (registration_text(party), f"State: {state_text(party.state_code)}")
    )


def watermark_of(document: InvoiceDocument) -> str:
    """The word across a document that may not be taken for one in force; empty for an issued one."""
    return _WATERMARKS.get(document.status, "")


def _is_credit(document: InvoiceDocument) -> bool:
    return document.doc_type == "CREDIT_NOTE"


def _is_statement(document: InvoiceDocument) -> bool:
    """A statement or a note to one: the client's own paper."""
    return "STATEMENT" in (document.doc_type, document.corrects_type)


def _subtitle(document: InvoiceDocument) -> str:
    if document.is_commercial:
        return "Without GST: the tax of the invoice stays as it is"
    if document.corrects_type == "STATEMENT":
        return "Not a tax document"
    return {
        "STATEMENT": "Not a tax invoice",
        "SELF_INVOICE": "Issued by the recipient, section 31(3)(f)",
        "CREDIT_NOTE": "Section 34(1), Rule 53",
        "DEBIT_NOTE": "Section 34(3), Rule 53",
    }.get(document.doc_type, "")


def _state(document: InvoiceDocument) -> str:
    return {
        InvoiceStatus.DRAFT: "Draft, not yet issued",
        InvoiceStatus.APPROVED: "Approved, not yet issued",
        InvoiceStatus.VOID: "VOID",
    }.get(document.status, "")


def _facts(document: InvoiceDocument) -> tuple[tuple[str, str], ...]:
    """The document's own facts, label and value; the most wanted first."""
    nature = document.draft.nature
    waits = "given when issued"
    facts = [
        (number_label(document), document.number or waits),
        ("Date", f"{document.invoice_date:%d-%m-%Y}" if document.number else waits),
        ("Billing period", f"{document.period_from:%d-%m-%Y} to {document.period_to:%d-%m-%Y}"),
        ("Place of supply", state_text(nature.place_of_supply)),
        ("Reverse charge", "Yes" if document.draft.reverse_charge else "No"),
        ("Contract", document.contract_name),
    ]
    if document.po_number:
        facts.append(("Purchase order", document.po_number))
    if document.corrects:
        label = "Original invoice" if len(document.corrects) == 1 else "Original invoices"
        facts.append((label, "; ".join(f"{one.number} of {one.invoice_date:%d-%m-%Y}" for one in document.corrects)))
    if document.follows:
        facts.append(("Follows credit note", f"{document.follows.number} of {document.follows.invoice_date:%d-%m-%Y}"))
    if document.reason:
        facts.append(("Reason", document.reason))
    return tuple(facts)


def _line(document: InvoiceDocument, line: InvoiceLine, rate: str) -> PrintedLine:
    is_trip = line.level is ChargeLevel.TRIP
    quantity = line.count if is_trip else 1 if line.code == "MONTHLY_FEE" else None
    unit = ("trip" if line.count == 1 else "trips") if is_trip else "month" if quantity else ""
    percent = percent_text(line.percent_milli) if line.is_taxable and not document.is_commercial else ""
    description = f"{line.description}, {rate}" if rate else line.description
    return PrintedLine(line.position, description, line.sac, quantity, unit, percent, line.amount)


def tax_names(document: InvoiceDocument) -> tuple[str, ...]:
    """The kinds of tax on this document: CGST and SGST (UTGST in five territories), IGST, or GST without a split.

    None on a bill of supply (Rule 49) and on a commercial credit.
    """
    kind = document.draft.nature.kind
    if document.is_commercial or is_bill_of_supply(document):
        return ()
    if kind is TaxKind.CGST_SGST:
        is_territory = (document.supplier.state_code or "") in UNION_TERRITORIES
        return "CGST", "UTGST" if is_territory else "SGST"
    return ("IGST" if kind is TaxKind.IGST else "GST",)


def _amounts(group: TaxGroup, names: tuple[str, ...]) -> tuple[int, ...]:
    return (group.cgst, group.sgst) if len(names) == 2 else (group.tax,)


def _rate(group: TaxGroup, names: tuple[str, ...]) -> str:
    return half_percent_text(group.percent_milli) if len(names) == 2 else percent_text(group.percent_milli)


def _tax_rows(document: InvoiceDocument) -> tuple[TaxRow, ...]:
    """One row for each (SAC, rate); where a rate has several SACs its tax is spread by largest remainder."""
    names = tax_names(document)
    rows = []
    if not names:
        return ()
    for sac, part in by_sac(document.draft.tax_groups, document.draft.lines):
        amounts = zip(names, _amounts(part, names), strict=True)
        taxes = tuple((name, _rate(part, names), amount) for name, amount in amounts)
        rows.append(TaxRow(sac, percent_text(part.percent_milli), part.taxable, taxes))
    return tuple(rows)


def figures_of(document: InvoiceDocument) -> tuple[Figure, ...]:
    """The amounts between the lines and the total; together they are the total."""
    totals, names = document.draft.totals, tax_names(document)
    keys = ("cgst", "sgst") if len(names) == 2 else ("igst",)
    label = "Value without GST" if document.is_commercial else "Taxable value" if names else "Value of supply"
    figures = [Figure("taxable", label, totals.taxable)]
    for group in document.draft.tax_groups if names else ():
        for key, name, amount in zip(keys, names, _amounts(group, names), strict=True):
            figures.append(Figure(f"{key}:{group.percent_milli}", f"{name} {_rate(group, names)} %", amount))
    if totals.non_taxable:
        figures.append(Figure("non_taxable", "Untaxed, at cost", totals.non_taxable))
    if totals.round_off:
        figures.append(Figure("round_off", "Round off", totals.round_off))
    return tuple(figures)


def _memo(document: InvoiceDocument) -> tuple[Figure, ...]:
    """What does not change the total: tax under reverse charge, tax withheld."""
    totals, memo = document.draft.totals, []
    if document.draft.reverse_charge:
        label = "Tax of the recipient falls by" if _is_credit(document) else "Tax payable by recipient"
        memo.append(Figure("rcm", label, totals.rcm_tax))
    if totals.tds:
        memo += [
            Figure("tds", "TDS deductible", totals.tds),
            Figure("net", "Net payable after TDS", totals.total - totals.tds),
        ]
    return tuple(memo)


def _signature(document: InvoiceDocument) -> tuple[str, ...]:
    """Whose document it is, and why nobody signs: the law on electronic records."""
    own = _is_statement(document) or "SELF_INVOICE" in (document.doc_type, document.corrects_type)
    by = document.recipient.name if own else document.supplier.name
    if document.status is not InvoiceStatus.ISSUED:
        return (f"For {by}",)
    return f"For {by}", "Issued electronically, valid without signature", "(Information Technology Act, 2000)"


def _registration(document: InvoiceDocument) -> tuple[tuple[str, str], ...]:
    """IRN, acknowledgement number and time, where the portal gave them."""
    found = document.einvoice
    if found is None:
        return ()
    facts = [("IRN", found.irn), ("Ack. no.", found.ack_no), ("Ack. date", f"{found.ack_date:%d-%m-%Y %H:%M}")]
    return tuple([*facts, ("E-invoice", "cancelled on the portal")] if found.is_cancelled else facts)


def _anchor(document: InvoiceDocument) -> str:
    found = document.anchor
    return f"Audit log {found.chain}, entry {found.seq}: {found.hash}" if found else ""
