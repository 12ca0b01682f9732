"""Papers of issued documents against the real database: frozen, exported, registered with the portal, returned."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from billing.errors import BadInputError, ConflictError, NotAllowedError, RefusedError
from billing.exchange.einvoice.irn import irn_of
from billing.exchange.paper.content import content_of
from billing.exchange.paper.html import body_html
from billing.schemas.ids import new_id
from billing.schemas.invoices import InvoiceDocument, Letterhead
from billing.schemas.taxes import GstRate
from billing.services.checks import InvalidFieldsError
from billing.services.einvoices import cancel_irn, import_answers, read_registration, reconcile
from billing.services.exports import export_documents
from billing.services.invoices import get_invoice, issue_invoice, void_invoice
from billing.services.letterheads import read_letterhead, set_letterhead
from billing.services.returns import read_gstr1, write_gstr1
from billing.services.taxes import list_gst_rates, read_itc, read_tds, save_gst_rate
from billing.store.session import Session
from moveinsync_desktop.printing import write_pdf
from tests.integration.billing.conftest import Month
from tests.integration.billing.test_invoices import draft

SELLER, BUYER = "29AAGCB7383J1Z4", "29AAACI1681G1ZL"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x08\x00\x00\x00\x04\x08\x02\x00\x00\x00"
PORTAL = ZoneInfo("Asia/Kolkata")
MakeMonth = Callable[..., Month]


def gstin_of(month: Month) -> str:
    """A GSTIN that no other test's branch has: the entity number and the check character vary."""
    from billing.invoicing.gstin import ALPHABET, check_character

    digits = f"{month.pair.vendor_id.int % 10_000:04d}"
    letters = "".join(ALPHABET[10 + (month.pair.vendor_id.int >> shift) % 26] for shift in (16, 24, 32, 40, 48))
    first = f"29{letters}{digits}A1Z"
    return first + check_character(first)


def registered(month: Month, super_admin: Session, *, aato: int | None = None) -> str:
    """Give both parties what an e-invoice needs; gives the seller's GSTIN."""
    gstin = gstin_of(month)
    month.sql(
        "UPDATE app.client_sites SET gstin = :g, state_code = '29', address_1 = 'Outer Ring Road', city = 'Bengaluru',"
        " pin = '560103' WHERE client_id = :c",
        g=BUYER,
        c=month.client_id,
    )
    admin = Month(month.pair, super_admin, month.view)
    admin.sql(
        "UPDATE app.vendor_branches SET gstin = :g, state_code = '29', address_1 = '14, 3rd Cross', city = 'Bengaluru',"
        " pin = '560103', einvoice_liable = true, bank = 'Canara 4471' WHERE vendor_id = :v",
        g=gstin,
        v=month.pair.vendor_id,
    )
    admin.sql("UPDATE app.vendors SET aato = :a WHERE id = :v", a=aato, v=month.pair.vendor_id)
    return gstin


def answer(document: InvoiceDocument, **changes: Any) -> dict[str, Any]:
    """What the portal would answer; `hours` lets it be older."""
    seller, number = document.supplier.gstin or "", document.number or ""
    irn = irn_of(seller, "INV", number, document.invoice_date)
    rupees, paise = divmod(document.draft.totals.total, 100)
    facts = {
        "SellerGstin": seller,
        "BuyerGstin": document.recipient.gstin,
        "DocNo": number,
        "DocTyp": "INV",
        "DocDt": f"{document.invoice_date:%d/%m/%Y}",
        "TotInvVal": float(f"{rupees}.{paise:02d}"),
        **changes,
    }
    body = base64.urlsafe_b64encode(json.dumps({"data": json.dumps(facts)}).encode()).decode()
    now = datetime.now(UTC).astimezone(PORTAL)
    return {
        "Irn": irn,
        "AckNo": 112010036563310,
        "AckDt": f"{now:%Y-%m-%d %H:%M:%S}",
        "Status": "ACT",
        "SignedQRCode": f"x.{body}.y",
    }


def answered(tmp_path: Path, *answers: dict[str, Any]) -> Path:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(list(answers)), "utf-8")
    return path


@pytest.fixture
def issued(october: Month, super_admin: Session) -> tuple[Month, str]:
    """October, issued between registered parties; gives month and number."""
    registered(october, super_admin)
    return october, issue_invoice(october.session, invoice=draft(october)).number


def test_what_is_printed_stays_as_it_was_issued(issued: tuple[Month, str], super_admin: Session) -> None:
    month, number = issued
    before = get_invoice(month.session, invoice=number)
    assert before.title == "Tax invoice"
    assert (before.supplier.bank, before.supplier.city, before.supplier.pin) == ("Canara 4471", "Bengaluru", "560103")
    assert before.anchor is not None
    assert before.anchor.chain == month.client_id
    admin = Month(month.pair, super_admin, month.view)
    admin.sql(
        "UPDATE app.vendor_branches SET bank = 'Other', pin = '110001', gstin = NULL WHERE vendor_id = :v",
        v=month.pair.vendor_id,
    )
    month.sql("UPDATE app.contracts SET po_number = 'PO 2', itc_option = 'FULL' WHERE id = :k", k=month.contract_id)
    assert get_invoice(month.session, invoice=number) == before


def test_the_anchor_is_the_audit_chain_before_the_issue(issued: tuple[Month, str], super_admin: Session) -> None:
    month, number = issued
    anchor = get_invoice(month.session, invoice=number).anchor
    assert anchor is not None
    rows = month.sql(
        "SELECT seq, hash FROM api.read_audit(:c, :b, 1, NULL, NULL, NULL, NULL, NULL, NULL)",
        c=month.client_id,
        b=anchor.seq + 1,
    )
    assert [tuple(row) for row in rows] == [(anchor.seq, anchor.hash)]


def test_what_the_portal_would_refuse_is_told_before_issue(october: Month, super_admin: Session) -> None:
    """GST.md R6: afterwards the parties are frozen with the document, and it could never be registered."""
    registered(october, super_admin)
    october.sql("UPDATE app.client_sites SET pin = NULL, city = 'X' WHERE client_id = :c", c=october.client_id)
    name = draft(october)
    with pytest.raises(RefusedError) as caught:
        issue_invoice(october.session, invoice=name)
    assert caught.value.code == "EINVOICE_INVALID"
    assert "BuyerDtls.Pin '': is a number of six digits" in caught.value.message
    assert "BuyerDtls.Loc 'X': has 3 to 50 characters" in caught.value.message
    october.sql(
        "UPDATE app.client_sites SET pin = '560103', city = 'Bengaluru' WHERE client_id = :c", c=october.client_id
    )
    assert issue_invoice(october.session, invoice=draft(october)).state == "issued"


def test_a_party_without_gstin_keeps_the_other_files(october: Month, tmp_path: Path) -> None:
    """GST.md R0: no e-invoice, said and counted; nothing was refused."""
    number = issue_invoice(october.session, invoice=draft(october)).number
    done = export_documents(october.session, invoices=[number], target=tmp_path, formats=("xlsx", "csv", "einvoice"))
    assert [path.suffix for path in done.files] == [".xlsx", ".csv"]
    assert done.refused == ()
    ((name, why),) = done.without_einvoice
    assert (name, why) == (number, "No e-invoice. The supplier's GSTIN is not recorded.")


def test_all_formats_of_several_documents(issued: tuple[Month, str], tmp_path: Path) -> None:
    month, number = issued
    formats = ("xlsx", "pdf", "csv", "einvoice")
    words = {"invoices": [number], "pdf": write_pdf}
    done = export_documents(month.session, target=tmp_path, formats=formats, **words)
    stem = number.replace("/", "-")
    assert [path.name for path in done.files] == [f"{stem}.xlsx", f"{stem}.pdf", f"{stem}.csv", f"{stem}-einvoice.json"]
    archive = export_documents(
        month.session, target=tmp_path / "all.zip", formats=formats, archive=True, copy="both", **words
    ).files[0]
    assert len(zipfile.ZipFile(archive).namelist()) == 4
    content = json.loads((tmp_path / f"{stem}-einvoice.json").read_text("utf-8"))
    assert content[0]["DocDtls"]["No"] == number


def test_one_bad_document_does_not_hold_up_the_others(issued: tuple[Month, str], tmp_path: Path) -> None:
    month, number = issued
    done = export_documents(month.session, invoices=[number, "NO/00-00/1"], target=tmp_path, formats=("csv",))
    assert len(done.files) == 1
    assert [invoice for invoice, _ in done.refused] == ["NO/00-00/1"]
    with pytest.raises(BadInputError):
        export_documents(month.session, invoices=[number], target=tmp_path, formats=("docx",))


def test_an_answer_is_compared_stored_and_printed(issued: tuple[Month, str], tmp_path: Path) -> None:
    month, number = issued
    document = get_invoice(month.session, invoice=number)
    assert read_registration(month.session, invoice=number)[0].state == "waiting"
    rows = import_answers(month.session, path=answered(tmp_path, answer(document, TotInvVal=1))).rows
    assert [row.state for row in rows] == ["refused"]
    assert "TotInvVal 1 is" in rows[0].message
    good = answer(document)
    assert [row.state for row in import_answers(month.session, path=answered(tmp_path, good)).rows] == ["stored"]
    assert [row.state for row in import_answers(month.session, path=answered(tmp_path, good)).rows] == ["unchanged"]
    after = get_invoice(month.session, invoice=number)
    assert after.einvoice is not None
    assert after.einvoice.irn == irn_of(document.supplier.gstin or "", "INV", number, document.invoice_date)
    found = reconcile(month.session, client=None, month=document.invoice_date)
    assert [(row.number, row.state) for row in found] == [(number, "registered")]


def test_the_database_refuses_an_irn_that_is_not_the_documents(issued: tuple[Month, str]) -> None:
    month, number = issued
    document = get_invoice(month.session, invoice=number)
    with pytest.raises(RefusedError) as caught:
        month.sql(
            "SELECT api.store_einvoice(:c, :i, :irn, '1', now()::timestamp, '', 'ACT')",
            c=month.client_id,
            i=document.invoice_id,
            irn="a" * 64,
        )
    assert caught.value.code == "IRN_DIFFERS"


def test_a_registered_invoice_is_cancelled_before_it_is_void(issued: tuple[Month, str], tmp_path: Path) -> None:
    month, number = issued
    import_answers(month.session, path=answered(tmp_path, answer(get_invoice(month.session, invoice=number))))
    with pytest.raises(RefusedError) as caught:
        void_invoice(month.session, invoice=number, reason="wrong month")
    assert caught.value.code == "EINVOICE_ACTIVE"
    with pytest.raises(BadInputError):
        cancel_irn(month.session, invoice=number, reason="9", remark="x")
    assert cancel_irn(month.session, invoice=number, reason="2", remark="wrong month").number == number
    assert void_invoice(month.session, invoice=number, reason="wrong month").state == "void"
    assert read_registration(month.session, invoice=number)[0].state == "cancelled"


def test_an_irn_is_cancelled_within_a_day(issued: tuple[Month, str], tmp_path: Path) -> None:
    month, number = issued
    old = {**answer(get_invoice(month.session, invoice=number)), "AckDt": "2026-01-05 10:00:00"}
    import_answers(month.session, path=answered(tmp_path, old))
    with pytest.raises(RefusedError) as caught:
        cancel_irn(month.session, invoice=number, reason="2", remark="late")
    assert caught.value.code == "TOO_LATE_TO_CANCEL"


def test_letterheads_are_checked_and_issued_documents_keep_theirs(
    october: Month, super_admin: Session, tmp_path: Path
) -> None:
    registered(october, super_admin)
    logo = tmp_path / "logo.png"
    logo.write_bytes(PNG)
    with super_admin.unit_of_work() as uow:
        (branch,) = uow.vendor_branches.find(vendor_id=october.pair.vendor_id)
    set_letterhead(super_admin, branch=branch, logo=logo, headline="24 hours", footer="Regd. office")
    number = issue_invoice(october.session, invoice=draft(october)).number
    assert get_invoice(october.session, invoice=number).letterhead == Letterhead(
        PNG, "png", 8, 4, "24 hours", "Regd. office"
    )
    set_letterhead(super_admin, branch=branch, logo=None, headline="", footer="")
    assert read_letterhead(super_admin, branch=branch) is None
    assert get_invoice(october.session, invoice=number).letterhead is not None
    with pytest.raises(NotAllowedError):
        set_letterhead(october.session, branch=branch, logo=None, headline="x", footer="")
    logo.write_bytes(b"GIF89a")
    with pytest.raises(BadInputError):
        set_letterhead(super_admin, branch=branch, logo=logo, headline="", footer="")


def test_returns_of_the_month(issued: tuple[Month, str], tmp_path: Path) -> None:
    month, number = issued
    day = get_invoice(month.session, invoice=number).invoice_date
    (content,), unregistered = read_gstr1(month.session, client=None, month=day)
    assert unregistered == 0
    assert [one.number for one in content.documents] == [number]
    files, warnings = write_gstr1(
        month.session, client=None, month=day, target=tmp_path, formats=("xlsx", "csv", "json")
    )
    assert (len(files), warnings) == (7, [])
    first_year = day.year if day.month >= 4 else day.year - 1
    (entry,) = read_tds(month.session, client=None, first_year=first_year)
    assert (entry.number, entry.base, entry.status) == (number, 3_075_000, "OTHER")
    assert entry.due == 61_500
    (credit,) = read_itc(month.session, client=None, month=day)
    assert sum(credit.eligible) == 0
    assert sum(credit.ineligible) == get_invoice(month.session, invoice=number).draft.totals.tax


def test_large_vehicles_and_duties_by_law_give_credit(make_month: MakeMonth, super_admin: Session) -> None:
    month = make_month()
    registered(month, super_admin)
    month.add(month.trip(3, "60", vehicle_no="KA01AA0001"), month.trip(4, "60", vehicle_no="KA01AA0002"))
    month.sql(
        "INSERT INTO app.vehicles (client_id, vendor_id, vehicle_no, seats) VALUES (:c, :v, 'KA01AA0001', 26)",
        c=month.client_id,
        v=month.pair.vendor_id,
    )
    number = issue_invoice(month.session, invoice=draft(month)).number
    document = get_invoice(month.session, invoice=number)
    (credit,) = read_itc(month.session, client=None, month=document.invoice_date)
    assert sum(credit.eligible) + sum(credit.ineligible) == document.draft.totals.tax
    assert "1 trip not recorded" in credit.reason
    month.sql("UPDATE app.contracts SET statutory_obligation = true WHERE id = :k", k=month.contract_id)
    (credit,) = read_itc(month.session, client=None, month=document.invoice_date)
    assert "law" not in credit.reason  # frozen as it was issued


def test_rates_by_date_are_edited_by_super_admins(super_admin: Session, client_admin: Session) -> None:
    known = list_gst_rates(client_admin)
    assert {one.sac_prefix for one in known} >= {"9964", "9966"}
    rate = GstRate(
        new_id(), "996413", True, "RESTRICTED", known[0].percent, date(2030, 4, 1), None, "Notification 1/2030"
    )
    with pytest.raises(NotAllowedError):
        save_gst_rate(client_admin, rate=rate)
    with pytest.raises(InvalidFieldsError):
        save_gst_rate(super_admin, rate=replace(rate, sac_prefix="12", source=""))
    stored = save_gst_rate(super_admin, rate=rate).record
    with pytest.raises(ConflictError):
        save_gst_rate(super_admin, rate=replace(rate, id=new_id()))
    ended = save_gst_rate(super_admin, rate=replace(stored, valid_until=date(2031, 4, 1))).record
    assert ended.rev == stored.rev + 1


@pytest.mark.parametrize(
    ("mode", "title", "said"),
    [
        ("STATEMENT", "Statement", "It is not a tax invoice"),
        ("SELF_INVOICE", "Self-invoice", "Issued by the recipient"),
    ],
)
def test_whose_document_it_is_is_printed(
    october: Month, super_admin: Session, tmp_path: Path, mode: str, title: str, said: str
) -> None:
    """GST.md R0: a statement and a self-invoice say what they are, have series of their own and no e-invoice."""
    registered(october, super_admin)
    october.sql("UPDATE app.client_vendors SET billing_mode = :m WHERE client_id = :c", m=mode, c=october.client_id)
    if mode == "SELF_INVOICE":  # only under reverse charge, or of a vendor without GSTIN (Rule 47A)
        october.sql("UPDATE app.contracts SET reverse_charge = true WHERE id = :k", k=october.contract_id)
    number = issue_invoice(october.session, invoice=draft(october)).number
    document = get_invoice(october.session, invoice=number)
    assert (document.title, document.doc_type) == (title, mode)
    assert said in body_html(content_of(document, 3))
    with pytest.raises(RefusedError):
        export_documents(october.session, invoices=[number], target=tmp_path, formats=("einvoice",))
    assert read_registration(october.session, invoice=number)[0].state == "left out"
    (content,), _ = read_gstr1(october.session, client=None, month=document.invoice_date)
    assert (content.documents, len(content.warnings)) == ((), 1)


def test_a_sez_unit_under_a_letter_of_undertaking(october: Month, super_admin: Session, tmp_path: Path) -> None:
    registered(october, super_admin)
    october.sql(
        "UPDATE app.client_sites SET is_sez = true, lut_no = 'AD2903', lut_until = '2099-03-31' WHERE client_id = :c",
        c=october.client_id,
    )
    number = issue_invoice(october.session, invoice=draft(october)).number
    document = get_invoice(october.session, invoice=number)
    assert document.title == "Tax invoice"
    assert document.draft.totals.tax == 0
    assert "letter of undertaking AD2903, valid until 31-03-2099" in body_html(content_of(document, 3))
    export_documents(october.session, invoices=[number], target=tmp_path, formats=("einvoice",))
    (file,) = tmp_path.iterdir()
    (payload,) = json.loads(file.read_text("utf-8"))
    assert payload["TranDtls"]["SupTyp"] == "SEZWOP"
    (content,), _ = read_gstr1(october.session, client=None, month=document.invoice_date)
    assert [one.number for one in content.documents] == [number]
