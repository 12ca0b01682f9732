"""A document in the portal's form INV-01, version 1.1: one item per (SAC, rate), deductions as its discount (R0)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from billing.exchange.paper.declarations import is_bill_of_supply, is_registrable
from billing.invoicing.sac_groups import owed_by_sac
from billing.schemas.invoices import InvoiceDocument, InvoiceStatus, PartyPrint, TaxGroup

VERSION = "1.1"
TYPES = {"INVOICE": "INV", "CREDIT_NOTE": "CRN", "DEBIT_NOTE": "DBN"}
_SERVICES = {"9966": "Renting of road vehicle with operator", "9964": "Passenger transport"}
_LEAST_TEXT, _MOST_TEXT, _MOST_CITY = 3, 100, 50


def why_not(document: InvoiceDocument) -> str:
    """Why a document has no e-invoice at all; empty when it may have one."""
    if document.is_commercial:
        return "A commercial credit note leaves the tax as it is: the portal does not take it."
    if not document.draft.tax_groups or is_bill_of_supply(document):
        return f"{document.title} {document.number or ''}: a supply without tax is not registered on the portal."
    if not is_registrable(document):
        return f"A {document.title.lower()} is not registered on the portal."
    if document.number is None:
        return "It is not issued: it has no number."
    if document.status is InvoiceStatus.VOID:
        return "It is void."
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
    """Name and address as the portal takes them; empty parts are left out."""
    first, second = _address(portal_text(party.address_1), portal_text(party.address_2))
    parts: dict[str, Any] = {"Gstin": party.gstin or "", "LglNm": _cut(portal_text(party.name), _MOST_TEXT)}
    parts["Addr1"] = first
    if second:
        parts["Addr2"] = second
    parts["Loc"] = _cut(portal_text(party.city), _MOST_CITY)
    if party.pin:
        parts["Pin"] = int(party.pin)
    return {**parts, "Stcd": party.state_code or ""}


def portal_text(text: str) -> str:
    """A text without what the portal refuses: double quotes, backslashes, line breaks and other control characters."""
    kept = text.replace('"', "'").replace("\\", "/")
    return " ".join("".join(character if character.isprintable() else " " for character in kept).split())


def _address(first: str, second: str) -> tuple[str, str]:
    """Two lines of at most 100 characters; a second line too short for the portal joins the first."""
    if len(first) <= _MOST_TEXT and len(second) <= _MOST_TEXT and (not second or len(second) >= _LEAST_TEXT):
        return first, second
    whole = ", ".join(part for part in (first, second) if part)
    begin = _cut(whole, _MOST_TEXT)
    rest = _cut(whole[len(begin) :].lstrip(" ,"), _MOST_TEXT)
    return begin, rest if len(rest) >= _LEAST_TEXT else ""


def _cut(text: str, most: int) -> str:
    """At most so many characters, ending with a word where it can."""
    if len(text) <= most:
        return text
    whole_words = text[: most + 1].rpartition(" ")[0].rstrip(" ,")
    return whole_words or text[:most]


def _items(document: InvoiceDocument) -> list[dict[str, Any]]:
    return [
        _item(document, place, sac, group) for place, (sac, group) in enumerate(owed_by_sac(document.draft), start=1)
    ]


def _item(document: InvoiceDocument, place: int, sac: str, group: TaxGroup) -> dict[str, Any]:
    amounts = [
        line.amount
        for line in document.draft.lines
        if line.is_taxable and line.percent_milli == group.percent_milli and line.sac == sac
    ]
    gross = sum(amount for amount in amounts if amount > 0)
    total = group.taxable if document.draft.reverse_charge else group.taxable + group.tax
    return {
        "SlNo": str(place), "PrdDesc": _description(document, sac), "IsServc": "Y", "HsnCd": sac,
        "Qty": 1, "Unit": "OTH", "UnitPrice": _rupees(gross), "TotAmt": _rupees(gross),
        "Discount": _rupees(gross - group.taxable), "AssAmt": _rupees(group.taxable),
        "GstRt": Decimal(group.percent_milli).scaleb(-3).normalize() + 0,
        "IgstAmt": _rupees(group.igst), "CgstAmt": _rupees(group.cgst), "SgstAmt": _rupees(group.sgst),
        "TotItemVal": _rupees(total),
    }  # fmt: skip


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
