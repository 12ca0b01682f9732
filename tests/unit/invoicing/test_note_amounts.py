"""Amounts of credit and debit notes: worked and published cases, and properties against an oracle of Decimals.

The oracle shares no code with the program: it rounds with `quantize`, keeps rupees, and knows only the rules of GST.md
sections 7 and 8.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.errors import RefusedError
from billing.invoicing.doc_types import sign_of, title_of
from billing.invoicing.notes import check_note, credit_deadline, draft_note
from billing.schemas.invoices import ChargeLevel, TaxKind
from billing.schemas.notes import LineKey, NoteDraft, NoteRoom, RoomLine, TaxParts

EXAMPLES = 5_000 if os.environ.get("MIS_HYPOTHESIS") == "nightly" else 100
PAISA = Decimal("0.01")
NOBODY = UUID(int=0)
DEDUCTIONS = ("CARPOOL_DISCOUNT", "ABSENCE")
COMPONENTS = {
    TaxKind.CGST_SGST: ("cgst", "sgst"),
    TaxKind.IGST: ("igst",),
    TaxKind.SINGLE: ("tax",),
}


@dataclass
class Line:
    """A line of the oracle: rupees."""

    code: str
    percent: Decimal
    amount: Decimal
    tax: dict[str, Decimal]


Document = tuple[TaxKind, list[Line]]


def spread(amounts: Sequence[Decimal], percent: Decimal, parts: int) -> list[Decimal]:
    """The tax on the sum of the amounts, rounded once half up on the magnitude, by largest remainder."""
    exact = [amount * percent / 100 / parts for amount in amounts]
    whole = abs(sum(exact, Decimal(0))).quantize(PAISA, ROUND_HALF_UP).copy_sign(sum(exact, Decimal(0)))
    shares = [one.quantize(PAISA, ROUND_FLOOR) for one in exact]
    left = int((whole - sum(shares, Decimal(0))) / PAISA)
    for at in sorted(range(len(exact)), key=lambda at: -(exact[at] - shares[at]))[:left]:
        shares[at] += PAISA
    return shares


def invoice(kind: TaxKind, *lines: tuple[str, str, str]) -> list[Line]:
    """An invoice of the oracle: lines of (code, percent, rupees), each with its part of the tax of its rate."""
    made = [Line(code, Decimal(percent), Decimal(amount), {}) for code, percent, amount in lines]
    for percent in {line.percent for line in made}:
        group = [line for line in made if line.percent == percent]
        for name in COMPONENTS[kind]:
            shares = spread([line.amount for line in group], percent, len(COMPONENTS[kind]))
            for line, share in zip(group, shares, strict=True):
                line.tax[name] = share
    return made


def oracle(kind: TaxKind, lines: Sequence[Line], moves: Mapping[str, Decimal]) -> dict[str, dict[str, Decimal]]:
    """The signed tax of a note that moves these lines by these rupees; `lines` is what was left, and is moved."""
    taxes: dict[str, dict[str, Decimal]] = {}
    for percent in {line.percent for line in lines}:
        group = [line for line in lines if line.percent == percent and moves.get(line.code)]
        rest = [line for line in group if line.amount + moves[line.code]]
        for line in group:
            taxes[line.code] = {name: -line.tax[name] for name in COMPONENTS[kind]}
        for name in COMPONENTS[kind]:
            shares = spread([moves[line.code] for line in rest], percent, len(COMPONENTS[kind]))
            for line, share in zip(rest, shares, strict=True):
                shrinks = (line.amount > 0) != (moves[line.code] > 0)
                if shrinks and abs(share) > abs(line.tax[name]):
                    share = -line.tax[name]
                taxes[line.code][name] = share
    for line in lines:
        line.amount += moves.get(line.code, Decimal(0))
        line.tax = {name: value + taxes.get(line.code, {}).get(name, Decimal(0)) for name, value in line.tax.items()}
    return taxes


def key_of(code: str, percent: Decimal) -> LineKey:
    return ChargeLevel.TRIP, code, True, int(percent * 1000)


def room_of(kind: TaxKind, lines: Sequence[Line], *, rupee: bool = False, reverse: bool = False) -> NoteRoom:
    """What is left, as the program takes it."""

    def paise(value: Decimal) -> int:
        return int(value * 100)

    made = []
    for at, line in enumerate(lines, start=1):
        parts = {name: paise(line.tax.get(name, Decimal(0))) for name in ("cgst", "sgst", "igst")}
        tax = sum(parts.values()) or paise(line.tax.get("tax", Decimal(0)))
        left = TaxParts(0 if reverse else tax, **({} if reverse else parts))
        made.append(
            RoomLine(key_of(line.code, line.percent), at, line.code, paise(line.amount), paise(line.amount), left)
        )
    exact = sum(line.left for line in made) + sum(line.tax_left.tax for line in made)
    total = (exact + 50) // 100 * 100 if rupee else exact
    return NoteRoom(
        NOBODY, NOBODY, NOBODY, "INV/26-27/00001", date(2026, 11, 1), date(2026, 10, 1), kind, reverse, rupee, 0,
        tuple(made), total, total - exact, 0, 0, date(2027, 11, 30), date(2026, 11, 20),
    )  # fmt: skip


def after(room: NoteRoom, note: NoteDraft) -> NoteRoom:
    """What is left once the note is issued."""
    sign = sign_of(note.doc_type)
    moved = {line.key: line for line in note.lines}
    lines = []
    for line in room.lines:
        part = moved.get(line.key)
        if part is not None:
            left, tax = line.tax_left, part.tax
            shrunk = TaxParts(
                left.tax + sign * tax.tax, left.cgst + sign * tax.cgst, left.sgst + sign * tax.sgst,
                left.igst + sign * tax.igst,
            )  # fmt: skip
            line = replace(line, left=part.after, tax_left=shrunk)
        lines.append(line)
    return replace(
        room, lines=tuple(lines), total_left=room.total_left + sign * note.totals.total,
        round_off_left=room.round_off_left + sign * note.totals.round_off,
    )  # fmt: skip


def credit(room: NoteRoom, *rupees: str) -> NoteDraft:
    """A credit of these rupees, line by line."""
    deltas = {line.key: -int(Decimal(text) * 100) for line, text in zip(room.lines, rupees, strict=True)}
    note = draft_note(room, deltas)
    assert note is not None
    check_note(note, "996601")
    return note


CASES = [
    # (source, split, lines, credits in order: (amounts by line, expected tax components by line in paise))
    (
        "GST.md 8: 100.20 @5 in three parts of 33.40",
        TaxKind.CGST_SGST,
        [("BASE_FARE", "5", "100.20")],
        [(["33.40"], [(84, 84, 0)]), (["33.40"], [(84, 84, 0)]), (["33.40"], [(83, 83, 0)])],
    ),
    (
        "GST.md 7: two lines of 7.60 @12, CGST 0.46 and 0.45, credited one by one (india-compliance, PR 655)",
        TaxKind.CGST_SGST,
        [("BASE_FARE", "12", "7.60"), ("NIGHT", "12", "7.60")],
        [(["0", "7.60"], [(45, 45, 0)]), (["7.60", "0"], [(46, 46, 0)])],
    ),
    (
        "GST.md 7: 62.51 @18 gives CGST + SGST 11.26",
        TaxKind.CGST_SGST,
        [("BASE_FARE", "18", "62.51")],
        [(["62.51"], [(563, 563, 0)])],
    ),
    ("the same under IGST 11.25", TaxKind.IGST, [("BASE_FARE", "18", "62.51")], [(["62.51"], [(0, 0, 1125)])]),
    (
        "india-compliance PR 4763: -2.675 mirrors 2.675, 26.75 @10",
        TaxKind.IGST,
        [("BASE_FARE", "10", "53.50")],
        [(["26.75"], [(0, 0, 268)]), (["26.75"], [(0, 0, 267)])],
    ),
    (
        "lago-api PR 2643: notes a line each of 68.33 + 57.50 + 85.00 + 68.33 @20 never exceed the invoice's 55.83",
        TaxKind.IGST,
        [("BASE_FARE", "20", "68.33"), ("NIGHT", "20", "57.50"), ("WAITING", "20", "85.00"), ("TIME", "20", "68.33")],
        [
            (["68.33", "0", "0", "0"], [(0, 0, 1367)]),
            (["0", "57.50", "0", "0"], [(0, 0, 1150)]),
            (["0", "0", "85.00", "0"], [(0, 0, 1700)]),
            (["0", "0", "0", "68.33"], [(0, 0, 1366)]),
        ],
    ),
]


@pytest.mark.parametrize(("source", "kind", "lines", "credits"), CASES, ids=[case[0] for case in CASES])
def test_published_and_worked_cases(
    source: str,
    kind: TaxKind,
    lines: list[tuple[str, str, str]],
    credits: list[tuple[list[str], list[tuple[int, ...]]]],
) -> None:
    room = room_of(kind, invoice(kind, *lines))
    for amounts, taxes in credits:
        note = credit(room, *amounts)
        assert [(line.tax.cgst, line.tax.sgst, line.tax.igst) for line in note.lines] == taxes, source
        room = after(room, note)
    assert sum(line.tax_left.tax for line in room.lines) == 0
    assert (room.total_left, {line.left for line in room.lines}) == (0, {0})


def test_the_round_off_of_a_return_has_its_own_sign() -> None:
    """GST.md 8: a return of 17.02 is rounded by -0.02 to 17.00."""
    room = room_of(TaxKind.IGST, invoice(TaxKind.IGST, ("BASE_FARE", "0", "17.02")), rupee=True)
    assert (room.total_left, room.round_off_left) == (17_00, -2)
    note = credit(room, "17.02")
    assert (note.totals.round_off, note.totals.total) == (-2, 17_00)


def test_parts_that_round_up_never_take_more_than_was_paid() -> None:
    """17.00 returned in two parts of 8.50: 9.00 and what is left, 8.00."""
    room = room_of(TaxKind.IGST, invoice(TaxKind.IGST, ("BASE_FARE", "0", "17.00")), rupee=True)
    first = credit(room, "8.50")
    second = credit(after(room, first), "8.50")
    assert (first.totals.total, second.totals.total) == (9_00, 8_00)


def test_under_reverse_charge_a_note_has_no_tax_but_tells_the_liability() -> None:
    room = replace(
        room_of(TaxKind.CGST_SGST, invoice(TaxKind.CGST_SGST, ("BASE_FARE", "5", "1000")), reverse=True), rcm_left=5000
    )
    note = credit(room, "400")
    assert (note.totals.tax, note.totals.rcm_tax, note.totals.total) == (0, 20_00, 400_00)
    assert credit(room, "1000").totals.rcm_tax == 50_00


def test_a_commercial_credit_leaves_the_tax_alone() -> None:
    room = room_of(TaxKind.IGST, invoice(TaxKind.IGST, ("BASE_FARE", "18", "100")))
    note = draft_note(room, {room.lines[0].key: -100_00}, commercial=True)
    assert note is not None
    assert (note.totals.tax, note.totals.total, note.commercial) == (0, 100_00, True)


def test_moves_that_cancel_owe_nothing() -> None:
    room = room_of(TaxKind.IGST, invoice(TaxKind.IGST, ("BASE_FARE", "18", "100"), ("NIGHT", "18", "50")))
    first, second = room.lines
    assert draft_note(room, {first.key: -10_00, second.key: 10_00}) is None
    assert draft_note(room, {}) is None


@pytest.mark.parametrize(
    ("month", "until"),
    [
        (date(2026, 11, 1), date(2027, 11, 30)),
        (date(2026, 3, 1), date(2026, 11, 30)),
        (date(2026, 4, 1), date(2027, 11, 30)),
        (date(2027, 1, 1), date(2027, 11, 30)),
    ],
)
def test_thirty_november_after_the_year_of_the_supply(month: date, until: date) -> None:
    assert credit_deadline(month) == until


def test_documents_are_called_what_they_are() -> None:
    assert [sign_of(kind) for kind in ("INVOICE", "DEBIT_NOTE", "CREDIT_NOTE")] == [1, 1, -1]
    assert title_of("CREDIT_NOTE") == "Credit note"
    assert title_of("CREDIT_NOTE", commercial=True) == "Commercial credit note"
    assert title_of("DEBIT_NOTE", corrects="STATEMENT") == "Debit note to statement"


PRICES = ("BASE_FARE", "NIGHT", "WAITING", "TOLL", "ESCORT")
KINDS = st.sampled_from(list(TaxKind))
PERCENTS = st.sampled_from(["0", "5", "12", "18", "0.25", "28"])
RUPEES = st.integers(1, 10_000_00).map(lambda paise: str(Decimal(paise) / 100))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """An invoice of one to five lines, one of them perhaps a deduction smaller than the rest."""
    kind = draw(KINDS)
    codes = draw(
        st.lists(
            st.sampled_from(["BASE_FARE", "NIGHT", "WAITING", "TOLL", "ESCORT"]), min_size=1, max_size=4, unique=True
        )
    )
    percents = draw(st.lists(PERCENTS, min_size=1, max_size=2))
    lines = [(code, draw(st.sampled_from(percents)), draw(RUPEES)) for code in codes]
    if draw(st.booleans()):
        _, percent, amount = lines[0]
        lines.append(("CARPOOL_DISCOUNT", percent, f"-{Decimal(amount) / 4:.2f}"))
    return kind, invoice(kind, *[line for line in lines if Decimal(line[2])])


@settings(max_examples=EXAMPLES)
@given(documents(), st.data())
def test_credits_follow_the_oracle_and_end_at_nothing(
    document: tuple[TaxKind, list[Line]], data: st.DataObject
) -> None:
    kind, lines = document
    room = room_of(kind, lines)
    billed = {line.key: line for line in room.lines}
    for _ in range(data.draw(st.integers(0, 4))):
        left = [line for line in room.lines if line.left]
        if not left:
            break
        deltas = {line.key: -data.draw(st.integers(min(line.left, 0), max(line.left, 0))) for line in left}
        room = checked(room, kind, lines, deltas)
        for line in room.lines:
            assert abs(line.left) <= abs(billed[line.key].billed)
            for name in ("tax", "cgst", "sgst", "igst"):
                begun, now = getattr(billed[line.key].tax_left, name), getattr(line.tax_left, name)
                assert abs(now) <= abs(begun), (name, begun, now)
                assert begun * now >= 0
    checked(room, kind, lines, {line.key: -line.left for line in room.lines})


@settings(max_examples=EXAMPLES)
@given(documents(), st.data())
def test_settlements_follow_the_oracle(document: Document, data: st.DataObject) -> None:
    kind, lines = document
    room = room_of(kind, lines)
    for _ in range(data.draw(st.integers(1, 3))):
        deltas = {}
        for line in room.lines:
            least = -line.left if line.code not in DEDUCTIONS else -50_000
            most = 50_000 if line.code not in DEDUCTIONS else -line.left
            deltas[line.key] = data.draw(st.integers(min(least, most), max(least, most)))
        room = checked(room, kind, lines, deltas)


def checked(room: NoteRoom, kind: TaxKind, lines: list[Line], deltas: dict[LineKey, int]) -> NoteRoom:
    """Draft the note, compare every part with the oracle, and give what is left."""
    moved = {key: delta for key, delta in deltas.items() if delta}
    begun = [replace_line(line) for line in lines]
    note = draft_note(room, moved)
    taxes = oracle(kind, lines, {key[1]: Decimal(delta) / 100 for key, delta in moved.items()})
    signed = sum(moved.values()) + sum(int(sum(parts.values(), Decimal(0)) * 100) for parts in taxes.values())
    if note is None:
        assert signed == 0
        lines[:] = begun
        return room
    check_note(note, "996601")
    sign = sign_of(note.doc_type)
    assert (sign, sign * note.totals.total) == ((1 if signed > 0 else -1), signed)
    for line in note.lines:
        wanted = taxes[line.key[1]]
        assert sign * line.amount == moved[line.key]
        for name in COMPONENTS[kind]:
            assert sign * getattr(line.tax, name) == int(wanted[name] * 100), (line, wanted)
    return after(room, note)


def replace_line(line: Line) -> Line:
    return Line(line.code, line.percent, line.amount, dict(line.tax))


@given(documents(), st.integers(1, 100_000))
def test_more_than_is_left_is_refused(document: Document, more: int) -> None:
    kind, lines = document
    room = room_of(kind, lines)
    line = room.lines[0]
    with pytest.raises(RefusedError) as caught:
        draft_note(room, {line.key: -line.left - more})
    assert caught.value.code == "CREDIT_EXCEEDS"
