"""Chance from a fixed seed, in whole numbers only: no float can make two machines disagree."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from billing.schemas.ids import uuid7_from

T = TypeVar("T")
SEED = "moveinsync-demo-2026-1"


class Dice:
    """A stream of chance of its own for each subject, so that a change in one leaves the others as they were."""

    def __init__(self, subject: str) -> None:
        digest = hashlib.sha256(f"{SEED}|{subject}".encode()).digest()
        self._random = random.Random(int.from_bytes(digest, "big"))

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return self._random.randrange(low, high + 1)

    def chance(self, per_mille: int) -> bool:
        """True in `per_mille` of a thousand cases."""
        return self._random.randrange(1000) < per_mille

    def pick(self, items: Sequence[T]) -> T:
        """One of the items, each as likely."""
        return items[self._random.randrange(len(items))]

    def weighted(self, items: Sequence[tuple[T, int]]) -> T:
        """One of the items, as likely as its weight says."""
        left = self._random.randrange(sum(weight for _, weight in items))
        for item, weight in items:
            left -= weight
            if left < 0:
                return item
        raise AssertionError("weights add up to the range")

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in a new order."""
        result = list(items)
        for last in range(len(result) - 1, 0, -1):
            other = self._random.randrange(last + 1)
            result[last], result[other] = result[other], result[last]
        return result

    def uuid_at(self, moment: datetime) -> UUID:
        """A UUIDv7 of that moment."""
        return uuid7_from(int(moment.timestamp()) * 1000, self._random.getrandbits(74))
