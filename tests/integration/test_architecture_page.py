"""docs/architecture.md shows the tables that the migrations make."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import psycopg2

from billing.services.workspace import owner_of
from billing.store.profiles import Profile

ROOT = Path(__file__).resolve().parents[2]


def test_erd_of_the_page_is_the_migrated_schema(workspace: Profile) -> None:
    spec = importlib.util.spec_from_file_location("erd", ROOT / "scripts" / "dev" / "erd.py")
    assert spec is not None
    assert spec.loader is not None
    erd = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(erd)
    owner = owner_of(workspace)
    connection = psycopg2.connect(
        host=owner.host, port=owner.port, user=owner.user, password=owner.password, dbname=workspace.database
    )
    try:
        diagram = erd.draw(connection.cursor())
    finally:
        connection.close()
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert erd.rewrite(page, diagram) == page, "run: python scripts/dev/erd.py"
