"""Draw the entity-relationship diagram of docs/architecture.md from a migrated database.

    python scripts/dev/erd.py          makes a scratch workspace, migrates it, rewrites the page
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- erd begin -->", "<!-- erd end -->"


def rewrite(page: str, diagram: str) -> str:
    """The page with the diagram between its marks replaced."""
    head, rest = page.split(BEGIN)
    return f"{head}{BEGIN}\n```mermaid\n{diagram}```\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Make a workspace in a scratch folder, draw its tables, rewrite the page."""
    from billing.services.workspace import create_workspace, draw_schema

    with tempfile.TemporaryDirectory(prefix="erd") as folder:
        create_workspace(Path(folder), "erd@example.com", "a scratch password", name="Diagram")
        diagram = draw_schema(Path(folder))
    PAGE.write_text(rewrite(PAGE.read_text(encoding="utf-8"), diagram), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} is up to date.")


if __name__ == "__main__":
    main()
