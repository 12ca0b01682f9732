"""A finding about rules: what is wrong, at which field."""

from __future__ import annotations

from dataclasses import dataclass

from billing.errors import BadInputError

BAD_INPUT = "BAD_INPUT"
NO_PRICE_COMPONENT = "NO_PRICE_COMPONENT"


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """One reason why rules cannot be used: a code of TARIFF.md section 4, a sentence, and the field's path."""

    code: str
    message: str
    where: str

    def as_error(self) -> BadInputError:
        """The same as an error to raise."""
        return BadInputError(self.code, self.message, where=self.where)


class Problems:
    """Collects findings while rules are read, so that a form can show all of them at once."""

    def __init__(self) -> None:
        self.found: list[RuleProblem] = []

    def add(self, code: str, message: str, where: str) -> None:
        """Note one finding."""
        self.found.append(RuleProblem(code, message, where))
