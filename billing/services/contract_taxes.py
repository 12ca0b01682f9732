"""What the parties and the rate table add to a contract's rules before they are rated: tax type, percent, fuel price.

The percent is the rules' own key, else that of the rate table for SAC, fuel and credit option on the trip's date; the
split follows from the parties' states (TARIFF.md 1.6, GST.md section 2). A SEZ unit under a letter of undertaking is
supplied without payment of tax.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError
from billing.invoicing.tax import decide_nature
from billing.rules import parse_rules
from billing.rules.fuel import rates_below_zero
from billing.schemas.contracts import Contract
from billing.schemas.invoices import TaxKind, TaxNature
from billing.schemas.parties import ClientSite

if TYPE_CHECKING:
    from billing.services.month_inputs import ContractFacts
    from billing.store.unit_of_work import UnitOfWork

_TAX_KEYS = ("tax_percentage", "tax_rates_by_date")


def nature_of(facts: ContractFacts, tax_split: str | None = None) -> TaxNature:
    """Place of supply and tax type of a contract, from its branch and site."""
    return decide_nature(
        facts.branch.state_code, facts.site.state_code, recipient_is_sez=facts.site.is_sez, tax_split=tax_split
    )


def taxed_rules(
    uow: UnitOfWork, facts: ContractFacts, model: str, rules: Mapping[str, Any], first: date, last: date
) -> dict[str, Any]:
    """Rules with what the parties and the rate table add to them for the days from first to last."""
    checked = parse_rules(model, rules)
    added = dict(rules)
    nature = nature_of(facts, checked.get("tax_split"))
    if nature.kind is not TaxKind.SINGLE:
        added["tax_split"] = nature.kind.value
    if facts.contract.reverse_charge:
        added["reverse_charge"] = True
    if _zero_rated(facts.site, last):
        for key in ("tax_rate", *_TAX_KEYS):
            added.pop(key, None)
        added["tax_percentage"] = "0"
    elif not any(key in checked for key in _TAX_KEYS):
        added |= _percent_of_table(uow, facts.contract, first, last)
    if isinstance(added.get("fuel"), Mapping):
        price = uow.month_usages.fuel_price(facts.client.id, first)
        if price is not None:
            added["fuel"] = {**added["fuel"], "current_price": _number(Decimal(price) / 100)}
        _refuse_below_zero(model, added)
    return added


def _refuse_below_zero(model: str, rules: Mapping[str, Any]) -> None:
    """A charge below zero never reaches the ledger (SECURITY.md R9); here it is said which rule makes it."""
    for place, rate in rates_below_zero(parse_rules(model, rules).values).items():
        raise BadInputError(
            "NEGATIVE_AMOUNT",
            f"The fuel clause brings {place} to {rate:f}; a charge below zero cannot be billed.",
            where="fuel.current_price",
            hint="Put the fuel clause or the fuel price of the month right.",
        )


def _zero_rated(site: ClientSite, day: date) -> bool:
    """A SEZ unit under a letter of undertaking is supplied without payment of tax (GST.md section 2)."""
    return site.is_sez and bool(site.lut_no) and (site.lut_until is None or site.lut_until >= day)


def _percent_of_table(uow: UnitOfWork, contract: Contract, first: date, last: date) -> dict[str, Any]:
    rates = uow.months.gst_rates(
        contract.sac, fuel_included=contract.fuel_included, itc_option=contract.itc_option, first=first, last=last
    )
    if not rates or rates[0][0] > first or _has_gap(rates, last):
        raise BadInputError(
            "TAX_RATE_UNKNOWN",
            f"The rate table has no percent for SAC {contract.sac} on all days of {first:%B %Y}.",
            where="tax_percentage",
            hint="Put tax_percentage into the contract's rules, or the rate into the table.",
        )
    plain = {"tax_percentage": _number(rates[0][2])}
    if len(rates) == 1:
        return plain
    dated = [{"from": begin.isoformat(), "percent": _number(percent)} for begin, _, percent in rates[1:]]
    return {**plain, "tax_rates_by_date": dated}


def _has_gap(rates: Sequence[tuple[date, date | None, Decimal]], last: date) -> bool:
    ends = [until for _, until, _ in rates]
    begins = [begin for begin, _, _ in rates[1:]]
    return ends[:-1] != begins or (ends[-1] is not None and ends[-1] <= last)


def _number(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
