"""How a client gets a vendor: by a definer function, because its staff may not see the other vendors."""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.parties import ClientVendor, Vendor, VendorBranch

_BRANCH = (
    "code", "name", "legal_name", "gstin", "state_code", "address_1", "address_2", "city", "pin", "bank",
    "einvoice_liable", "round_tax_to_rupee",
)  # fmt: skip


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


class VendorLinks:
    """Adds vendors to clients."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add_vendor(self, link: ClientVendor, vendor: Vendor, branch: VendorBranch) -> UUID:
        """Link the vendor whose branch has this GSTIN, or make it; gives the vendor's id.

        Raises:
            ConflictError: The client has this code or this vendor already.
        """
        statement = sa.text(
            """SELECT api.add_vendor(:client_id, :vendor_id, :code, CAST(:aliases AS text[]), :billing_mode, :name,
                                     :pan, :body_corporate, :tds_status, CAST(:branch AS jsonb), :aato,
                                     CAST(:authority AS jsonb))"""
        )
        values = {
            "client_id": link.client_id,
            "vendor_id": vendor.id,
            "code": link.code,
            "aliases": list(link.aliases),
            "billing_mode": link.billing_mode,
            "name": vendor.name,
            "pan": vendor.pan,
            "body_corporate": vendor.is_body_corporate,
            "tds_status": vendor.tds_status,
            "branch": json.dumps({name: getattr(branch, name) for name in _BRANCH}),
            "aato": vendor.aato,
            "authority": json.dumps(
                {"ref": link.authority_ref, "from": _day(link.authority_from), "until": _day(link.authority_until)}
            ),
        }
        result: UUID = self._connection.execute(statement, values).scalar_one()
        return result
