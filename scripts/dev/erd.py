"""Draw the entity-relationship diagram of docs/architecture.md from a migrated database.

python scripts/dev/erd.py          makes a scratch database, migrates it, rewrites the page
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- erd begin -->", "<!-- erd end -->"
SCHEMAS = ("app", "auth", "private", "audit")

KEYS = """
SELECT n.nspname || '_' || c.relname, a.attname, format_type(a.atttypid, NULL),
       bool_or(k.contype = 'p'), bool_or(k.contype = 'f'), bool_or(k.contype = 'u')
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = ANY (%s)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND a.attnum = ANY (k.conkey) AND k.contype IN ('p', 'f', 'u')
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
GROUP BY 1, 2, 3, a.attnum
HAVING count(k.oid) > 0
ORDER BY 1, a.attnum
"""
LINKS = """
SELECT DISTINCT fn.nspname || '_' || f.relname, pn.nspname || '_' || p.relname,
       (SELECT string_agg(a.attname, ' ' ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) AND a.attname <> 'client_id')
FROM pg_constraint k
JOIN pg_class f ON f.oid = k.conrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE k.contype = 'f' AND fn.nspname = ANY (%s) AND pn.nspname = ANY (%s)
ORDER BY 1, 2, 3
"""


def draw(cursor: Any) -> str:
    """The tables with their key columns and references, as a Mermaid diagram; `cursor` may read the catalogue."""
    cursor.execute(KEYS, (list(SCHEMAS),))
    tables: dict[str, list[str]] = defaultdict(list)
    for table, column, kind, primary, foreign, unique in cursor.fetchall():
        marks = ",".join(mark for mark, is_set in (("PK", primary), ("FK", foreign), ("UK", unique)) if is_set)
        tables[table].append(f"        {kind.replace(' ', '_')} {column} {marks}")
    cursor.execute(LINKS, (list(SCHEMAS), list(SCHEMAS)))
    links = [f'    {parent} ||--o{{ {child} : "{label or "client_id"}"' for child, parent, label in cursor.fetchall()]
    return "\n".join(["erDiagram", *_boxes(tables.items()), *links, ""])


def _boxes(tables: Iterable[tuple[str, list[str]]]) -> list[str]:
    return [line for table, columns in tables for line in (f"    {table} {{", *columns, "    }")]


def rewrite(page: str, diagram: str) -> str:
    """The page with the diagram between its marks replaced."""
    head, rest = page.split(BEGIN)
    return f"{head}{BEGIN}\n```mermaid\n{diagram}```\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Migrate a scratch database, draw its tables, rewrite the page."""
    import psycopg2

    from billing.schemas.workspace import Administrator
    from billing.server.embedded import EmbeddedServer
    from billing.store.install import install

    with tempfile.TemporaryDirectory(prefix="erd") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedServer(Path(folder))
        server.init("scratch")
        with server as address:
            install(Administrator(address.host, address.port, "mis_boot", "scratch"), "erd")
            connection = psycopg2.connect(
                host=address.host, port=address.port, user="mis_boot", password="scratch", dbname="erd"
            )
            diagram = draw(connection.cursor())
            connection.close()
    PAGE.write_text(rewrite(PAGE.read_text(encoding="utf-8"), diagram), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} is up to date.")


if __name__ == "__main__":
    main()
