"""What comes back from the portal: clients' answers to credit notes (IMS), signatures, cancellations, duplicates."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from billing.errors import BadInputError, NotAllowedError, RefusedError
from billing.invoicing.notes import credit_deadline
from billing.services.einvoices import import_answers, read_registration, reconcile
from billing.services.ims import read_ims, record_ims
from billing.services.invoices import get_invoice, issue_invoice
from billing.services.notes import write_note
from billing.services.portal_keys import CHECKED, UNCHECKED, add_key, list_keys, remove_key
from billing.store.session import Session
from moveinsync_desktop.cli import main
from tests.integration.billing.conftest import OCTOBER, Month
from tests.integration.billing.test_invoices import draft
from tests.integration.billing.test_notes import credit
from tests.integration.billing.test_papers import answer, answered, registered
from tests.support.people import PASSWORD, People

PEM = serialization.Encoding.PEM


@pytest.fixture(scope="module")
def portal() -> rsa.RSAPrivateKey:
    """A key as the portal has one."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def number(october: Month, super_admin: Session) -> str:
    """October, issued between registered parties."""
    registered(october, super_admin)
    return issue_invoice(october.session, invoice=draft(october)).number


@pytest.fixture
def run(workspace: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command as a user; gives the JSON that it printed."""

    def call(email: str, *words: str, status: int = 0) -> Any:
        monkeypatch.setenv("MOVEINSYNC_HOME", str(workspace.home))
        monkeypatch.setenv("MOVEINSYNC_USER", email)
        monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
        assert main([*words, "--json"]) == status
        return json.loads(capsys.readouterr().out)

    return call


def signed(key: rsa.RSAPrivateKey, payload: dict[str, Any], alg: str = "RS256") -> str:
    """A token as the portal makes it."""

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    body = f"{part({'alg': alg, 'typ': 'JWT'})}.{part(payload)}"
    mark = key.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{body}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"


def signed_answer(month: Month, number: str, key: rsa.RSAPrivateKey, **changes: Any) -> dict[str, Any]:
    """The portal's answer for a document, signed."""
    document = get_invoice(month.session, invoice=number)
    plain = answer(document)
    body = plain["SignedQRCode"].split(".")[1]
    payload = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    made = {"SignedQRCode": signed(key, payload), "SignedInvoice": signed(key, {"data": "{}"})}
    return {**plain, **made, **changes}


def stored_key(session: Session, key: rsa.RSAPrivateKey, folder: Path, name: str = "portal.pem") -> str:
    """Store the public half; gives its fingerprint."""
    path = folder / name
    path.write_bytes(key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return add_key(session, path=path)[0].key.fingerprint


def forget(session: Session) -> None:
    for one in list_keys(session):
        remove_key(session, fingerprint=one.key.fingerprint)


def test_an_answer_of_the_client_is_kept_with_its_history(october: Month, number: str) -> None:
    note = credit(october, number, {1: 1000_00})
    session = october.session
    assert read_ims(session, invoice=note).answers == ()
    assert record_ims(session, invoice=note, status="PENDING").state == "recorded"
    with pytest.raises(BadInputError) as caught:
        record_ims(session, invoice=note, status="REJECTED")
    assert caught.value.code == "REASON_REQUIRED"
    done = record_ims(session, invoice=note, status="REJECTED", remark="amount not agreed")
    assert record_ims(session, invoice=note, status="REJECTED", remark="amount not agreed").state == "unchanged"
    assert [one.status for one in done.answers] == ["PENDING", "REJECTED"]
    assert done.answers[-1].recorded_by == session.email
    with pytest.raises(NotAllowedError):
        october.sql("UPDATE app.ims_answers SET status = 'ACCEPTED' WHERE client_id = :c", c=october.client_id)
    audited = october.sql(
        "SELECT entity, action FROM api.read_audit(:c, NULL, 5, NULL, NULL, NULL, NULL, NULL, NULL)",
        c=october.client_id,
    )
    assert ("ims_answer", "INSERT") in [tuple(row) for row in audited]


def test_the_reconcile_list_says_what_a_rejection_means(october: Month, number: str) -> None:
    note = credit(october, number, {1: 1000_00})
    day = get_invoice(october.session, invoice=note).invoice_date
    rows = {row.number: row for row in reconcile(october.session, client=None, month=day)}
    assert (rows[note].ims, rows[note].credit_until) == ("", credit_deadline(OCTOBER))
    assert (rows[number].ims, rows[number].credit_until) == ("", None)
    record_ims(october.session, invoice=note, status="REJECTED", remark="amount not agreed")
    (row,) = (row for row in reconcile(october.session, client=None, month=day) if row.number == note)
    assert (row.ims, row.ims_on) == ("REJECTED", day)
    assert "180.00 of tax is the supplier's liability again" in row.message
    assert "amount not agreed" in row.message
    record_ims(october.session, invoice=note, status="ACCEPTED")
    (row,) = (row for row in reconcile(october.session, client=None, month=day) if row.number == note)
    assert (row.ims, "liability" in row.message) == ("ACCEPTED", False)


def test_only_notes_that_the_portal_shows_have_an_answer(october: Month, number: str, viewer: Session) -> None:
    commercial = write_note(october.session, invoice=number, amounts={1: 5_00}, reason="goodwill", commercial=True)
    draft_note = write_note(october.session, invoice=number, amounts={1: 5_00}, reason="late").invoice_id
    paid = issue_invoice(october.session, invoice=str(commercial.invoice_id)).number
    for which in (number, paid, str(draft_note)):
        with pytest.raises(RefusedError) as caught:
            record_ims(october.session, invoice=which, status="ACCEPTED")
        assert caught.value.code == "NO_CREDIT_NOTE"
    note = credit(october, number, {1: 1000_00})
    tomorrow = get_invoice(october.session, invoice=note).invoice_date + timedelta(days=1)
    for on in (tomorrow, date(2020, 1, 1)):
        with pytest.raises(BadInputError):
            record_ims(october.session, invoice=note, status="ACCEPTED", on=on)
    with pytest.raises(NotAllowedError):
        record_ims(viewer, invoice=note, status="ACCEPTED")


def test_the_answer_by_command(october: Month, number: str, run: Callable[..., Any]) -> None:
    note, email = credit(october, number, {1: 1000_00}), october.session.email
    assert run(email, "invoice", "ims", note)["answers"] == []
    done = run(email, "invoice", "ims", note, "--status", "rejected", "--remark", "twice")
    assert (done["state"], done["answers"][0]["status"], done["answers"][0]["remark"]) == (
        "recorded",
        "REJECTED",
        "twice",
    )
    day = get_invoice(october.session, invoice=note).invoice_date
    rows = run(email, "invoice", "irn-list", "--month", f"{day:%Y-%m}")
    (row,) = (row for row in rows if row["number"] == note)
    assert (row["ims"], row["credit_until"]) == ("REJECTED", credit_deadline(OCTOBER).isoformat())
    assert run(email, "invoice", "ims", note, "--status", "REJECTED", status=2)["error"]["code"] == "REASON_REQUIRED"


def test_without_a_key_the_signature_is_not_checked_and_that_is_said(
    october: Month, number: str, portal: rsa.RSAPrivateKey, super_admin: Session, tmp_path: Path
) -> None:
    forget(super_admin)
    made = signed_answer(october, number, portal)
    (row,) = import_answers(october.session, path=answered(tmp_path, made)).rows
    assert (row.state, row.signature) == ("stored", UNCHECKED)
    assert read_registration(october.session, invoice=number)[0].signature == UNCHECKED
    stored_key(super_admin, portal, tmp_path)
    assert read_registration(october.session, invoice=number)[0].signature == CHECKED
    forget(super_admin)


def test_with_a_key_a_foreign_signature_is_refused(
    october: Month, number: str, portal: rsa.RSAPrivateKey, super_admin: Session, tmp_path: Path
) -> None:
    forget(super_admin)
    stored_key(super_admin, portal, tmp_path)
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    good = signed_answer(october, number, portal)
    forged = signed_answer(october, number, other)
    stripped = {**good, "SignedQRCode": good["SignedQRCode"].rsplit(".", 1)[0] + "."}
    header, body, mark = good["SignedQRCode"].split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for bad in (forged, stripped, {**good, "SignedQRCode": f"{unsigned}.{body}.{mark}"},
                {**good, "SignedInvoice": forged["SignedInvoice"]}):  # fmt: skip
        (row,) = import_answers(october.session, path=answered(tmp_path, bad)).rows
        assert row.state == "refused"
        assert "does not fit the portal's key" in row.message
    assert header
    stored_key(super_admin, other, tmp_path, "new.pem")  # the portal changed its key: both hold
    (row,) = import_answers(october.session, path=answered(tmp_path, good)).rows
    assert (row.state, row.signature) == ("stored", CHECKED)
    forget(super_admin)


def test_a_key_is_a_public_key_or_a_certificate(
    client_admin: Session, super_admin: Session, portal: rsa.RSAPrivateKey, people: People, tmp_path: Path,
    run: Callable[..., Any],
) -> None:  # fmt: skip
    forget(super_admin)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "einvoice")])
    start = super_admin.now()
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(portal.public_key())
        .serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=9))
        .sign(portal, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path / "portal.cer"
    path.write_bytes(certificate.public_bytes(PEM))
    assert add_key(super_admin, path=path)[0].key.fingerprint == stored_key(super_admin, portal, tmp_path)
    assert len(list_keys(client_admin)) == 1, "the same key twice is one"
    with pytest.raises(NotAllowedError):
        add_key(client_admin, path=path)
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    curve = ec.generate_private_key(ec.SECP256R1())
    for key in (small, curve):
        path.write_bytes(key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
        with pytest.raises(BadInputError, match="RSA"):
            add_key(super_admin, path=path)
    path.write_text("nothing")
    with pytest.raises(BadInputError) as caught:
        add_key(super_admin, path=path)
    assert caught.value.code == "BAD_KEY"
    (shown,) = run(super_admin.email, "invoice", "portal-key")
    assert run(super_admin.email, "invoice", "portal-key", "--remove", shown["fingerprint"][:12]) == []


def test_a_cancellation_from_the_portal_is_taken(
    october: Month, number: str, portal: rsa.RSAPrivateKey, super_admin: Session, tmp_path: Path
) -> None:
    forget(super_admin)
    made = signed_answer(october, number, portal)
    told = {"Status": "1", "Data": {"Irn": made["Irn"], "CancelDate": "2026-11-20 19:30:00"}}
    (row,) = import_answers(october.session, path=answered(tmp_path, told)).rows
    assert row.state == "refused", "nothing was registered here"
    import_answers(october.session, path=answered(tmp_path, made))
    (row,) = import_answers(october.session, path=answered(tmp_path, told)).rows
    assert (row.number, row.state) == (number, "cancelled")
    assert "20-11-2026 19:30" in row.message
    assert read_registration(october.session, invoice=number)[0].state == "cancelled"


def test_a_duplicate_and_other_refusals_are_told_in_words(
    october: Month, number: str, portal: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    made = signed_answer(october, number, portal)

    def refused(code: str, words: str, irn: str = "") -> dict[str, Any]:
        info = (
            [{"InfCd": "DUPIRN", "Desc": {"Irn": irn, "AckNo": 112, "AckDt": "2026-11-05 11:22:00"}}] if irn else None
        )
        return {"Status": 0, "ErrorDetails": [{"ErrorCode": code, "ErrorMessage": words}], "InfoDtls": info}

    file = answered(
        tmp_path, refused("2150", "Duplicate IRN", made["Irn"]), refused("2150", "Duplicate IRN", "a" * 64),
        refused("2172", "For Intra-state IGST is not applicable"),
    )  # fmt: skip
    own, other, wrong = import_answers(october.session, path=file).rows
    assert {own.state, other.state, wrong.state} == {"refused"}
    assert own.number == number
    assert "registered" in own.message
    assert "Get IRN by document details" in own.message
    assert "no document here has" in other.message
    assert wrong.message == "The portal refused it: 2172 For Intra-state IGST is not applicable."
