"""Where contracts and their versions are stored. What is in force moves through definer functions only (R9)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

import sqlalchemy as sa

from billing.errors import EditConflictError, NotAllowedError, RefusedError
from billing.schemas.contracts import Contract, ContractVersion
from billing.store.records import Spec

CONTRACTS = Spec(
    Contract,
    "contracts",
    "contract",
    ("client_id", "id"),
    frozenset({"client_id", "id", "vendor_id"}),
    ("client_id", "vendor_id", "name"),
)

_COLUMNS = """v.client_id, v.id, v.contract_id, v.number, v.billing_model, v.rules_config::text AS rules,
    lower(v.validity) AS valid_from, upper(v.validity) AS valid_until, v.status, v.note, v.rev, v.updated_at,
    v.updated_by"""


def rules_to_text(rules: Mapping[str, Any]) -> str:
    """Rules as JSON text: Decimals become strings, so that no reader ever makes a float of them."""
    return json.dumps(dict(rules), ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def rules_from_text(text: str) -> dict[str, Any]:
    """Rules as stored; numbers are kept by their text."""
    result: dict[str, Any] = json.loads(text, parse_float=str, parse_int=str)
    return result


def _version(row: Mapping[Any, Any]) -> ContractVersion:
    return ContractVersion(**{**row, "rules": rules_from_text(row["rules"])})


class ContractVersions:
    """The versions of contracts that are not superseded, as far as row-level security shows them."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, client_id: UUID, version_id: UUID) -> ContractVersion | None:
        """The version of that id, or None."""
        found = self._select("v.client_id = :client AND v.id = :version", client=client_id, version=version_id)
        return found[0] if found else None

    def of_contract(self, client_id: UUID, contract_id: UUID) -> list[ContractVersion]:
        """A contract's versions by number."""
        return self._select(
            "v.client_id = :client AND v.contract_id = :contract AND v.superseded_at IS NULL",
            client=client_id,
            contract=contract_id,
        )

    def all_of(self, client_id: UUID | None) -> list[ContractVersion]:
        """All versions of a client's contracts, or of all clients that the user may see, by contract and number."""
        if client_id is None:
            return self._select("v.superseded_at IS NULL")
        return self._select("v.client_id = :client AND v.superseded_at IS NULL", client=client_id)

    def _select(self, where: str, **values: Any) -> list[ContractVersion]:
        query = sa.text(
            f"SELECT {_COLUMNS} FROM app.contract_versions v WHERE {where} ORDER BY v.contract_id, v.number"
        )
        return [_version(row) for row in self._connection.execute(query, values).mappings()]

    def add_drafts(self, versions: Sequence[ContractVersion]) -> None:
        """Insert drafts; a version is never born in force."""
        if versions:
            self._connection.execute(
                sa.text(
                    """INSERT INTO app.contract_versions
                        (client_id, id, contract_id, number, billing_model, rules_config, validity, note)
                    VALUES (:client_id, :id, :contract_id, :number, :billing_model, CAST(:rules AS jsonb),
                            tstzrange(:valid_from, :valid_until), :note)"""
                ),
                [_values(version) for version in versions],
            )

    def update_draft(self, version: ContractVersion) -> ContractVersion:
        """Save an edit of the draft that was read as revision `version.rev`; gives it as stored now.

        Raises:
            EditConflictError: Somebody saved it meanwhile.
            RefusedError: It is gone, or no draft any more.
            NotAllowedError: This user may not edit it.
        """
        statement = sa.text(
            f"""UPDATE app.contract_versions v
                SET billing_model = :billing_model, rules_config = CAST(:rules AS jsonb),
                    validity = tstzrange(:valid_from, :valid_until), note = :note
                WHERE v.client_id = :client_id AND v.id = :id AND v.rev = :rev AND v.status = 'DRAFT'
                RETURNING {_COLUMNS}"""
        )
        row = self._connection.execute(statement, _values(version)).mappings().first()
        if row is None:
            self._refuse(version)
        return _version(row)

    def _refuse(self, version: ContractVersion) -> NoReturn:
        current = self.get(version.client_id, version.id)
        if current is None:
            raise RefusedError("NOT_FOUND", "This draft does not exist any more.")
        if current.rev != version.rev:
            raise EditConflictError("draft", current)
        if current.status != "DRAFT":
            raise RefusedError("NOT_A_DRAFT", "A version in force does not change; renew the contract instead.")
        raise NotAllowedError("NOT_ALLOWED", "You may look at this draft, but not change it.")

    def delete_draft(self, version: ContractVersion) -> None:
        """Remove the draft that was read as revision `version.rev`.

        Raises:
            ConflictError: Somebody saved it meanwhile.
            RefusedError: It is gone or in force.
        """
        statement = sa.text("SELECT api.discard_version(:client, :id, :rev)")
        self._connection.execute(statement, {"client": version.client_id, "id": version.id, "rev": version.rev})

    def backdate(
        self,
        version: ContractVersion,
        head_id: UUID,
        new_id: UUID,
        start: datetime,
        model: str,
        rules: Mapping[str, Any],
        reason: str,
    ) -> int:
        """Supersede a version by itself up to `start` and new rules from then on; gives the new version's number."""
        statement = sa.text(
            "SELECT api.backdate_version(:client, :version, :rev, :head, :new_id, :start, :model, "
            "CAST(:rules AS jsonb), :reason)"
        )
        values = {
            "client": version.client_id,
            "version": version.id,
            "rev": version.rev,
            "head": head_id,
            "new_id": new_id,
            "start": start,
            "model": model,
            "rules": rules_to_text(rules),
            "reason": reason,
        }
        return int(self._connection.execute(statement, values).scalar_one())

    def correct(
        self, version: ContractVersion, new_id: UUID, model: str, rules: Mapping[str, Any], reason: str
    ) -> None:
        """Replace a version in force; the old row is kept as superseded by `new_id`.

        Months that were issued with the old one stay as they are: services.settle bills the difference.

        Raises:
            ConflictError: It was changed meanwhile.
            RefusedError: It is a draft, or was replaced already.
            BadInputError: No reason was given.
        """
        statement = sa.text(
            "SELECT api.correct_version(:client, :version, :rev, :new_id, :model, CAST(:rules AS jsonb), :reason)"
        )
        self._connection.execute(
            statement,
            {
                "client": version.client_id,
                "version": version.id,
                "rev": version.rev,
                "new_id": new_id,
                "model": model,
                "rules": rules_to_text(rules),
                "reason": reason,
            },
        )

    def activate(
        self,
        version: ContractVersion,
        contract_rev: int,
        valid_from: datetime,
        valid_until: datetime | None,
        *,
        end_previous: bool,
    ) -> None:
        """Put a draft in force; with `end_previous` the version in force at `valid_from` ends there.

        Raises:
            ConflictError: The contract or the draft was changed meanwhile, or the times overlap another version.
            RefusedError: It is no draft, or the previous version is billed beyond `valid_from`.
        """
        statement = sa.text(
            "SELECT api.activate_version(:client, :version, :rev, :contract_rev, "
            ":valid_from, :valid_until, :end_previous)"
        )
        self._connection.execute(
            statement,
            {
                "client": version.client_id,
                "version": version.id,
                "rev": version.rev,
                "contract_rev": contract_rev,
                "valid_from": valid_from,
                "valid_until": valid_until,
                "end_previous": end_previous,
            },
        )

    def end_contract(self, contract: Contract, until: datetime | None, reason: str) -> None:
        """Move the end of the contract's last version; None opens it again.

        Raises:
            ConflictError: The contract was changed meanwhile.
            RefusedError: Nothing is in force, a later version begins after `until`, or a month after it was issued.
        """
        statement = sa.text("SELECT api.end_contract(:client, :contract, :rev, :until, :reason)")
        values = {
            "client": contract.client_id,
            "contract": contract.id,
            "rev": contract.rev,
            "until": until,
            "reason": reason,
        }
        self._connection.execute(statement, values)


def _values(version: ContractVersion) -> dict[str, Any]:
    names = ("client_id", "id", "contract_id", "number", "billing_model", "valid_from", "valid_until", "note", "rev")
    return {name: getattr(version, name) for name in names} | {"rules": rules_to_text(version.rules)}
