"""A stored invoice as it is printed: parties, lines, totals, rules, and the rows that add up to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from billing.invoicing.draft import assemble
from billing.invoicing.lines import describe
from billing.invoicing.spread import spread_by_group
from billing.rules.wording import rules_in_words
from billing.schemas.annexure import Annexure, PeriodRow
from billing.schemas.invoices import (
    ChargeLevel,
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
_TITLES = {"STATEMENT": "Statement", "SELF_INVOICE": "Self-invoice"}


def document_of(uow: UnitOfWork, stored: StoredInvoice) -> InvoiceDocument:
    """The printed document: an issued one from what was frozen with it, a draft from the tables as they are."""
    facts = uow.invoices.parties(stored.client_id, stored.contract_id)
    frozen = stored.snapshot
    supplier = _party(frozen.get("supplier")) or _party_now(facts, "supplier")
    recipient = _party(frozen.get("recipient")) or _party_now(facts, "recipient")
    contract = frozen.get("contract") or {"name": facts["contract_name"], "po_number": facts["po_number"]}
    zone = frozen.get("time_zone") or facts["time_zone"]
    month = stored.summary.month
    name = contract["name"] + (f", PO {contract['po_number']}" if contract.get("po_number") else "")
    return InvoiceDocument(
        invoice_id=stored.summary.invoice_id,
        title=_title(stored.doc_type, supplier, recipient),
        status=stored.summary.status,
        number=stored.summary.number,
        invoice_date=stored.summary.invoice_date or month,
        period_from=month,
        period_to=next_month(month) - timedelta(days=1),
        supplier=supplier,
        recipient=recipient,
        contract_name=name,
        sac=stored.figures["sac"],
        draft=draft_as_stored(stored),
        time_zone=zone,
        versions=tuple(_version(version, ZoneInfo(zone)) for version in stored.inputs_versions()),
        notes=_notes(stored, facts, frozen),
        issued_at=stored.summary.issued_at,
        issued_by=stored.issued_by,
        engine_version=str(stored.engine_version),
        run_id=stored.summary.run_id,
    )


def _title(doc_type: str, supplier: PartyPrint, recipient: PartyPrint) -> str:
    """What the document may call itself: without both GSTINs it is no tax invoice (GST.md R0)."""
    if doc_type in _TITLES:
        return _TITLES[doc_type]
    return "Tax invoice" if supplier.gstin and recipient.gstin else "Invoice"


def _party(frozen: Mapping[str, Any] | None) -> PartyPrint | None:
    if not frozen:
        return None
    return PartyPrint(
        name=frozen["name"],
        code=frozen.get("code") or "",
        address=frozen.get("address") or "",
        gstin=frozen.get("gstin"),
        pan=frozen.get("pan"),
        state_code=frozen.get("state_code"),
    )


def _party_now(facts: Mapping[str, Any], side: str) -> PartyPrint:
    street = ", ".join(part for part in (facts[f"{side}_1"], facts[f"{side}_2"]) if part)
    town = " ".join(part for part in (facts[f"{side}_city"], facts[f"{side}_pin"]) if part)
    return PartyPrint(
        name=facts[f"{side}_name"],
        code=facts[f"{side}_code"],
        address="\n".join(part for part in (street, town) if part),
        gstin=facts[f"{side}_gstin"],
        pan=facts[f"{side}_pan"],
        state_code=facts[f"{side}_state"],
    )


def _notes(stored: StoredInvoice, facts: Mapping[str, Any], frozen: Mapping[str, Any]) -> tuple[str, ...]:
    notes = []
    bank = (frozen.get("supplier") or {}).get("bank", facts["bank"])
    if bank:
        notes.append(f"Bank: {bank}")
    recipient = frozen.get("recipient") or {"is_sez": facts["is_sez"], "lut_no": facts["lut_no"]}
    if recipient.get("is_sez"):
        lut = recipient.get("lut_no")
        notes.append(
            f"Supply to a SEZ unit under LUT {lut} without payment of integrated tax."
            if lut and not stored.figures["tax"]
            else "Supply to a SEZ unit on payment of integrated tax."
        )
    if stored.figures["incentive"]:
        notes.append("Employee incentives of the month are outside this invoice; they have their own statement.")
    if stored.summary.status is InvoiceStatus.VOID and stored.summary.void_reason:
        notes.append(f"Void: {stored.summary.void_reason}")
    return tuple(notes)


def draft_as_stored(stored: StoredInvoice) -> InvoiceDraft:
    """Lines, tax and totals as they are stored, checked against each other once more."""
    figures = stored.figures
    kind = _KINDS[figures["supply"]]
    lines = tuple(
        InvoiceLine(
            line["line_no"],
            line["code"],
            ChargeLevel(line["source"]),
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
    """The trips and period charges of an invoice's run, with the bill's tax spread over them (TARIFF.md 1.6)."""
    client_id, run_id = stored.client_id, stored.summary.run_id
    rows = uow.ledger.rows(client_id, run_id)
    numbers, texts = rows.numbers, rows.texts
    period = uow.ledger.period(client_id, run_id)
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


def _period_rows(
    period: Sequence[Mapping[str, Any]], taxes: Sequence[int], models: Mapping[int, str]
) -> tuple[PeriodRow, ...]:
    return tuple(
        PeriodRow(
            row["code"],
            describe(row["code"], ChargeLevel.PERIOD),
            row["version_number"],
            row["slot"],
            row["tax_milli"],
            row["amount"],
            tax,
            models.get(row["version_number"], ""),
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
