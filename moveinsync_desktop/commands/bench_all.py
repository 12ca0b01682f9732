"""One subject of `moveinsync bench` in a process of its own."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Sequence

from billing.errors import UnavailableError
from moveinsync_desktop.commands.bench_bars import Bar


def measure_subject(name: str, options: Sequence[str]) -> list[Bar]:
    """The bars of one subject. Raises UnavailableError where it could not be measured."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "moveinsync_desktop"]
    done = subprocess.run([*program, "bench", name, "--json", *options], stdout=subprocess.PIPE, text=True, check=False)
    try:
        found = json.loads(done.stdout)
        bars = found["bars"]
    except (ValueError, KeyError):
        raise UnavailableError("NOT_MEASURED", f"{name} could not be measured.") from None
    names = {field.name for field in dataclasses.fields(Bar)}
    return [Bar(**{key: value for key, value in bar.items() if key in names}) for bar in bars]
