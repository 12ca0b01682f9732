"""What a rule key is: one declaration that validation, forms, lint and help are all built from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from billing.schemas.rating import BillingModelType

PER_TRIP = frozenset({BillingModelType.PER_TRIP})
HYBRID = frozenset({BillingModelType.HYBRID})
PACKAGE = frozenset({BillingModelType.FIXED_PACKAGE})
ALL_MODELS = PER_TRIP | HYBRID | PACKAGE


class Kind(StrEnum):
    """What a value of a key is, and so how it is read and which editor it gets."""

    MONEY = "money"
    RATE = "rate"
    KM = "km"
    HOURS = "hours"
    MINUTES = "minutes"
    DAYS = "days"
    COUNT = "count"
    PERCENT = "percent"
    FRACTION = "fraction"
    NUMBER = "number"
    BOOL = "bool"
    CHOICE = "choice"
    TEXT = "text"
    CLOCK = "clock"
    DATE = "date"
    OBJECT = "object"
    LIST = "list"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class RuleKey:
    """One key of `rules_config`, or one field of a key that is an object.

    Attributes:
        key: the canonical name.
        kind: what its value is.
        label, unit, help: what a form shows.
        aliases: other names accepted on input.
        default: what holds where the key is absent, as text for people; None where absence means "no such charge".
        choices: the words a CHOICE may have.
        models: the models that use it.
        group: the section of the form.
        fields: the fields of an OBJECT, of each entry of a LIST, or of each value of a MAP with several fields.
        item: the value of each entry of a MAP with one figure an entry.
        required: must be there (fields only).
        above_zero: zero is refused, because something is divided by it.
        maximum: the largest value; larger ones are refused.
        below: a value that must not be reached.
        limit_code: the error code of a value beyond its limit.
    """

    key: str
    kind: Kind
    label: str
    unit: str = ""
    help: str = ""
    aliases: tuple[str, ...] = ()
    default: Any = None
    choices: tuple[str, ...] = ()
    models: frozenset[BillingModelType] = ALL_MODELS
    group: str = ""
    fields: tuple[RuleKey, ...] = ()
    item: RuleKey | None = None
    required: bool = False
    above_zero: bool = False
    maximum: int | None = None
    below: int | None = None
    limit_code: str = "BAD_INPUT"

    def field(self, name: str) -> RuleKey:
        """The field of that name. KeyError where there is none."""
        return next(field for field in self.fields if field.key == name)
