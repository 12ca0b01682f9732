"""The sentences under a document that its kind of supply asks for (GST.md sections 1, 2, 3, 8 and R0)."""

from __future__ import annotations

from billing.schemas.invoices import InvoiceDocument, InvoiceStatus

REVERSE_CHARGE = (
    "Tax on this supply is payable by the recipient under reverse charge (section 9(3), Notification 13/2017-CT(R))."
)
ITC_RESTRICTED = (
    "Input tax credit on goods and services used in this supply has not been taken, but for services of the same "
    "line of business (Notification 11/2017-CT(R))."
)
WHOLE_RUPEES = "Each kind of tax on this document is rounded to the nearest rupee, 50 paise up (section 170)."
SEZ = "Supply to SEZ unit or SEZ developer for authorised operations"
"""The endorsement of Rule 46, third proviso."""

CREDIT_REVERSED = "The recipient reverses the input tax credit taken on the tax of this note (section 34(2))."
ITC_FULL = "Tax is charged at the rate that allows input tax credit (Notification 11/2017-CT(R))."


def declarations(document: InvoiceDocument) -> tuple[str, ...]:
    """What has to be said, in printing order."""
    said = [*_who_issues(document)]
    if document.draft.reverse_charge:
        said.append(REVERSE_CHARGE)
    if document.recipient.is_sez:
        said.append(_sez(document))
    if "STATEMENT" not in (document.doc_type, document.corrects_type) and not document.draft.reverse_charge:
        said += _credit(document)
    if document.tax_to_rupee and document.draft.totals.tax:
        said.append(WHOLE_RUPEES)
    if any(not line.is_taxable for line in document.draft.lines):
        said.append("Untaxed amounts were spent on the recipient's account as its pure agent, at cost (Rule 33).")
    if document.draft.totals.incentive:
        said.append("Employee incentives of the month are outside this document; they have their own statement.")
    return tuple(said)


def warnings(document: InvoiceDocument) -> tuple[str, ...]:
    """What keeps the document from being what it looks like: said in the open."""
    found = [*document.notes]
    if document.doc_type == "STATEMENT":
        found.append("A statement of services, to be matched with the vendor's own bill. It is not a tax invoice.")
    if document.status is InvoiceStatus.ISSUED and document.einvoice is None and needs_irn(document):
        found.append("Not registered as an e-invoice yet: without an IRN this is not a tax invoice.")
    if document.einvoice is not None and document.einvoice.is_cancelled:
        found.append("The IRN of this document was cancelled on the portal.")
    return tuple(found)


def needs_irn(document: InvoiceDocument) -> bool:
    """Whether the portal has to register it: an obliged branch's invoice or note to a registered buyer (GST.md 9)."""
    return document.einvoice_liable and bool(document.recipient.gstin) and is_registrable(document)


def is_registrable(document: InvoiceDocument) -> bool:
    """Whether it is a kind that the portal takes: a vendor's tax invoice, or a note that changes the tax of one."""
    if document.doc_type not in ("INVOICE", "CREDIT_NOTE", "DEBIT_NOTE") or is_bill_of_supply(document):
        return False
    return document.corrects_type in ("", "INVOICE") and not document.is_commercial


def _who_issues(document: InvoiceDocument) -> list[str]:
    if document.doc_type in ("STATEMENT", "SELF_INVOICE") or document.mode != "FOR_VENDOR":
        return []
    under = f", {document.authority}" if document.authority else ""
    return [f"Prepared by {document.recipient.name} and issued for {document.supplier.name}{under}."]


def _sez(document: InvoiceDocument) -> str:
    buyer = document.recipient
    if buyer.lut_no and not document.draft.totals.tax:
        until = f", valid until {buyer.lut_until:%d-%m-%Y}" if buyer.lut_until else ""
        return f"{SEZ} under letter of undertaking {buyer.lut_no}{until}, without payment of integrated tax."
    return f"{SEZ} on payment of integrated tax."


def _credit(document: InvoiceDocument) -> list[str]:
    if not document.draft.totals.tax:
        return ["Exempt supply: no tax is charged."] if is_bill_of_supply(document) else []
    if document.doc_type == "CREDIT_NOTE":
        return [CREDIT_REVERSED]
    if document.itc_option == "FULL":
        return [ITC_FULL]
    return [ITC_RESTRICTED] if _has_low_rate(document) else []


def _has_low_rate(document: InvoiceDocument) -> bool:
    return any(group.percent_milli == 5000 and group.tax for group in document.draft.tax_groups)


def is_bill_of_supply(document: InvoiceDocument) -> bool:
    """Only exempt services: every taxable line at 0 percent, not a SEZ supply, no reverse charge (section 31(3)(c))."""
    draft = document.draft
    return (
        bool(draft.tax_groups)
        and all(group.percent_milli == 0 for group in draft.tax_groups)
        and not draft.reverse_charge
        and not document.recipient.is_sez
    )
