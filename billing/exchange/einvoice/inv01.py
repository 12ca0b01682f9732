"""A document in the portal's form INV-01, version 1.1: one item per (SAC, rate), deductions as its discount (R0)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from billing.invoicing.sac_groups import by_sac
from billing.invoicing.tax import tax_group
from billing.schemas.invoices import InvoiceDocument, PartyPrint, TaxGroup, TaxKind

VERSION = "1.1"
TYPES = {"INVOICE": "INV", "CREDIT_NOTE": "CRN", "DEBIT_NOTE": "DBN"}
_SERVICES = {"9966": "Renting of road vehicle with operator", "9964": "Passenger transport"}
_LEAST_TEXT = 3


def why_not(document: InvoiceDocument) -> str:
    """Why a document has no e-invoice at all; empty when it may have one."""
    if document.doc_type not in TYPES:
        return f"A {document.title.lower()} is not registered on the portal."
    if document.number is None:
        return "It is not issued: it has no number."
    if document.supplier.gstin is None:
        return "The supplier's GSTIN is not recorded."
    if document.recipient.gstin is None:
        return "The recipient's GSTIN is not recorded: only supplies to registered buyers are registered."
    return ""


def payload_of(document: InvoiceDocument) -> dict[str, Any]:
    """The document as the portal takes it; `rules.problems_of` says what is wrong with it."""
    items = _items(document)
    return {
        "Version": VERSION,
        "TranDtls": {
            "TaxSch": "GST", "SupTyp": _supply_type(document),
            "RegRev": "Y" if document.draft.reverse_charge else "N", "IgstOnIntra": "N",
        },
        "DocDtls": {
            "Typ": TYPES.get(document.doc_type, document.doc_type), "No": document.number or "",
            "Dt": f"{document.invoice_date:%d/%m/%Y}",
        },
        "SellerDtls": _party(document.supplier),
        "BuyerDtls": {**_party(document.recipient), "Pos": document.draft.nature.place_of_supply or ""},
        "ItemList": items,
        "ValDtls": _values(document, items),
        **_references(document),
    }  # fmt: skip


def _supply_type(document: InvoiceDocument) -> str:
    if not document.recipient.is_sez:
        return "B2B"
    return "SEZWP" if document.draft.totals.tax else "SEZWOP"


def _party(party: PartyPrint) -> dict[str, Any]:
    """Name and address; empty parts are left out, a second line too short for the portal joins the first."""
    first, second = party.address_1.strip(), party.address_2.strip()
    if 0 < len(second) < _LEAST_TEXT:
        first, second = ", ".join(part for part in (first, second) if part), ""
    parts: dict[str, Any] = {"Gstin": party.gstin or "", "LglNm": party.name, "Addr1": first}
    if second:
        parts["Addr2"] = second
    parts["Loc"] = party.city
    if party.pin:
        parts["Pin"] = int(party.pin)
    return {**parts, "Stcd": party.state_code or ""}


def _items(document: InvoiceDocument) -> list[dict[str, Any]]:
    return [
        _item(document, place, sac, group)
        for place, (sac, group) in enumerate(by_sac(document.draft.tax_groups, document.draft.lines), start=1)
    ]


def _item(document: InvoiceDocument, place: int, sac: str, group: TaxGroup) -> dict[str, Any]:
    amounts = [
        line.amount
        for line in document.draft.lines
        if line.is_taxable and line.percent_milli == group.percent_milli and line.sac == sac
    ]
    gross = sum(amount for amount in amounts if amount > 0)
    taxed = _with_reverse_tax(document, group)
    total = group.taxable if document.draft.reverse_charge else group.taxable + group.tax
    return {
        "SlNo": str(place), "PrdDesc": _description(document, sac), "IsServc": "Y", "HsnCd": sac,
        "Qty": 1, "Unit": "OTH", "UnitPrice": _rupees(gross), "TotAmt": _rupees(gross),
        "Discount": _rupees(gross - group.taxable), "AssAmt": _rupees(group.taxable),
        "GstRt": Decimal(group.percent_milli).scaleb(-3).normalize() + 0,
        "IgstAmt": _rupees(taxed.igst), "CgstAmt": _rupees(taxed.cgst), "SgstAmt": _rupees(taxed.sgst),
        "TotItemVal": _rupees(total),
    }  # fmt: skip


def _with_reverse_tax(document: InvoiceDocument, group: TaxGroup) -> TaxGroup:
    """Under reverse charge the tax that the recipient owes: told to the portal, not part of any total."""
    if not document.draft.reverse_charge or document.draft.nature.kind is TaxKind.SINGLE:
        return group
    return tax_group(group.taxable, group.percent_milli, document.draft.nature.kind)


def _description(document: InvoiceDocument, sac: str) -> str:
    service = _SERVICES.get(sac[:4], "Transport service")
    return f"{service}, {document.period_from:%d-%m-%Y} to {document.period_to:%d-%m-%Y}"


def _values(document: InvoiceDocument, items: list[dict[str, Any]]) -> dict[str, Any]:
    totals = document.draft.totals
    return {
        "AssVal": _rupees(totals.taxable),
        **{f"{name}Val": sum((item[f"{name}Amt"] for item in items), _rupees(0)) for name in ("Cgst", "Sgst", "Igst")},
        "Discount": _rupees(0), "OthChrg": _rupees(totals.non_taxable), "RndOffAmt": _rupees(totals.round_off),
        "TotInvVal": _rupees(totals.total),
    }  # fmt: skip


def _references(document: InvoiceDocument) -> dict[str, Any]:
    if not document.corrects:
        return {}
    found = [{"InvNo": one.number, "InvDt": f"{one.invoice_date:%d/%m/%Y}"} for one in document.corrects]
    return {"RefDtls": {"PrecDocDtls": found}}


def _rupees(paise: int) -> Decimal:
    return Decimal(paise).scaleb(-2)
