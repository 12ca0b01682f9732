"""What a user decides about a trip sheet, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from billing.exchange.sheets.dates import Order
from billing.exchange.sheets.result import CheckedFile
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.imports import BatchResult, ImportBatch


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """What the user decides about a file.

    `client` and `vendor` are codes, ids or names; `mapping` is field -> header and `mapping_name` one saved for the
    vendor; `timezone` serves where no client is known yet; `strict_names` rejects rows whose cab or employee is not
    on record; `lenient` writes the accepted rows although others are rejected; `skip` are rows unticked in the preview
    as (sheet, row); `edits` are cells corrected there: (sheet, row) -> header -> text. `key` is made when the user
    first wants the import: the same key again imports nothing again, whatever became of the first answer.
    """

    client: str | None = None
    vendor: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    mapping_name: str | None = None
    derive_ids: bool = False
    distance_unit: str | None = None
    date_order: Order | None = None
    timezone: str | None = None
    lenient: bool = False
    create_parties: bool = False
    strict_names: bool = False
    skip: frozenset[tuple[str | None, int]] = frozenset()
    edits: Mapping[tuple[str | None, int], Mapping[str, str]] = field(default_factory=dict)
    key: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file.

    `checked` holds every row's fate against the database. `written` is False for a preview, for a strict import with
    rejected rows, and where no row is new. `same_file` are earlier imports of the very same file.
    """

    checked: CheckedFile
    written: bool
    file_id: UUID | None
    batches: tuple[BatchResult, ...]
    created: tuple[str, ...]
    same_file: tuple[ImportBatch, ...]
    changes: Changes
