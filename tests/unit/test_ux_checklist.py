"""docs/ux-checklist.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_test_that_the_page_names_exists() -> None:
    page = (ROOT / "docs" / "ux-checklist.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if re.match(r"\| \d+ \|", line)]
    assert len(rows) == 52
    for row in rows:
        last_file = ""
        for path, name in re.findall(r"((?:gui|unit|integration)/[\w/]+\.py)?::(test_\w+)", row):
            last_file = path or last_file
            text = (ROOT / "tests" / last_file).read_text(encoding="utf-8")
            assert f"def {name}(" in text, f"{last_file}::{name}"
