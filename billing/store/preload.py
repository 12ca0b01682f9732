"""The slow imports of a sign-in (0.2 s), done on a thread while the server starts."""

from __future__ import annotations


def preload() -> None:
    """Import what the first connection needs."""

    import billing.store.repositories
    import billing.store.session
    import billing.store.unit_of_work  # noqa: F401
