"""The tax of a note in whole rupees, under the option that its original was issued with (GST.md sections 7 and 8).

Each component of the note's tax is rounded half up to the rupee, once, from what the note moves. What rounding adds or
takes is given to lines that stay open first, within what is left of each line's tax; where that does not reach, the
component is rounded towards zero instead: a credit never takes more than was billed. The note that takes the rest of a
document takes the rest of its tax, also from lines that were credited to their end before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from billing.invoicing.tax import PAISE_PER_RUPEE, whole_rupees
from billing.money import split_largest_remainder
from billing.schemas.invoices import TaxKind
from billing.schemas.notes import LineKey, NoteRoom, RoomLine, TaxParts

_UNBOUNDED = 1_000_000
"""How far a growing line may be moved; rounding never asks for more than a rupee."""


def rest_of_tax(room: NoteRoom) -> dict[LineKey, TaxParts]:
    """What is left of the tax of every line, taken whole."""
    return {
        line.key: TaxParts(-line.tax_left.tax, -line.tax_left.cgst, -line.tax_left.sgst, -line.tax_left.igst)
        for line in room.lines
        if line.left or line.tax_left.tax
    }


def in_rupees(
    room: NoteRoom,
    known: Mapping[LineKey, RoomLine],
    moved: Mapping[LineKey, int],
    taxes: Mapping[LineKey, TaxParts],
) -> dict[LineKey, TaxParts]:
    """The signed tax of every line that moves, with each component of their sum in whole rupees."""
    keys = [key for key in moved if key[2]]
    parts = [_component(room.kind, taxes[key]) for key in keys]
    wanted = whole_rupees(sum(moved[key] * key[3] for key in keys), room.kind)
    bounds = [_bounds(room.kind, known.get(key), moved[key]) for key in keys]
    is_ended = [known[key].left + moved[key] == 0 if key in known else False for key in keys]
    settled = _moved_to(wanted, parts, bounds, is_ended)
    if settled is None:
        settled = _moved_to(_towards_zero(sum(parts)), parts, bounds, is_ended)
    if settled is None:
        raise ValueError("a note's tax cannot be brought to whole rupees")
    return {**taxes, **{key: _parts(room.kind, part) for key, part in zip(keys, settled, strict=True)}}


def _component(kind: TaxKind, parts: TaxParts) -> int:
    return parts.cgst if kind is TaxKind.CGST_SGST else parts.tax


def _parts(kind: TaxKind, part: int) -> TaxParts:
    if kind is TaxKind.CGST_SGST:
        return TaxParts(2 * part, part, part, 0)
    return TaxParts(part, 0, 0, part if kind is TaxKind.IGST else 0)


def _towards_zero(amount: int) -> int:
    whole = abs(amount) // PAISE_PER_RUPEE * PAISE_PER_RUPEE
    return whole if amount >= 0 else -whole


def _bounds(kind: TaxKind, line: RoomLine | None, delta: int) -> tuple[int, int]:
    """The least and the most that a line's part may be: a line that shrinks gives no more tax than it has."""
    left = _component(kind, line.tax_left) if line is not None else 0
    if delta < 0:
        return (-left if line is not None and line.left > 0 else -_UNBOUNDED, 0)
    return (0, -left if line is not None and line.left < 0 else _UNBOUNDED)


def _moved_to(
    wanted: int, parts: Sequence[int], bounds: Sequence[tuple[int, int]], is_ended: Sequence[bool]
) -> list[int] | None:
    """The parts with the sum that is wanted, lines that stay open first; None where their bounds do not allow it."""
    result = list(parts)
    for ended in (False, True):
        missing = wanted - sum(result)
        places = [at for at, is_end in enumerate(is_ended) if is_end == ended]
        room = [
            max(0, bounds[at][1] - result[at]) if missing > 0 else max(0, result[at] - bounds[at][0]) for at in places
        ]
        take = min(abs(missing), sum(room))
        if take:
            shares = split_largest_remainder(take, room)
            for at, share in zip(places, shares, strict=True):
                result[at] += share if missing > 0 else -share
    return result if sum(result) == wanted else None
