"""The portal's form INV-01 v1.1, checked a second time: from GST.md section 9, sharing no code with the program.

`complaints(text)` reads the file as the portal would and tells what is not right: types, lengths, patterns, keys that
do not belong there, nulls, and every sum to the paisa.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Rule = Callable[[Any], bool]

_INTER = ("SEZWP", "SEZWOP", "EXPWP", "EXPWOP", "DEXP")
_STATES = {f"{code:02d}" for code in (*range(1, 25), 26, 27, *range(29, 39), 97)}
_DAY = re.compile(r"(0[1-9]|[12][0-9]|3[01])/(0[1-9]|1[0-2])/20[0-9]{2}", re.ASCII)
_NUMBER = re.compile(r"[1-9A-Z][0-9A-Z/-]{0,15}", re.ASCII)
_GSTIN = re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]", re.ASCII)


def _text(least: int, most: int) -> Rule:
    return lambda value: isinstance(value, str) and least <= len(value) <= most and not set(value) & set('"\\\n\r\t')


def _match(pattern: str) -> Rule:
    found = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and found.fullmatch(value) is not None


def _one_of(*choices: str) -> Rule:
    return lambda value: value in choices


def _amount(places: int, least: str = "0", most: str = "99999999999999.99") -> Rule:
    def holds(value: Any) -> bool:
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            return False
        number = Decimal(value)
        return Decimal(least) <= number <= Decimal(most) and number == round(number, places)

    return holds


_PARTY: dict[str, tuple[bool, Rule]] = {
    "Gstin": (True, lambda value: isinstance(value, str) and _GSTIN.fullmatch(value) is not None),
    "LglNm": (True, _text(3, 100)),
    "TrdNm": (False, _text(3, 100)),
    "Addr1": (True, _text(1, 100)),
    "Addr2": (False, _text(3, 100)),
    "Loc": (True, _text(3, 50)),
    "Pin": (True, lambda value: type(value) is int and 100000 <= value <= 999999),
    "Stcd": (True, lambda value: value in _STATES),
}
_PARTS: dict[str, dict[str, tuple[bool, Rule]]] = {
    "TranDtls": {
        "TaxSch": (True, _one_of("GST")), "SupTyp": (True, _one_of("B2B", *_INTER)),
        "RegRev": (False, _one_of("Y", "N")), "IgstOnIntra": (False, _one_of("N")),
    },
    "DocDtls": {
        "Typ": (True, _one_of("INV", "CRN", "DBN")),
        "No": (True, lambda value: isinstance(value, str) and _NUMBER.fullmatch(value) is not None),
        "Dt": (True, lambda value: isinstance(value, str) and _DAY.fullmatch(value) is not None),
    },
    "SellerDtls": _PARTY,
    "BuyerDtls": {**_PARTY, "Pos": (True, lambda value: value in _STATES)},
    "ValDtls": {
        **{name: (name in ("AssVal", "TotInvVal"), _amount(2)) for name in (
            "AssVal", "CgstVal", "SgstVal", "IgstVal", "CesVal", "Discount", "OthChrg", "TotInvVal")},
        "RndOffAmt": (False, _amount(2, "-99.99", "99.99")),
    },
}  # fmt: skip
_ITEM: dict[str, tuple[bool, Rule]] = {
    "SlNo": (True, _match("[0-9]{1,6}")), "PrdDesc": (False, _text(3, 300)), "IsServc": (True, _one_of("Y")),
    "HsnCd": (True, _match("99(?:[0-9]{2}|[0-9]{4}|[0-9]{6})")), "Qty": (False, _amount(3)),
    "Unit": (False, _match("[A-Z]{3,8}")), "UnitPrice": (True, _amount(3)), "GstRt": (True, _amount(3, "0", "100")),
    **{name: (name in ("TotAmt", "AssAmt", "TotItemVal"), _amount(2)) for name in (
        "TotAmt", "Discount", "AssAmt", "IgstAmt", "CgstAmt", "SgstAmt", "OthChrg", "TotItemVal")},
}  # fmt: skip


def complaints(text: str) -> list[str]:
    """Everything wrong with a file for bulk upload; empty when it is right."""
    content = json.loads(text, parse_float=Decimal)
    if not isinstance(content, list) or not content:
        return ["the file is no array of documents"]
    return [f"document {place}: {words}" for place, one in enumerate(content) for words in _document(one)]


def _document(one: dict[str, Any]) -> Iterator[str]:
    yield from _empties(one, "")
    known = {"Version", "ItemList", "RefDtls", *_PARTS}
    yield from (f"{key} does not belong to the form" for key in set(one) - known)
    if one.get("Version") != "1.1":
        yield "Version is not the text 1.1"
    for part, rules in _PARTS.items():
        yield from _fields(one.get(part, {}), rules, part)
    items = one.get("ItemList", [])
    if not 1 <= len(items) <= 1000:
        yield f"{len(items)} items"
    if len({item.get("SlNo") for item in items}) != len(items):
        yield "serial numbers repeat"
    for item in items:
        yield from _fields(item, _ITEM, f"item {item.get('SlNo')}")
    yield from _parties(one)
    yield from _sums(one, items)
    yield from _taxes(one, items)
    yield from _references(one)


def _empties(value: Any, place: str) -> Iterator[str]:
    if value is None or value in ("", [], {}):
        yield f"{place or 'document'} is empty and should not be there"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _empties(inner, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _empties(inner, f"{place}[{number}]")


def _fields(found: dict[str, Any], rules: dict[str, tuple[bool, Rule]], place: str) -> Iterator[str]:
    yield from (f"{place}.{key} does not belong to the form" for key in set(found) - set(rules))
    for key, (is_needed, holds) in rules.items():
        if key not in found:
            if is_needed:
                yield f"{place}.{key} is missing"
        elif not holds(found[key]):
            yield f"{place}.{key} is {found[key]!r}"


def _parties(one: dict[str, Any]) -> Iterator[str]:
    seller, buyer = one["SellerDtls"], one["BuyerDtls"]
    for name, party in (("SellerDtls", seller), ("BuyerDtls", buyer)):
        if str(party.get("Gstin"))[:2] != party.get("Stcd"):
            yield f"{name}.Stcd is not the state of its GSTIN (2258, 2265)"
    if seller.get("Gstin") == buyer.get("Gstin"):
        yield "seller and buyer are the same"


def _sums(one: dict[str, Any], items: list[dict[str, Any]]) -> Iterator[str]:
    def total(field: str) -> Decimal:
        return sum((Decimal(item.get(field, 0)) for item in items), Decimal(0))

    taxes = ("IgstAmt", "CgstAmt", "SgstAmt")
    counted = () if one["TranDtls"].get("RegRev") == "Y" else taxes
    for item in items:
        if Decimal(item["TotAmt"]) - Decimal(item.get("Discount", 0)) != item["AssAmt"]:
            yield f"item {item['SlNo']}: AssAmt is not TotAmt less Discount (2193)"
        if Decimal(item.get("Qty", 1)) * Decimal(item["UnitPrice"]) != item["TotAmt"]:
            yield f"item {item['SlNo']}: TotAmt is not Qty times UnitPrice"
        worth = Decimal(item["AssAmt"]) + sum(Decimal(item.get(tax, 0)) for tax in counted)
        if worth + Decimal(item.get("OthChrg", 0)) != item["TotItemVal"]:
            yield f"item {item['SlNo']}: TotItemVal is not AssAmt with its taxes"
    values = one["ValDtls"]
    for field, source in (("AssVal", "AssAmt"), ("IgstVal", "IgstAmt"), ("CgstVal", "CgstAmt"), ("SgstVal", "SgstAmt")):
        if Decimal(values.get(field, 0)) != total(source):
            yield f"{field} is not the sum of the items (2182)"
    whole = total("TotItemVal") - Decimal(values.get("Discount", 0))
    whole += Decimal(values.get("OthChrg", 0)) + Decimal(values.get("RndOffAmt", 0))
    if whole != values["TotInvVal"]:
        yield f"TotInvVal is not {whole} (2189)"


def _taxes(one: dict[str, Any], items: list[dict[str, Any]]) -> Iterator[str]:
    supply = one["TranDtls"]["SupTyp"]
    inter = supply in _INTER or one["BuyerDtls"]["Pos"] != one["SellerDtls"]["Stcd"]
    keys = [(item["HsnCd"], item["GstRt"]) for item in items]
    if len(set(keys)) != len(keys):
        yield "a SAC and rate has two items"
    sums: dict[Decimal, list[Decimal]] = {}
    for item in items:
        igst, cgst, sgst = (Decimal(item.get(name, 0)) for name in ("IgstAmt", "CgstAmt", "SgstAmt"))
        if cgst != sgst:
            yield f"item {item['SlNo']}: CGST and SGST differ"
        if (cgst or sgst) if inter else igst:
            yield f"item {item['SlNo']}: the wrong kind of tax (2172)"
        if supply in ("SEZWOP", "EXPWOP") and (igst or cgst or sgst):
            yield f"item {item['SlNo']}: tax on a supply without payment"
        cell = sums.setdefault(Decimal(item["GstRt"]), [Decimal(0), Decimal(0), Decimal(0)])
        for place, amount in enumerate((Decimal(item["AssAmt"]), igst, cgst)):
            cell[place] += amount
    if one["DocDtls"]["Typ"] != "INV" or supply in ("SEZWOP", "EXPWOP"):
        return
    for rate, (base, igst, cgst) in sums.items():
        wanted = (base * rate / (100 if inter else 200)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        if (igst if inter else cgst) != wanted:
            yield f"the tax at {rate} % of {base} is not {wanted}"


def _references(one: dict[str, Any]) -> Iterator[str]:
    corrected = one.get("RefDtls", {}).get("PrecDocDtls", [])
    if (one["DocDtls"]["Typ"] in ("CRN", "DBN")) != bool(corrected):
        yield "notes, and only notes, name what they correct"
    for reference in corrected:
        if not _NUMBER.fullmatch(str(reference.get("InvNo"))) or not _DAY.fullmatch(str(reference.get("InvDt"))):
            yield f"PrecDocDtls is {reference!r}"
