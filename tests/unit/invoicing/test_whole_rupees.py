"""Tax in whole rupees (GST.md section 7): documents and notes, worked cases and properties against Decimals."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from billing.invoicing.doc_types import sign_of
from billing.invoicing.draft import assemble, draft_lines, tax_groups_of, totals_of
from billing.invoicing.notes import check_note, draft_note
from billing.invoicing.sac_groups import by_sac
from billing.invoicing.stored import stored_lines
from billing.invoicing.tax import decide_nature, in_whole_rupees, tax_group
from billing.schemas.invoices import ChargeLevel, ChargeSum, TaxGroup, TaxKind
from billing.schemas.notes import NoteRoom
from tests.unit.invoicing.test_note_amounts import COMPONENTS, Line, after, documents, room_of

EXAMPLES = 5_000 if os.environ.get("MIS_HYPOTHESIS") == "nightly" else 100
RUPEE = Decimal(1)


def rounded(values: list[tuple[int, int]], kind: TaxKind) -> int:
    """The oracle: one component of the tax on (paise, thousandths of a percent) pairs, in paise of whole rupees."""
    parts = 2 if kind is TaxKind.CGST_SGST else 1
    exact = sum((Decimal(paise) / 100 * Decimal(milli) / 1000 / 100 / parts for paise, milli in values), Decimal(0))
    return int(abs(exact).quantize(RUPEE, ROUND_HALF_UP).copy_sign(exact)) * 100


def component(group: TaxGroup, kind: TaxKind) -> int:
    return group.cgst if kind is TaxKind.CGST_SGST else group.tax


@pytest.mark.parametrize(
    ("values", "kind", "wanted"),
    [
        ([(62_51, 18000)], TaxKind.CGST_SGST, [(600, 600, 0)]),  # 5.6259 -> 6 and 6
        ([(62_51, 18000)], TaxKind.IGST, [(0, 0, 1100)]),  # 11.2518 -> 11
        ([(10_00, 5000)], TaxKind.IGST, [(0, 0, 100)]),  # 0.50 is rounded up
        ([(9_99, 5000)], TaxKind.IGST, [(0, 0, 0)]),  # 0.4995, which rounded twice would be 1
        ([(8730_00, 5000)], TaxKind.IGST, [(0, 0, 437_00)]),  # 436.50: the thousand trips of GST.md 7 by tens
        ([(100_00, 5000), (100_00, 18000)], TaxKind.IGST, [(0, 0, 500), (0, 0, 1800)]),
        ([(110_00, 5000), (110_00, 18000)], TaxKind.IGST, [(0, 0, 543), (0, 0, 1957)]),  # 25.30 -> 25.00
    ],
)
def test_components_are_rounded_for_the_whole_document(
    values: list[tuple[int, int]], kind: TaxKind, wanted: list[tuple[int, int, int]]
) -> None:
    groups = in_whole_rupees([tax_group(paise, milli, kind) for paise, milli in values], kind)
    assert [(group.cgst, group.sgst, group.igst) for group in groups] == wanted
    assert sum(component(group, kind) for group in groups) == rounded(values, kind)


AMOUNTS = st.lists(
    st.tuples(st.integers(-5_000_00, 50_000_00), st.sampled_from([0, 250, 5000, 12000, 18000, 28000])),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=EXAMPLES)
@example([(100, 250), (300, 250), (-361, 28000)], TaxKind.CGST_SGST)
@given(AMOUNTS, st.sampled_from(list(TaxKind)))
def test_a_document_in_whole_rupees_agrees_with_its_lines_and_its_rates(
    amounts: list[tuple[int, int]], kind: TaxKind
) -> None:
    """Lines, rates, SAC summary and totals are one figure: half up to the rupee from the exact tax, rounded once."""
    codes = ("BASE_FARE", "NIGHT", "WAITING", "CARPOOL_DISCOUNT", "ESCORT", "TIME")
    charges = [
        ChargeSum(code, ChargeLevel.TRIP, milli, True, paise, 1)
        for code, (paise, milli) in zip(codes, amounts, strict=False)
    ]
    states = {TaxKind.CGST_SGST: ("29", "29"), TaxKind.IGST: ("29", "27"), TaxKind.SINGLE: (None, None)}[kind]
    nature = decide_nature(*states)
    lines = draft_lines(charges, "996601")
    plain = tax_groups_of(lines, nature)
    groups = in_whole_rupees(plain, kind)
    draft = assemble(lines, groups, totals_of(lines, groups, round_to_rupee=True), nature)
    wanted = rounded(amounts, kind)
    assert sum(component(group, kind) for group in groups) == wanted
    assert draft.totals.tax == wanted * (2 if kind is TaxKind.CGST_SGST else 1)
    assert draft.totals.cgst == draft.totals.sgst
    stored = stored_lines(draft)
    assert sum(line.get("tax", 0) for line in stored) == draft.totals.tax
    assert sum(group.tax for _, group in by_sac(groups, lines)) == draft.totals.tax
    for before, now in zip(plain, groups, strict=True):
        assert abs(component(now, kind) - component(before, kind)) <= 51
        if all(paise >= 0 for paise, _ in amounts):
            assert component(now, kind) >= 0


def in_rupees(room: NoteRoom, lines: list[Line]) -> NoteRoom:
    """The same document issued with its tax in whole rupees; `lines` are only counted."""
    kind, groups = room.kind, {}
    for line in room.lines:
        groups.setdefault(line.key[3], []).append(line)
    plain = [tax_group(sum(line.left for line in members), milli, kind) for milli, members in sorted(groups.items())]
    charges = [ChargeSum(line.code, ChargeLevel.TRIP, line.key[3], True, line.left, 1) for line in room.lines]
    states = {TaxKind.CGST_SGST: ("29", "29"), TaxKind.IGST: ("29", "27"), TaxKind.SINGLE: (None, None)}[kind]
    nature = decide_nature(*states)
    drafted = draft_lines(charges, "996601")
    whole = in_whole_rupees(plain, kind)
    draft = assemble(drafted, whole, totals_of(drafted, whole, round_to_rupee=False), nature)
    taxes = {(line["code"], line["tax_milli"]): line for line in stored_lines(draft)}
    made = []
    for line in room.lines:
        tax = taxes[line.code, line.key[3]]
        left = replace(line.tax_left, **{name: tax.get(name, 0) for name in ("tax", "cgst", "sgst", "igst")})
        made.append(replace(line, tax_left=left))
    assert len(made) == len(lines)
    total = sum(line.left + line.tax_left.tax for line in made)
    return replace(room, lines=tuple(made), total_left=total, round_off_left=0, tax_to_rupee=True)


@settings(max_examples=EXAMPLES)
@given(documents(), st.data())
def test_credits_in_whole_rupees_stay_below_every_line_and_end_at_nothing(
    document: tuple[TaxKind, list[Line]], data: st.DataObject
) -> None:
    kind, lines = document
    room = begun = in_rupees(room_of(kind, lines), lines)
    for _ in range(data.draw(st.integers(0, 4))):
        deltas = {
            line.key: -data.draw(st.integers(min(line.left, 0), max(line.left, 0))) for line in room.lines if line.left
        }
        note = draft_note(room, deltas)
        if note is None:
            continue
        check_note(note, "996601")
        sign = sign_of(note.doc_type)
        for name in COMPONENTS[kind]:
            taken = sign * sum(getattr(line.tax, name) for line in note.lines)
            assert taken % 100 == 0
            exact = rounded([(delta, key[3]) for key, delta in deltas.items()], kind)
            if room is begun and all(line.left > 0 for line in room.lines):
                assert abs(exact) - 200 <= abs(taken) <= abs(exact) + 100
        if note.totals.cgst or note.totals.sgst:
            assert note.totals.cgst == note.totals.sgst
        room = after(room, note)
        for line, first in zip(room.lines, begun.lines, strict=True):
            for name in ("tax", "cgst", "sgst", "igst"):
                was, now = getattr(first.tax_left, name), getattr(line.tax_left, name)
                assert abs(now) <= abs(was), (name, was, now)
                assert was * now >= 0
    rest = draft_note(room, {line.key: -line.left for line in room.lines})
    if rest is not None:
        check_note(rest, "996601")
        room = after(room, rest)
        assert [(line.left, line.tax_left.tax) for line in room.lines] == [(0, 0)] * len(room.lines)
    else:  # what is left on both sides comes to nothing
        assert sum(line.left + line.tax_left.tax for line in room.lines) == 0


def test_three_parts_in_whole_rupees_take_the_remainder_last() -> None:
    """100.20 @5 is 3 + 3 in whole rupees: 1 + 1, 1 + 1, and what is left."""
    line = Line("BASE_FARE", Decimal(5), Decimal("100.20"), {"cgst": Decimal("2.51"), "sgst": Decimal("2.51")})
    room = in_rupees(room_of(TaxKind.CGST_SGST, [line]), [line])
    taken = []
    for _ in range(3):
        note = draft_note(room, {room.lines[0].key: -33_40})
        assert note is not None
        taken.append((note.totals.cgst, note.totals.sgst))
        room = after(room, note)
    assert taken == [(100, 100), (100, 100), (100, 100)]
    assert room.lines[0].tax_left.tax == 0


def test_a_line_credited_to_its_end_leaves_what_rounding_held_back_to_the_last_note() -> None:
    """Two lines of 7.60 @12: CGST 0.912 is 1.00. Half of it is 0.456: the first credit has none, the last all."""
    lines = [
        Line(code, Decimal(12), Decimal("7.60"), {"cgst": Decimal(0), "sgst": Decimal(0)}) for code in ("NIGHT", "TIME")
    ]
    room = in_rupees(room_of(TaxKind.CGST_SGST, lines), lines)
    assert [line.tax_left.cgst for line in room.lines] == [50, 50]
    first = draft_note(room, {room.lines[0].key: -7_60})
    assert first is not None
    assert first.totals.tax == 0
    room = after(room, first)
    last = draft_note(room, {room.lines[1].key: -7_60})
    assert last is not None
    assert [(line.amount, line.tax.cgst, line.tax.sgst) for line in last.lines] == [(7_60, 50, 50), (0, 50, 50)]
    assert last.totals.tax == 2_00
