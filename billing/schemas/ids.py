"""UUIDv7 made by the client before anything is sent: the id of a record is its intent key (DESIGN.md section 3)."""

from __future__ import annotations

import os
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_RANDOM_A = (1 << 12) - 1
_RANDOM_B = (1 << 62) - 1


def uuid7_from(milliseconds: int, random_bits: int) -> UUID:
    """The UUIDv7 of a Unix time in milliseconds and 74 random bits (the lowest are used, RFC 9562 section 5.7)."""
    high = (random_bits >> 62) & _RANDOM_A
    low = random_bits & _RANDOM_B
    return UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | _VERSION | high << 64 | _VARIANT | low)


def new_id() -> UUID:
    """A fresh UUIDv7 of now."""
    return uuid7_from(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10), "big"))


def new_ids(count: int) -> list[UUID]:
    """`count` fresh UUIDv7 in rising order: rows written in this order land side by side in the index."""
    milliseconds = time.time_ns() // 1_000_000
    tails = sorted(int.from_bytes(os.urandom(10), "big") & ((1 << 74) - 1) for _ in range(count))
    return [uuid7_from(milliseconds, tail) for tail in tails]
