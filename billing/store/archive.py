"""Every table that the signed-in user may read, as CSV: the ledger of an archive. New tables come along."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

# Columns by name, so that what a user may not read of a table is left out instead of refusing the table.
_READABLE = """
SELECT c.relname::text, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'app'::regnamespace
   AND has_column_privilege(c.oid, a.attnum, 'SELECT')
 GROUP BY 1 ORDER BY 1"""


class Archive:
    """Reads whole tables under row-level security."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def tables(self) -> list[tuple[str, str]]:
        """Tables of the workspace's data, each with the columns that the user may read."""
        return [(row[0], row[1]) for row in self._connection.execute(sa.text(_READABLE))]

    def write(self, table: str, columns: str, target: Path) -> int:
        """Write a table as CSV with a header; gives the number of rows. NULL is empty, text is quoted."""
        cursor = self._connection.connection.cursor()
        with target.open("wb") as file:
            cursor.copy_expert(
                f"COPY (SELECT {columns} FROM app.\"{table}\") TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')", file
            )
        return int(cursor.rowcount)
