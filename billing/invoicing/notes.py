"""Credit and debit notes: what they take from a document, with the tax of each part (GST.md sections 7 and 8).

Everything is computed signed (a credit is negative) and printed positive in the direction of the note's type. The tax
of a rate is rounded once from the note's taxable value, then given to its lines; a line that is credited to its end
takes what is left of its tax, so that the parts of a line add up to it exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from billing.errors import RefusedError
from billing.invoicing.doc_types import CREDIT_NOTE, DEBIT_NOTE, sign_of
from billing.invoicing.draft import check_adds_up
from billing.invoicing.lines import MAY_BE_NEGATIVE, describe, line_order
from billing.invoicing.note_rupees import in_rupees, rest_of_tax
from billing.invoicing.tax import PAISE_PER_RUPEE, PERCENT_SCALE, rupee_round_off
from billing.money import format_inr, half_up
from billing.schemas.invoices import ChargeLevel, InvoiceLine, InvoiceTotals, TaxGroup, TaxKind
from billing.schemas.notes import LineKey, NoteDraft, NoteLine, NoteRoom, RoomLine, TaxParts

_LAST_MONTH_OF_YEAR = 3
_HUNDRED = 100


def credit_deadline(month: date) -> date:
    """30 November after the financial year of the supply: a later credit does not reduce the tax (s.34(2))."""
    year = month.year if month.month > _LAST_MONTH_OF_YEAR else month.year - 1
    return date(year + 1, 11, 30)


def draft_note(
    room: NoteRoom,
    deltas: Mapping[LineKey, int],
    *,
    counts: Mapping[LineKey, int] | None = None,
    commercial: bool = False,
) -> NoteDraft | None:
    """The note that these signed differences to the lines of a document make; None when nothing is owed either way.

    Args:
        room: what is left of the document.
        deltas: signed paise by line: below zero is a credit.
        counts: quantities to print.
        commercial: a credit without GST.

    Raises:
        RefusedError: CREDIT_EXCEEDS, naming the line and what is left of it.
    """
    known = {line.key: line for line in room.lines}
    moved = {key: delta for key, delta in deltas.items() if delta}
    for key, delta in moved.items():
        _refuse_excess(known.get(key), key, delta)
    is_rest = not commercial and all(key in known for key in moved)
    is_rest = is_rest and all(line.left + moved.get(line.key, 0) == 0 for line in room.lines)
    taxes = _taxes(room, known, moved, commercial=commercial)
    if room.tax_to_rupee and moved and not commercial and not room.reverse_charge:
        taxes = {**taxes, **rest_of_tax(room)} if is_rest else in_rupees(room, known, moved, taxes)
    exact = sum(moved.values()) + sum(part.tax for part in taxes.values())
    if not exact:
        return None
    doc_type = CREDIT_NOTE if exact < 0 else DEBIT_NOTE
    sign = sign_of(doc_type)
    ordered = sorted(taxes, key=lambda key: line_order(key[1], key[0], key[3]))
    lines = tuple(
        _line(known.get(key), key, sign, moved.get(key, 0), taxes[key], (counts or {}).get(key, 0)) for key in ordered
    )
    totals = _totals(room, lines, sign, is_rest=is_rest)
    return NoteDraft(doc_type, lines, totals, commercial)


def room_after(room: NoteRoom, note: NoteDraft) -> NoteRoom:
    """What is left of the document once this note is issued too."""
    sign = sign_of(note.doc_type)
    lines = {line.key: line for line in room.lines}
    for part in note.lines:
        was = lines.get(part.key)
        left = was.tax_left if was is not None else TaxParts()
        tax = TaxParts(
            left.tax + sign * part.tax.tax,
            left.cgst + sign * part.tax.cgst,
            left.sgst + sign * part.tax.sgst,
            left.igst + sign * part.tax.igst,
        )
        number, billed = (was.line_no, was.billed) if was is not None else (None, 0)
        lines[part.key] = RoomLine(part.key, number, part.description, billed, part.after, tax)
    totals = note.totals
    return replace(
        room,
        lines=tuple(lines.values()),
        total_left=room.total_left + sign * totals.total,
        round_off_left=room.round_off_left + sign * totals.round_off,
        rcm_left=room.rcm_left + sign * totals.rcm_tax,
        tds_left=room.tds_left + sign * totals.tds,
    )


def _refuse_excess(line: RoomLine | None, key: LineKey, delta: int) -> None:
    """A price never goes below zero and a deduction never above."""
    after = (line.left if line else 0) + delta
    if (after < 0 and key[1] not in MAY_BE_NEGATIVE) or (after > 0 and key[1] in MAY_BE_NEGATIVE):
        name = line.description if line else describe(key[1], key[0], is_taxable=key[2])
        left = abs(line.left) if line else 0
        raise RefusedError(
            "CREDIT_EXCEEDS",
            f"{name}: {format_inr(abs(delta))} is more than the {format_inr(left)} that is left of the line.",
            where=key[1],
        )


def _taxes(
    room: NoteRoom, known: Mapping[LineKey, RoomLine], moved: Mapping[LineKey, int], *, commercial: bool
) -> dict[LineKey, TaxParts]:
    """The signed tax of every line that moves."""
    taxes = {key: TaxParts() for key in moved}
    if room.reverse_charge or commercial:
        return taxes
    for percent in {key[3] for key in moved if key[2]}:
        keys = [key for key in moved if key[2] and key[3] == percent]
        taxes |= _taxes_of_rate(room.kind, percent, keys, known, moved)
    return taxes


def _taxes_of_rate(
    kind: TaxKind,
    percent: int,
    keys: Sequence[LineKey],
    known: Mapping[LineKey, RoomLine],
    moved: Mapping[LineKey, int],
) -> dict[LineKey, TaxParts]:
    """Lines that end take what is left of their tax; the others share the tax of their sum, rounded once."""
    ends = [key for key in keys if key in known and known[key].left + moved[key] == 0]
    parts = {key: _negated(known[key].tax_left) for key in ends}
    rest = [key for key in keys if key not in parts]
    divisor = _HUNDRED * PERCENT_SCALE * (2 if kind is TaxKind.CGST_SGST else 1)
    shares = _apportion([moved[key] for key in rest], percent, divisor)
    for key, share in zip(rest, shares, strict=True):
        parts[key] = _parts(kind, share, known.get(key), moved[key])
    return parts


def _negated(parts: TaxParts) -> TaxParts:
    return TaxParts(-parts.tax, -parts.cgst, -parts.sgst, -parts.igst)


def _apportion(amounts: Sequence[int], percent: int, divisor: int) -> list[int]:
    """The tax on the sum of these amounts, rounded once, given to each by its own tax: largest remainder."""
    whole = half_up(sum(amounts) * percent, divisor)
    split = [divmod(amount * percent, divisor) for amount in amounts]
    shares = [quotient for quotient, _ in split]
    missing = whole - sum(shares)
    for place in sorted(range(len(split)), key=lambda place: -split[place][1])[:missing]:
        shares[place] += 1
    return shares


def _parts(kind: TaxKind, share: int, line: RoomLine | None, delta: int) -> TaxParts:
    """One component's share as the parts of a line; a line that shrinks gives no more tax than it has."""
    if kind is TaxKind.CGST_SGST:
        cgst = _capped(share, line.tax_left.cgst if line else 0, line, delta)
        sgst = _capped(share, line.tax_left.sgst if line else 0, line, delta)
        return TaxParts(cgst + sgst, cgst, sgst, 0)
    if kind is TaxKind.IGST:
        igst = _capped(share, line.tax_left.igst if line else 0, line, delta)
        return TaxParts(igst, 0, 0, igst)
    return TaxParts(_capped(share, line.tax_left.tax if line else 0, line, delta))


def _capped(share: int, left: int, line: RoomLine | None, delta: int) -> int:
    if line is None or (line.left > 0) == (delta > 0):
        return share
    return max(share, -left) if delta < 0 else min(share, -left)


def _line(line: RoomLine | None, key: LineKey, sign: int, delta: int, tax: TaxParts, count: int) -> NoteLine:
    level, code, is_taxable, _ = key
    before = line.left if line else 0
    return NoteLine(
        key=key,
        corrects_line=line.line_no if line else None,
        description=line.description if line else describe(code, level, is_taxable=is_taxable),
        count=count,
        amount=sign * delta,
        tax=TaxParts(sign * tax.tax, sign * tax.cgst, sign * tax.sgst, sign * tax.igst),
        before=before,
        after=before + delta,
    )


def _totals(room: NoteRoom, lines: Sequence[NoteLine], sign: int, *, is_rest: bool) -> InvoiceTotals:
    """The figures under the lines; the last part of a document takes what is left of its round-off too."""
    taxable = sum(line.amount for line in lines if line.key[2])
    non_taxable = sum(line.amount for line in lines if not line.key[2])
    tax = sum(line.tax.tax for line in lines)
    before = taxable + non_taxable + tax
    if is_rest:
        round_off = sign * -room.round_off_left
    else:
        round_off = rupee_round_off(before) if room.round_to_rupee else 0
        if sign < 0 and before + round_off > room.total_left >= before:
            round_off -= PAISE_PER_RUPEE  # rounding up would take more than is left
    return InvoiceTotals(
        taxable=taxable,
        non_taxable=non_taxable,
        tax=tax,
        cgst=sum(line.tax.cgst for line in lines),
        sgst=sum(line.tax.sgst for line in lines),
        igst=sum(line.tax.igst for line in lines),
        round_off=round_off,
        total=before + round_off,
        tds=room.tds_left if is_rest else half_up(taxable * room.tds_milli, _HUNDRED * PERCENT_SCALE),
        rcm_tax=_rcm(room, lines, is_rest=is_rest),
    )


def _rcm(room: NoteRoom, lines: Sequence[NoteLine], *, is_rest: bool) -> int:
    """Under reverse charge, the tax that the client's own liability changes by."""
    if not room.reverse_charge:
        return 0
    if is_rest:
        return room.rcm_left
    halves = 2 if room.kind is TaxKind.CGST_SGST else 1
    sums: dict[int, int] = {}
    for line in lines:
        if line.key[2]:
            sums[line.key[3]] = sums.get(line.key[3], 0) + line.amount
    return sum(halves * half_up(value * percent, halves * _HUNDRED * PERCENT_SCALE) for percent, value in sums.items())


def check_note(draft: NoteDraft, sac: str) -> None:
    """Lines, tax and totals of a note agree; a difference stops the operation (SECURITY.md (e))."""
    lines = [
        InvoiceLine(
            n, line.key[1], line.key[0], line.description, sac, line.key[3], line.key[2], line.amount, line.count
        )
        for n, line in enumerate(draft.lines, start=1)
    ]
    groups: dict[int, list[int]] = {}
    for line in draft.lines:
        if line.key[2]:
            cell = groups.setdefault(line.key[3], [0, 0, 0, 0, 0])
            figures = (line.amount, line.tax.cgst, line.tax.sgst, line.tax.igst, line.tax.tax)
            for place, figure in enumerate(figures):
                cell[place] += figure
    check_adds_up(lines, [TaxGroup(percent, *cell) for percent, cell in groups.items()], draft.totals)


def stored_note_lines(draft: NoteDraft) -> list[dict[str, object]]:
    """The note's lines as api.finish_note takes them."""
    return [
        {
            "source": line.key[0].value,
            "code": line.key[1],
            "taxable": line.key[2],
            "tax_milli": line.key[3],
            "description": line.description,
            "quantity": line.count,
            "unit": "TRIP" if line.key[0] is ChargeLevel.TRIP else "MONTH",
            "amount": line.amount,
            "tax": line.tax.tax,
            "cgst": line.tax.cgst,
            "sgst": line.tax.sgst,
            "igst": line.tax.igst,
        }
        for line in draft.lines
    ]
