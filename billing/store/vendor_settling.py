"""Disputes about a vendor's bill, their files, and payouts. Everything that changes goes through definer functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from billing.schemas.vendor_bills import Dispute, Evidence, Payable, Payee, Payout, PayoutRow
from billing.store.statements import Statements

_DISPUTE = """
SELECT d.id, d.bill_id, b.number AS bill_number, l.code AS vendor_code, d.row_no, m.ref, d.reason, d.note, d.owner,
       d.raised_at, d.raised_by, d.status, d.resolution, coalesce(m.theirs, 0) AS theirs, coalesce(m.ours, 0) AS ours,
       d.pay_amount, d.resolved_at, d.resolved_by, d.resolve_reason, d.rev,
       (SELECT count(*) FROM app.vendor_dispute_files f
         WHERE f.client_id = d.client_id AND f.dispute_id = d.id) AS files
  FROM app.vendor_disputes d
  JOIN app.vendor_bills b ON b.client_id = d.client_id AND b.id = d.bill_id AND b.status = 'OPEN'
  JOIN app.client_vendors l ON l.client_id = b.client_id AND l.vendor_id = b.vendor_id
  LEFT JOIN app.vendor_bill_matches m ON m.client_id = d.client_id AND m.bill_id = d.bill_id AND m.row_no = d.row_no"""

_PAYOUTS = """
SELECT p.id, p.bill_id, p.paid_on, p.fy, p.amount, p.tax, p.tds_base, p.tds_milli, p.tds, p.tds_reason, p.net,
       p.settled_against, p.status, p.made_at, p.made_by, p.reverse_reason, p.reference, p.payee, l.code AS vendor_code,
       v.name AS vendor_name, coalesce(nullif(b.number, ''), b.file_name) AS bill_name, b.first_day
  FROM app.vendor_payouts p
  JOIN app.vendor_bills b ON b.client_id = p.client_id AND b.id = p.bill_id
  JOIN app.client_vendors l ON l.client_id = p.client_id AND l.vendor_id = p.vendor_id
  JOIN app.vendors v ON v.id = p.vendor_id
 WHERE (CAST(:client AS uuid) IS NULL OR p.client_id = :client) AND (CAST(:bill AS uuid) IS NULL OR p.bill_id = :bill)
   AND (CAST(:vendor AS uuid) IS NULL OR p.vendor_id = :vendor)
   AND p.paid_on >= coalesce(CAST(:first AS date), '-infinity')
   AND p.paid_on <= coalesce(CAST(:last AS date), 'infinity')
 ORDER BY p.made_at, p.id"""


class VendorSettling(Statements):
    """What is settled about vendors' bills of the clients that the user may see."""

    def raise_dispute(self, client_id: UUID, bill_id: UUID, row_no: int, **words: Any) -> None:
        """Question a row of theirs: words are id, reason, note, owner, pay."""
        self._call(
            "api.raise_dispute(:client, :bill, :row, :id, :reason, :note, :owner, CAST(:pay AS bigint))",
            client=client_id, bill=bill_id, row=row_no, **words,
        )  # fmt: skip

    def disputes(
        self, client_id: UUID | None, bill_id: UUID | None = None, *, open_only: bool = False
    ) -> list[Dispute]:
        """Oldest first."""
        query = f"""{_DISPUTE} WHERE (CAST(:client AS uuid) IS NULL OR d.client_id = :client)
   AND (CAST(:bill AS uuid) IS NULL OR d.bill_id = :bill) AND (d.status = 'OPEN' OR NOT :open)
 ORDER BY d.raised_at, d.bill_id, d.row_no"""
        return [Dispute(**row) for row in self._rows(query, client=client_id, bill=bill_id, open=open_only)]

    def dispute(self, client_id: UUID | None, dispute_id: UUID) -> tuple[UUID, Dispute] | None:
        """(client, dispute) of that id."""
        query = (
            _DISPUTE.replace("SELECT d.id,", "SELECT d.client_id, d.id,", 1)
            + """
 WHERE d.id = :id AND (CAST(:client AS uuid) IS NULL OR d.client_id = :client)"""
        )
        rows = self._rows(query, client=client_id, id=dispute_id)
        if not rows:
            return None
        found = dict(rows[0])
        return found.pop("client_id"), Dispute(**found)

    def attach(
        self, client_id: UUID, dispute_id: UUID, evidence_id: UUID, name: str, kind: str, content: bytes
    ) -> None:
        """Add a file to a dispute."""
        self._call(
            "api.attach_evidence(:client, :dispute, :id, :name, :kind, :content)",
            client=client_id, dispute=dispute_id, id=evidence_id, name=name, kind=kind, content=content,
        )  # fmt: skip

    def evidence(self, client_id: UUID, dispute_id: UUID) -> list[Evidence]:
        """The files of a dispute."""
        query = """
SELECT f.id, f.file_name, f.media_type, octet_length(f.content) AS size, f.added_at, f.added_by
  FROM app.vendor_dispute_files f WHERE f.client_id = :client AND f.dispute_id = :dispute ORDER BY f.added_at, f.id"""
        return [Evidence(**row) for row in self._rows(query, client=client_id, dispute=dispute_id)]

    def content(self, client_id: UUID, evidence_id: UUID) -> tuple[str, bytes] | None:
        """(name, content) of a file."""
        query = (
            "SELECT f.file_name, f.content FROM app.vendor_dispute_files f WHERE f.client_id = :client AND f.id = :id"
        )
        rows = self._rows(query, client=client_id, id=evidence_id)
        return (rows[0]["file_name"], bytes(rows[0]["content"])) if rows else None

    def resolve(
        self, client_id: UUID, dispute: Dispute, resolution: str | None, amount: int | None, reason: str
    ) -> None:
        """Settle a dispute, or open it again (None)."""
        self._call(
            "api.resolve_dispute(:client, :id, :rev, CAST(:how AS text), CAST(:amount AS bigint), :reason)",
            client=client_id, id=dispute.id, rev=dispute.rev, how=resolution, amount=amount, reason=reason,
        )  # fmt: skip

    def payable(self, client_id: UUID, bill_id: UUID, day: date) -> Payable:
        """What is agreed and paid of a bill, and the vendor's financial year of the day."""
        query = "SELECT * FROM api.vendor_bill_payable(:client, :bill, :day)"
        return Payable(**self._rows(query, client=client_id, bill=bill_id, day=day)[0])

    def pay_out(self, client_id: UUID, payout: Mapping[str, Any], bill_id: UUID) -> None:
        """Record a payout."""
        content = json.dumps(payout, default=str)
        self._call("api.make_payout(:client, :bill, CAST(:p AS jsonb))", client=client_id, bill=bill_id, p=content)

    def reverse_payout(self, client_id: UUID, payout_id: UUID, reason: str) -> None:
        """Reverse a payout with a reason."""
        self._call("api.reverse_payout(:client, :id, :reason)", client=client_id, id=payout_id, reason=reason)

    def payouts(self, client_id: UUID, bill_id: UUID) -> list[Payout]:
        """Payouts of a bill, oldest first."""
        return [row.payout for row in self.payout_rows(client_id, bill_id=bill_id)]

    def payout_rows(
        self,
        client_id: UUID | None,
        *,
        bill_id: UUID | None = None,
        vendor_id: UUID | None = None,
        first: date | None = None,
        last: date | None = None,
    ) -> list[PayoutRow]:
        """Payouts with whose bill they paid, oldest first."""
        values = {"client": client_id, "bill": bill_id, "vendor": vendor_id, "first": first, "last": last}
        return [_payout_row(row) for row in self._rows(_PAYOUTS, **values)]

    def set_reference(self, client_id: UUID, payout_id: UUID, reference: str) -> None:
        """Add the bank's reference to a payout."""
        self._call("api.set_payout_reference(:client, :id, :text)", client=client_id, id=payout_id, text=reference)

    def settled_tax(self, client_id: UUID, bill_id: UUID) -> int:
        """The vendor's tax that settled disputes took off a bill whose rows say their tax."""
        query = """
SELECT coalesce(sum(m.their_tax - d.pay_tax), 0)::bigint AS tax
  FROM app.vendor_disputes d
  JOIN app.vendor_bill_matches m ON m.client_id = d.client_id AND m.bill_id = d.bill_id AND m.row_no = d.row_no
 WHERE d.client_id = :client AND d.bill_id = :bill AND d.status = 'RESOLVED'"""
        return int(self._rows(query, client=client_id, bill=bill_id)[0]["tax"])

    def parties(self, client_id: UUID, bill_id: UUID) -> Mapping[str, Any]:
        """Both sides of a bill as papers print them: payer, vendor, bill."""
        query = "SELECT api.bill_parties(:client, :bill) AS parties"
        found: Mapping[str, Any] = self._rows(query, client=client_id, bill=bill_id)[0]["parties"]
        return found

    def payee(self, client_id: UUID, vendor_id: UUID) -> Payee | None:
        """The vendor's bank account, if it is known."""
        query = """
SELECT a.beneficiary, a.account_no, a.ifsc FROM app.vendor_payees a
 WHERE a.client_id = :client AND a.vendor_id = :vendor"""
        rows = self._rows(query, client=client_id, vendor=vendor_id)
        return Payee(**rows[0]) if rows else None

    def save_payee(self, client_id: UUID, vendor_id: UUID, payee: Payee) -> None:
        """Set the vendor's bank account."""
        self._call(
            "api.save_payee(:client, :vendor, :name, :account, :ifsc)",
            client=client_id, vendor=vendor_id, name=payee.beneficiary, account=payee.account_no, ifsc=payee.ifsc,
        )  # fmt: skip


def _payout_row(row: Mapping[str, Any]) -> PayoutRow:
    names = ("beneficiary", "account_no", "ifsc")
    frozen = row["payee"]
    payee = Payee(*(frozen[name] for name in names)) if frozen and all(frozen.get(name) for name in names) else None
    own = {name: row[name] for name in Payout.__dataclass_fields__ if name != "payee"}
    words = {name: row[name] for name in PayoutRow.__dataclass_fields__ if name != "payout"}
    return PayoutRow(payout=Payout(payee=payee, **own), **words)
