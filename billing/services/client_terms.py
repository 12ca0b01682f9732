"""Terms of a client that its bills are handled by: due days, and how closely vendors' bills are compared and paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.errors import BadInputError
from billing.invoicing.payout import ROUNDINGS
from billing.schemas.changes import Changes
from billing.services.lookup import find_client
from billing.services.payments import TERMS_DAYS
from billing.services.vendor_bill_import import TOLERANCE_PAISE, WINDOW_MINUTES

if TYPE_CHECKING:
    from billing.store.session import Session

Value = int | str


@dataclass(frozen=True, slots=True)
class Term:
    """One term: the key of its setting, the right to set it, what it says in two parts, its value where none is set.

    `unit` is days, min or paise; a term with `choices` is one of them, any other an int from 0 to `most`.
    """

    setting: str
    right: str
    words: str
    hint: str
    default: Value
    unit: str = ""
    most: int = 0
    choices: tuple[str, ...] = ()


TERMS = {
    "due_days": Term(
        "payment.due_days", "payments.record", "Due after", "from the invoice's date", TERMS_DAYS, "days", 365
    ),
    "bill_tolerance": Term(
        "vendor_bill.tolerance",
        "vendor_bills.edit",
        "Bill tolerance",
        "a vendor's trip agrees within",
        TOLERANCE_PAISE,
        "paise",
        1_000_00,
    ),
    "bill_window": Term(
        "vendor_bill.window_minutes",
        "vendor_bills.edit",
        "Start times",
        "of one trip lie apart by so much",
        WINDOW_MINUTES,
        "min",
        24 * 60,
    ),
    "tds_rounding": Term(
        "vendor_bill.tds_rounding", "payouts.make", "Withheld tax", "is rounded so", ROUNDINGS[0], choices=ROUNDINGS
    ),
}
"""Terms by their names on the command line."""


def read_terms(session: Session, *, client: str | None = None) -> dict[str, Value]:
    """The terms of a client, as its bills are handled now."""
    with session.unit_of_work(name="terms.read") as uow:
        owner = find_client(uow, client)
        return {name: uow.client_settings.get(owner.id, term.setting, term.default) for name, term in TERMS.items()}


def set_terms(session: Session, *, values: Mapping[str, Value], client: str | None = None) -> Changes:
    """Set terms of a client, all or none; bills that were compared and payouts that were made stay as they are.

    Raises BadInputError UNKNOWN_TERM, BAD_TERM; NotAllowedError where the role may not.
    """
    for name, value in values.items():
        _check(name, value)
        session.require(TERMS[name].right)
    with session.unit_of_work(name="terms.set") as uow:
        owner = find_client(uow, client)
        for name, value in values.items():
            uow.client_settings.set(owner.id, TERMS[name].setting, value)
        uow.commit()
    return Changes(frozenset({"settings", "invoices", "vendor_bills"}))


def _check(name: str, value: Value) -> None:
    term = TERMS.get(name)
    if term is None:
        raise BadInputError("UNKNOWN_TERM", f"A term is one of {', '.join(TERMS)}.", where=name)
    if term.choices:
        if value not in term.choices:
            raise BadInputError("BAD_TERM", f"{term.words}: one of {', '.join(term.choices)}, not {value}.", where=name)
    elif not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= term.most:
        message = f"{term.words}: a whole number of {term.unit} from 0 to {term.most}, not {value}."
        raise BadInputError("BAD_TERM", message, where=name)
