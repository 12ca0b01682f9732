"""Commands run as the test's own user: its session is lent to them, and stays open afterwards."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from billing.store.session import Session


class _Lent:
    """A session that the command may leave, but does not close."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> Session:
        return self._session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is closed."""


def lend(monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
    """Every command of this test signs in as this session."""
    monkeypatch.setattr("billing.services.workspace.session_from_args", lambda _args: _Lent(session))
