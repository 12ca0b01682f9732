"""Undo and redo of staged rules: what stood there before each step, and the place that the step changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from billing.rules.paths import Path
from billing.schemas.rating import BillingModelType

MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class Step:
    """A state to come back to; `path` is the field whose typing left it, () for everything else."""

    model: BillingModelType
    rules: dict[str, Any]
    opened: frozenset[str]
    path: Path


class RuleHistory:
    """The last 200 steps. Typing on in one field is one step, until it is sealed."""

    def __init__(self) -> None:
        self._past: list[Step] = []
        self._future: list[Step] = []

    @property
    def can_undo(self) -> bool:
        """Is there a step back?"""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Is there a step forward?"""
        return bool(self._future)

    def keep(self, now: Step) -> None:
        """Remember the state before a change."""
        self._future.clear()
        if now.path and self._past and self._past[-1].path == now.path:
            return
        self._past.append(now)
        del self._past[:-MOST_STEPS]

    def seal(self) -> None:
        """The field was left: the next key typed in it begins a new step."""
        if self._past:
            self._past[-1] = replace(self._past[-1], path=())

    def back(self, now: Step) -> Step | None:
        """The state before the last step; None where there is none."""
        return self._travel(self._past, self._future, now)

    def forward(self, now: Step) -> Step | None:
        """The state that was left by going back."""
        return self._travel(self._future, self._past, now)

    @staticmethod
    def _travel(source: list[Step], target: list[Step], now: Step) -> Step | None:
        if not source:
            return None
        step = source.pop()
        target.append(replace(now, path=step.path))
        return step
