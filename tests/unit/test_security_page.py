"""docs/security-tests.md names a test for every rule, pitfall and promise, and every test it names exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security-tests.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"((?:gui|unit|integration|end2end)/[\w/]+\.py)?::(test_\w+)")


def test_every_rule_pitfall_and_promise_has_a_row() -> None:
    wanted = [*(f"R{n}" for n in range(1, 19)), *map(str, range(1, 27)), *map(str, range(1, 14))]
    rows = [line for line in PAGE.splitlines() if re.match(r"\| (R?\d+) \|", line)]
    assert [line.split("|")[1].strip() for line in rows] == wanted
    assert [line for line in rows if not _NAMED.search(line)] == []


def test_every_test_that_the_page_names_exists() -> None:
    missing = []
    for line in PAGE.splitlines():
        file = ""
        for path, name in _NAMED.findall(line):
            file = path or file
            if f"def {name}(" not in (ROOT / "tests" / file).read_text(encoding="utf-8"):
                missing.append(f"{file}::{name}")
    assert missing == []
