"""How far a client's set-up has come."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa


class SetupSteps:
    """Looks whether anything is there yet, without counting it."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def of_client(self, client_id: UUID) -> tuple[bool, bool, bool]:
        """Whether the client has a contract in force at any time, a trip, an invoice."""
        statement = sa.text(
            """SELECT EXISTS (SELECT 1 FROM app.contract_versions v
                               WHERE v.client_id = :client AND v.status = 'ACTIVE'),
                      EXISTS (SELECT 1 FROM app.trips t WHERE t.client_id = :client),
                      EXISTS (SELECT 1 FROM app.invoices i WHERE i.client_id = :client)"""
        )
        contract, trip, invoice = self._connection.execute(statement, {"client": client_id}).one()
        return bool(contract), bool(trip), bool(invoice)

    def counts(self) -> dict[UUID, tuple[int, int, int]]:
        """By client: how many sites, vendors and employees it has."""
        statement = sa.text(
            """SELECT c.id, (SELECT count(*) FROM app.client_sites s WHERE s.client_id = c.id),
                      (SELECT count(*) FROM app.client_vendors v WHERE v.client_id = c.id),
                      (SELECT count(*) FROM app.employees e WHERE e.client_id = c.id)
                 FROM app.clients c"""
        )
        return {row[0]: (row[1], row[2], row[3]) for row in self._connection.execute(statement)}
