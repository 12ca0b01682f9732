"""A stored invoice as it is printed: parties, lines, totals, rules, and the rows that add up to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from billing.exchange.paper.declarations import is_bill_of_supply
from billing.invoicing.doc_types import sign_of, title_of
from billing.invoicing.draft import assemble
from billing.invoicing.lines import describe
from billing.invoicing.spread import spread_by_group
from billing.rules.wording import rules_in_words
from billing.schemas.annexure import Annexure, PeriodRow
from billing.schemas.invoices import (
    AuditAnchor,
    ChargeLevel,
    CorrectedInvoice,
    InvoiceDocument,
    InvoiceDraft,
    InvoiceLine,
    InvoiceStatus,
    InvoiceTotals,
    PartyPrint,
    TaxGroup,
    TaxKind,
    TaxNature,
    VersionPrint,
)
from billing.schemas.rating import LINE_BIT
from billing.services.month_inputs import next_month

if TYPE_CHECKING:
    from billing.store.invoices import StoredInvoice
    from billing.store.unit_of_work import UnitOfWork

_KINDS = {"INTRA": TaxKind.CGST_SGST, "INTER": TaxKind.IGST, "UNKNOWN": TaxKind.SINGLE}
_PIN_AT_END = re.compile(r"^(?P<city>.*?)\s*(?P<pin>[1-9][0-9]{5})?$")


def document_of(uow: UnitOfWork, stored: StoredInvoice) -> InvoiceDocument:
    """The printed document: an issued one from what was frozen with it, a draft from the tables as they are."""
    frozen = (
        stored.snapshot if stored.snapshot.get("supplier") else uow.papers.facts(stored.client_id, stored.contract_id)
    )
    supplier, recipient = party_of(frozen["supplier"]), party_of(frozen["recipient"])
    contract = frozen["contract"]
    month = stored.summary.month
    document = InvoiceDocument(
        invoice_id=stored.summary.invoice_id,
        title="",
        status=stored.summary.status,
        number=stored.summary.number,
        invoice_date=stored.summary.invoice_date or month,
        period_from=month,
        period_to=next_month(month) - timedelta(days=1),
        supplier=supplier,
        recipient=recipient,
        contract_name=contract["name"],
        sac=stored.figures["sac"],
        draft=draft_as_stored(stored),
        time_zone=frozen["time_zone"],
        versions=tuple(_version(version, ZoneInfo(frozen["time_zone"])) for version in stored.inputs_versions()),
        notes=_notes(stored),
        issued_at=stored.summary.issued_at,
        issued_by=stored.issued_by,
        engine_version=str(stored.engine_version),
        run_id=stored.summary.run_id,
        doc_type=stored.doc_type,
    )
    return _with_papers(uow, stored, frozen, document)


def _with_papers(
    uow: UnitOfWork, stored: StoredInvoice, frozen: Mapping[str, Any], document: InvoiceDocument
) -> InvoiceDocument:
    """The document with what it refers to, declares and is registered as, and with its title."""
    contract, head = frozen["contract"], frozen["supplier"].get("letterhead")
    answer = uow.papers.einvoice(stored.client_id, stored.summary.invoice_id) if stored.summary.number else None
    document = replace(
        document,
        corrects=_corrects(stored),
        follows=_follows(stored),
        corrects_type=stored.figures["corrects_doc_type"] or "",
        is_commercial=bool(stored.figures["commercial"]),
        reason=str(stored.snapshot.get("reason") or stored.figures.get("note_reason") or ""),
        po_number=contract.get("po_number") or "",
        fuel_included=contract.get("fuel_included", True),
        itc_option=contract.get("itc_option", "RESTRICTED"),
        mode=frozen.get("mode", "FOR_VENDOR"),
        authority=_authority(frozen.get("authority") or {}),
        einvoice_liable=bool(frozen["supplier"].get("einvoice_liable")),
        tax_to_rupee=stored.figures["tax_to_rupee"],
        aato=frozen["supplier"].get("aato"),
        anchor=_anchor(stored),
        einvoice=answer.printed() if answer else None,
        letterhead=uow.papers.letterhead(UUID(head)) if head else None,
    )
    return replace(document, title=_title(document))


def _title(document: InvoiceDocument) -> str:
    """What the document may call itself: without both GSTINs it is no tax invoice (GST.md R0)."""
    if document.doc_type != "INVOICE":
        return title_of(document.doc_type, corrects=document.corrects_type, commercial=document.is_commercial)
    if document.supplier.gstin and is_bill_of_supply(document):
        return "Bill of supply"
    return "Tax invoice" if document.supplier.gstin and document.recipient.gstin else "Invoice"


def party_of(frozen: Mapping[str, Any]) -> PartyPrint:
    """A party as it is printed. Documents of older versions froze the address as text only: it is taken apart again."""
    parts = {name: frozen.get(name) or "" for name in ("address_1", "address_2", "city")}
    pin, text = frozen.get("pin"), frozen.get("address")
    if text is None:
        street = ", ".join(part for part in (parts["address_1"], parts["address_2"]) if part)
        town = " ".join(part for part in (parts["city"], pin) if part)
        text = "\n".join(part for part in (street, town) if part)
    elif "address_1" not in frozen:
        street, _, town = text.rpartition("\n") if "\n" in text else (text, "", "")
        found = _PIN_AT_END.match(town)
        parts["address_1"], parts["city"] = street, found["city"] if found else town
        pin = found["pin"] if found else None
    until = frozen.get("lut_until")
    return PartyPrint(
        name=frozen["name"], code=frozen.get("code") or "", address=text, gstin=frozen.get("gstin"),
        pan=frozen.get("pan"), state_code=frozen.get("state_code"), **parts, pin=pin, bank=frozen.get("bank") or "",
        is_sez=bool(frozen.get("is_sez")), lut_no=frozen.get("lut_no"),
        lut_until=date.fromisoformat(until) if until else None,
    )  # fmt: skip


def _authority(frozen: Mapping[str, Any]) -> str:
    """The vendor's written authority to issue for it."""
    if not frozen.get("ref"):
        return ""
    since = f" of {date.fromisoformat(frozen['from']):%d-%m-%Y}" if frozen.get("from") else ""
    return f"authority {frozen['ref']}{since}"


def _corrects(stored: StoredInvoice) -> tuple[CorrectedInvoice, ...]:
    """The document that a note corrects: as frozen with the note, else as the draft refers to it now."""
    frozen, figures = stored.snapshot.get("original"), stored.figures
    if frozen and frozen.get("number"):
        day = date.fromisoformat(frozen["date"])
        return (CorrectedInvoice(frozen["number"], day, UUID(frozen["id"]) if frozen.get("id") else None),)
    if figures.get("corrects_number"):
        return (CorrectedInvoice(figures["corrects_number"], figures["corrects_date"], figures.get("corrects_id")),)
    return ()


def _follows(stored: StoredInvoice) -> CorrectedInvoice | None:
    frozen = stored.snapshot.get("follows")
    return CorrectedInvoice(frozen["number"], date.fromisoformat(frozen["date"])) if frozen else None


def _anchor(stored: StoredInvoice) -> AuditAnchor | None:
    frozen = stored.snapshot.get("anchor")
    return AuditAnchor(stored.client_id, frozen["seq"], frozen["hash"]) if frozen else None


def _notes(stored: StoredInvoice) -> tuple[str, ...]:
    is_void = stored.summary.status is InvoiceStatus.VOID and stored.summary.void_reason
    return (f"Void: {stored.summary.void_reason}",) if is_void else ()


def draft_as_stored(stored: StoredInvoice) -> InvoiceDraft:
    """Lines, tax and totals as they are stored, checked against each other once more."""
    figures = stored.figures
    kind = _KINDS[figures["supply"]]
    # a note against lines has no trips: its lines stand alone
    level = ChargeLevel.PERIOD if figures["note_kind"] == "LINES" else None
    lines = tuple(
        InvoiceLine(
            line["line_no"],
            line["code"],
            level or ChargeLevel(line["source"]),
            line["description"],
            line["sac"],
            line["tax_milli"],
            line["taxable"],
            line["amount"],
            line["quantity"] or 0,
        )
        for line in stored.lines
    )
    totals = InvoiceTotals(
        **{name: figures[name] for name in ("taxable", "non_taxable", "tax", "cgst", "sgst", "igst", "round_off")},
        total=figures["total"],
        incentive=figures["incentive"],
        tds=figures["tds"],
        rcm_tax=figures["rcm_tax"],
    )
    nature = TaxNature(kind, figures["place_of_supply"], None if kind is TaxKind.SINGLE else kind is TaxKind.IGST, "")
    return assemble(lines, _groups(stored, kind), totals, nature, reverse_charge=figures["reverse_charge"])


def _groups(stored: StoredInvoice, kind: TaxKind) -> tuple[TaxGroup, ...]:
    """The tax of each rate: the sums of its lines' parts, which were spread from it."""
    sums: dict[int, list[int]] = {}
    for line in stored.lines:
        if line["taxable"]:
            cell = sums.setdefault(line["tax_milli"], [0, 0, 0, 0, 0])
            for place, name in enumerate(("amount", "cgst", "sgst", "igst", "tax")):
                cell[place] += line[name]
    return tuple(TaxGroup(percent, *cell) for percent, cell in sorted(sums.items()))


def _version(version: Mapping[str, Any], zone: ZoneInfo) -> VersionPrint:
    from datetime import datetime

    def day(text: str | None) -> date | None:
        return datetime.fromisoformat(text).astimezone(zone).date() if text else None

    begin = day(version["valid_from"])
    assert begin is not None
    rules = rules_in_words(version["rules_config"])
    return VersionPrint(version["version_number"], version["billing_model"], rules, begin, day(version["valid_until"]))


def annexure_of(uow: UnitOfWork, stored: StoredInvoice, document: InvoiceDocument) -> Annexure:
    """The trips and period charges of an invoice's run, with the bill's tax spread over them (TARIFF.md 1.6).

    Of a note its differences, positive in the direction of its type; one against lines has its lines alone.
    """
    client_id, run_id = stored.client_id, stored.summary.run_id
    rows = uow.ledger.rows(client_id, run_id)
    numbers, texts = _in_direction(rows.numbers, sign_of(stored.doc_type)), rows.texts
    period = _period_of(uow, stored)
    models = {version["version_number"]: version["billing_model"] for version in stored.inputs_versions()}
    taxable = numbers["taxable"]
    percents = np.concatenate([numbers["tax_milli"], [row["tax_milli"] for row in period]]).astype(np.int64)
    weights = np.concatenate([taxable, [row["amount"] for row in period]]).astype(np.int64)
    taxes = {group.percent_milli: group.tax for group in document.draft.tax_groups}
    shares = spread_by_group(taxes, percents, weights)
    count = len(taxable)
    charges, shown = _charges(numbers)
    return Annexure(
        trip_ids=texts["trip_id"],
        starts=numbers["start"],
        ends=numbers["end"],
        statuses=texts["status"],
        vehicles=texts["vehicle"],
        riders=texts["rider"],
        models=[models.get(number, "") for number in numbers["version_number"].tolist()],
        distances=numbers["distance_m"],
        versions=numbers["version_number"],
        percents=numbers["tax_milli"],
        charges=charges,
        taxable=taxable,
        tax=shares[:count],
        non_taxable=numbers["non_taxable"],
        incentive=numbers["incentive"],
        period_rows=_period_rows(period, shares[count:].tolist(), models),
        round_off=document.draft.totals.round_off,
        shown=shown,
    )


def _in_direction(numbers: Mapping[str, Any], sign: int) -> Mapping[str, Any]:
    """The ledger of a credit note is negative inside and positive on paper (GST.md 8)."""
    if sign > 0:
        return numbers
    signed = {"taxable", "non_taxable", "tax", "incentive", *(code.lower() for code in LINE_BIT)}
    return {name: -column if name in signed else column for name, column in numbers.items()}


def _period_of(uow: UnitOfWork, stored: StoredInvoice) -> list[dict[str, Any]]:
    """The run's charges of the month; a note against lines has none, so its lines stand for them."""
    if stored.figures["note_kind"] == "LINES":
        return [{**line, "version_number": 0, "slot": ""} for line in stored.lines]
    sign = sign_of(stored.doc_type)
    charges = uow.ledger.period(stored.client_id, stored.summary.run_id)
    return [{**row, "amount": sign * row["amount"]} for row in charges]


def _period_rows(
    period: Sequence[Mapping[str, Any]], taxes: Sequence[int], models: Mapping[int, str]
) -> tuple[PeriodRow, ...]:
    return tuple(
        PeriodRow(
            row["code"],
            row.get("description") or describe(row["code"], ChargeLevel.PERIOD),
            row["version_number"],
            row["slot"],
            row["tax_milli"],
            row["amount"],
            tax,
            models.get(row["version_number"], ""),
            row.get("taxable", True),
        )
        for row, tax in zip(period, taxes, strict=True)
    )


def _charges(numbers: Mapping[str, Any]) -> tuple[dict[tuple[str, bool], Any], dict[tuple[str, bool], Any]]:
    """Amounts and "has this line" of each (code, taxed) that any trip shows."""
    amounts: dict[tuple[str, bool], Any] = {}
    shown: dict[tuple[str, bool], Any] = {}
    for code, bit in LINE_BIT.items():
        column = numbers.get(code.lower())
        if column is None:
            continue
        has_line = (numbers["lines_shown"] & bit) != 0
        taxed = numbers.get(f"{code.lower()}_taxable")
        for is_taxed in (True, False):
            chosen = has_line if taxed is None else has_line & (taxed == is_taxed)
            if (is_taxed or taxed is not None) and chosen.any():
                amounts[code, is_taxed] = np.where(chosen, column, 0)
                shown[code, is_taxed] = chosen
    return amounts, shown
