"""What the portal refuses (GST.md section 9), found here, all at once, each with document, line, field and value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from billing.invoicing.gstin import verify
from billing.invoicing.numbering import is_valid_number
from billing.invoicing.states import STATE_NAMES

MOST_ITEMS = 1000
CLOCK_DAYS = 30
"""Days from the document's date in which a supplier above the limit has to report (since 1 April 2025)."""

CLOCK_TURNOVER = 10_00_00_000_00
"""Paise: 10 crore."""

_TEXT = re.compile(r'[^"\\]*')
_HSN = re.compile(r"(?!0+$)(?:[0-9]{4}|[0-9]{6}|[0-9]{8})", re.ASCII)
_SERIAL = re.compile(r"[0-9]{1,6}", re.ASCII)
_UNIT = re.compile(r"[A-Z]{3,8}", re.ASCII)
_SUPPLIES = ("B2B", "SEZWP", "SEZWOP", "EXPWP", "EXPWOP", "DEXP")
_PAISA = Decimal("0.01")
_RUPEE_ROUNDING = Decimal("0.51")
_LIMIT = Decimal("99.99")
_PLACES = {**STATE_NAMES, "96": "Other Countries"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the portal would refuse; `line` is the item's serial number or empty."""

    document: str
    line: str
    field: str
    value: str
    message: str

    def __str__(self) -> str:
        place = f", item {self.line}" if self.line else ""
        return f"{self.document}{place}, {self.field} {self.value!r}: {self.message}"


class _Book:
    """Collects problems of one payload."""

    def __init__(self, payload: Mapping[str, Any], off: Decimal = _PAISA) -> None:
        """`off`: how far an item's tax may be from its rate, by what spreading or rounding to the rupee moves."""
        self.payload, self.off = payload, off
        self.found: list[Problem] = []
        self.document = str(self.part("DocDtls").get("No") or "draft")

    def part(self, name: str) -> Mapping[str, Any]:
        value = self.payload.get(name)
        return value if isinstance(value, Mapping) else {}

    def add(self, field: str, value: Any, message: str, line: str = "") -> None:
        shown = "" if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)
        self.found.append(Problem(self.document, line, field, shown, message))

    def text(self, part: str, field: str, least: int, most: int, *, needed: bool = True) -> None:
        value = self.part(part).get(field)
        if value in (None, "") and not needed:
            return
        if not isinstance(value, str) or not least <= len(value) <= most:
            self.add(f"{part}.{field}", value, f"has {least} to {most} characters")
        elif not _TEXT.fullmatch(value):
            self.add(f"{part}.{field}", value, "has no double quote and no backslash")

    def one_of(self, part: str, field: str, choices: tuple[str, ...], default: str | None = None) -> None:
        value = self.part(part).get(field, default)
        if value not in choices:
            self.add(f"{part}.{field}", value, f"is {', '.join(choices)}")


def problems_of(
    payload: Mapping[str, Any], today: date, *, turnover: int | None = None, tax_to_rupee: bool = False
) -> list[Problem]:
    """Everything wrong with a payload, in the portal's order; empty when it can be sent.

    `turnover` in paise; `tax_to_rupee`: each component is in whole rupees; the portal tolerates a rupee.
    """
    book = _Book(payload, _RUPEE_ROUNDING if tax_to_rupee else _PAISA)
    if payload.get("Version") != "1.1":
        book.add("Version", payload.get("Version"), "is 1.1")
    _head(book, today, turnover)
    _seller_and_buyer(book)
    items = payload.get("ItemList")
    items = list(items) if isinstance(items, list) else []
    if not 1 <= len(items) <= MOST_ITEMS:
        book.add("ItemList", len(items), f"has 1 to {MOST_ITEMS} items")
    _items(book, items)
    _values(book, items)
    return book.found


def _head(book: _Book, today: date, turnover: int | None) -> None:
    book.one_of("TranDtls", "TaxSch", ("GST",))
    book.one_of("TranDtls", "SupTyp", _SUPPLIES)
    book.one_of("TranDtls", "RegRev", ("Y", "N"), "N")
    book.one_of("TranDtls", "IgstOnIntra", ("Y", "N"), "N")
    book.one_of("DocDtls", "Typ", ("INV", "CRN", "DBN"))
    number = book.part("DocDtls").get("No")
    if not isinstance(number, str) or not is_valid_number(number.upper()):
        book.add("DocDtls.No", number, "has 1 to 16 letters, digits, / and -, and begins with a letter or 1 to 9")
    _date(book, "DocDtls.Dt", book.part("DocDtls").get("Dt"), today, turnover)
    if book.part("DocDtls").get("Typ") in ("CRN", "DBN"):
        for one in book.part("RefDtls").get("PrecDocDtls") or []:
            _date(book, "RefDtls.PrecDocDtls.InvDt", one.get("InvDt"), today, None)
            if not one.get("InvNo"):
                book.add("RefDtls.PrecDocDtls.InvNo", one.get("InvNo"), "is the number of the original invoice")


def _date(book: _Book, field: str, value: Any, today: date, turnover: int | None) -> None:
    day = read_day(value)
    if day is None:
        book.add(field, value, "is a date like 05/11/2026")
    elif day > today:
        book.add(field, value, "lies in the future")
    elif turnover is not None and turnover >= CLOCK_TURNOVER and today > day + timedelta(days=CLOCK_DAYS):
        book.add(field, value, f"is more than {CLOCK_DAYS} days ago: the portal takes it no more")


def read_day(value: Any) -> date | None:
    """A date as the portal writes it; None for anything else."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{2}/[0-9]{2}/[0-9]{4}", value, re.ASCII):
        return None
    try:
        return datetime.strptime(value, "%d/%m/%Y").date()
    except ValueError:
        return None


def _seller_and_buyer(book: _Book) -> None:
    is_export = book.part("TranDtls").get("SupTyp") in ("EXPWP", "EXPWOP")
    for part in ("SellerDtls", "BuyerDtls"):
        facts = book.part(part)
        book.text(part, "LglNm", 3, 100)
        book.text(part, "TrdNm", 3, 100, needed=False)
        book.text(part, "Addr1", 1, 100)
        book.text(part, "Addr2", 3, 100, needed=False)
        book.text(part, "Loc", 3, 50)
        pin = facts.get("Pin")
        if not isinstance(pin, int) or isinstance(pin, bool) or not 100000 <= pin <= 999999:
            book.add(f"{part}.Pin", pin, "is a number of six digits, the first not 0")
        _registration(book, part, facts, may_be_urp=is_export and part == "BuyerDtls")
    place = book.part("BuyerDtls").get("Pos")
    if place not in _PLACES:
        book.add("BuyerDtls.Pos", place, "is the code of a state")
    if book.part("SellerDtls").get("Gstin") == book.part("BuyerDtls").get("Gstin"):
        book.add("BuyerDtls.Gstin", book.part("BuyerDtls").get("Gstin"), "is the seller's own")


def _registration(book: _Book, part: str, facts: Mapping[str, Any], *, may_be_urp: bool) -> None:
    gstin, state = str(facts.get("Gstin") or ""), facts.get("Stcd")
    if gstin == "URP":
        if not may_be_urp:
            book.add(f"{part}.Gstin", gstin, "may be URP for exports only")
        return
    verdict = verify(gstin)
    if not verdict.valid:
        book.add(f"{part}.Gstin", gstin, verdict.message or "is no GSTIN")
    if state not in _PLACES:
        book.add(f"{part}.Stcd", state, "is the code of a state")
    elif gstin[:2] != state:
        book.add(f"{part}.Stcd", state, f"is not the state of the GSTIN, {gstin[:2]}")


def _items(book: _Book, items: list[Mapping[str, Any]]) -> None:
    serials: set[str] = set()
    for item in items:
        line = str(item.get("SlNo") or "")
        if not _SERIAL.fullmatch(line) or line in serials:
            book.add("SlNo", line, "is a number of its own, up to six digits", line)
        serials.add(line)
        _item_words(book, item, line)
        amounts = _amounts(book, item, line)
        if amounts is not None:
            _item_sums(book, item, line, amounts)


def _item_words(book: _Book, item: Mapping[str, Any], line: str) -> None:
    is_service, code = item.get("IsServc"), item.get("HsnCd")
    if is_service not in ("Y", "N"):
        book.add("IsServc", is_service, "is Y or N", line)
    if not isinstance(code, str) or not _HSN.fullmatch(code):
        book.add("HsnCd", code, "has 4, 6 or 8 digits", line)
    elif (is_service == "Y") != code.startswith("99"):
        book.add("HsnCd", code, "of a service begins with 99, of goods with something else", line)
    words = item.get("PrdDesc")
    if words is not None and (not 3 <= len(words) <= 300 or not _TEXT.fullmatch(words)):
        book.add("PrdDesc", words, "has 3 to 300 characters, no double quote and no backslash", line)
    unit = item.get("Unit")
    if unit is not None and not _UNIT.fullmatch(unit):
        book.add("Unit", unit, "has 3 to 8 letters", line)


_AMOUNTS: tuple[tuple[str, bool, int], ...] = (
    ("Qty", False, 3), ("UnitPrice", True, 3), ("TotAmt", True, 2), ("Discount", False, 2), ("AssAmt", True, 2),
    ("GstRt", True, 3), ("IgstAmt", False, 2), ("CgstAmt", False, 2), ("SgstAmt", False, 2), ("CesAmt", False, 2),
    ("CesNonAdvlAmt", False, 2), ("OthChrg", False, 2), ("TotItemVal", True, 2),
)  # fmt: skip


def _amounts(book: _Book, item: Mapping[str, Any], line: str) -> dict[str, Decimal] | None:
    """The item's numbers; None where one of them is no amount the portal takes."""
    amounts, is_good = {}, True
    for field, needed, places in _AMOUNTS:
        value = item.get(field, None if needed else 0)
        if not _is_number(value):
            book.add(field, value, "is a number", line)
            is_good = False
            continue
        amount = Decimal(value)
        amounts[field] = amount
        if amount < 0:
            book.add(field, amount, "is not below zero; deductions are the item's Discount", line)
        elif amount != amount.quantize(Decimal(1).scaleb(-places)):
            book.add(field, amount, f"has at most {places} decimals", line)
    return amounts if is_good else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _item_sums(book: _Book, item: Mapping[str, Any], line: str, amounts: dict[str, Decimal]) -> None:
    assessable = amounts["TotAmt"] - amounts["Discount"]
    if amounts["AssAmt"] != assessable:
        book.add("AssAmt", amounts["AssAmt"], f"is TotAmt less Discount, {assessable} (2193)", line)
    taxes = sum((amounts[name] for name in ("IgstAmt", "CgstAmt", "SgstAmt", "CesAmt", "CesNonAdvlAmt")), Decimal(0))
    expected = amounts["AssAmt"] + amounts["OthChrg"]
    is_reverse = book.part("TranDtls").get("RegRev") == "Y"
    if amounts["TotItemVal"] not in ({expected, expected + taxes} if is_reverse else {expected + taxes}):
        book.add("TotItemVal", amounts["TotItemVal"], f"is AssAmt with taxes and charges, {expected + taxes}", line)
    _nature(book, line, amounts)
    if book.part("DocDtls").get("Typ") == "INV":
        _rates(book, line, amounts)


def is_inter_state(payload: Mapping[str, Any]) -> bool:
    """Whether IGST applies: the place of supply is another state, or a SEZ unit or an export is supplied."""
    supply = (payload.get("TranDtls") or {}).get("SupTyp")
    place, state = (payload.get("BuyerDtls") or {}).get("Pos"), (payload.get("SellerDtls") or {}).get("Stcd")
    return supply != "B2B" or place != state or (payload.get("TranDtls") or {}).get("IgstOnIntra") == "Y"


def _nature(book: _Book, line: str, amounts: dict[str, Decimal]) -> None:
    igst, cgst, sgst = amounts["IgstAmt"], amounts["CgstAmt"], amounts["SgstAmt"]
    if cgst != sgst:
        book.add("SgstAmt", sgst, f"equals CgstAmt, {cgst}", line)
    if is_inter_state(book.payload) and (cgst or sgst):
        book.add("CgstAmt", cgst, "is for supplies within a state; this one goes to another", line)
    elif not is_inter_state(book.payload) and igst:
        book.add("IgstAmt", igst, "is for supplies to another state; this one stays (2172)", line)


def _rates(book: _Book, line: str, amounts: dict[str, Decimal]) -> None:
    """The tax of an invoice's item follows from its rate, within the paisa or the half rupee that rounding moves."""
    rate, base = amounts["GstRt"], amounts["AssAmt"]
    if book.part("TranDtls").get("SupTyp") in ("SEZWOP", "EXPWOP"):
        return
    parts = (("IgstAmt", 100),) if is_inter_state(book.payload) else (("CgstAmt", 200), ("SgstAmt", 200))
    for field, divisor in parts:
        expected = (base * rate / divisor).quantize(_PAISA, ROUND_HALF_UP)
        if abs(amounts[field] - expected) > book.off:
            book.add(field, amounts[field], f"is {expected} at {rate} % of {base}", line)


def _values(book: _Book, items: list[Mapping[str, Any]]) -> None:
    values = book.part("ValDtls")

    def figure(field: str, *, needed: bool = False) -> Decimal:
        value = values.get(field, None if needed else 0)
        if not _is_number(value):
            book.add(f"ValDtls.{field}", value, "is a number")
            return Decimal(0)
        return Decimal(value)

    def total(field: str) -> Decimal:
        return sum((Decimal(item.get(field, 0)) for item in items if _is_number(item.get(field, 0))), Decimal(0))

    for field, source, code in (
        ("AssVal", "AssAmt", " (2182)"), ("CgstVal", "CgstAmt", ""), ("SgstVal", "SgstAmt", ""),
        ("IgstVal", "IgstAmt", ""), ("CesVal", "CesAmt", ""),
    ):  # fmt: skip
        _same(book, field, figure(field, needed=field == "AssVal"), total(source), f"the items' {source}{code}")
    round_off = figure("RndOffAmt")
    if abs(round_off) > _LIMIT:
        book.add("ValDtls.RndOffAmt", round_off, "is between -99.99 and 99.99")
    for field in ("Discount", "OthChrg"):
        if figure(field) < 0:
            book.add(f"ValDtls.{field}", figure(field), "is not below zero")
    expected = total("TotItemVal") - figure("Discount") + figure("OthChrg") + round_off
    _same(book, "TotInvVal", figure("TotInvVal", needed=True), expected, "items, charges and round-off (2189)")


def _same(book: _Book, field: str, found: Decimal, expected: Decimal, words: str) -> None:
    if found != expected:
        book.add(f"ValDtls.{field}", found, f"is the sum of {words}, {expected}")
