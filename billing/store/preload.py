"""The slow imports of a sign-in (0.4 s), done on a thread while the server starts or the window is built."""

from __future__ import annotations


def preload() -> None:
    """Import what the first connection needs; SQLAlchemy first, which loads its dialect by name later than it could."""

    import sqlalchemy.dialects.postgresql.psycopg2  # noqa: F401

    import billing.store.repositories
    import billing.store.session
    import billing.store.unit_of_work  # noqa: F401
