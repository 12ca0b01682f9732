"""Seconds that pass whatever happens to the clock on the wall (SECURITY.md (e) 7)."""

from __future__ import annotations

import time


def steady() -> float:
    """Seconds from an arbitrary start. Setting the computer's clock does not change them; sleep counts, too."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(boot) if boot is not None else time.monotonic()
