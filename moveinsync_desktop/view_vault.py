"""Where a list's saved views are kept: in the database, so that they follow the user and can be shared by right.

vault = ViewVault(context, "trips", owner=screen)
vault.read(lambda views: ...)            # list[SavedView], shared ones first
vault.save("Nights", state, then); vault.drop("Nights", then)
vault.share("Nights", state, then); vault.withdraw("Nights", then)      # where vault.may_share
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject

from moveinsync_desktop.context import AppContext

Then = Callable[[], None]


class ViewVault:
    """Reads and writes in the background; what fails is said, and the list stays as it is."""

    def __init__(self, context: AppContext, screen: str, *, owner: QObject) -> None:
        self._context, self._screen, self._owner = context, screen, owner

    @property
    def may_share(self) -> bool:
        """Whether views can be given to colleagues: by right, and for one client."""
        return self._context.may("views.share") and self._client is not None

    @property
    def _client(self) -> Any:
        return self._context.client_id or self._context.signed_in.client_id

    def read(self, then: Callable[[Any], None]) -> None:
        """All views of the list."""
        from billing.services.views import list_views

        session, screen, client = self._context.signed_in, self._screen, self._client
        self._context.workers.run_query(
            lambda: list_views(session, screen, client), then, self._context.messages.error, owner=self._owner,
            key="views",
        )  # fmt: skip

    def save(self, name: str, state: Mapping[str, Any], then: Then) -> None:
        """Keep an own view."""
        from billing.services.views import save_view

        session, screen = self._context.signed_in, self._screen
        self._write(lambda: save_view(session, screen, name, state), then)

    def drop(self, name: str, then: Then) -> None:
        """Forget an own view."""
        from billing.services.views import drop_view

        session, screen = self._context.signed_in, self._screen
        self._write(lambda: drop_view(session, screen, name), then)

    def share(self, name: str, state: Mapping[str, Any], then: Then) -> None:
        """Give a view to the client's staff."""
        from billing.services.views import share_view

        session, screen, client = self._context.signed_in, self._screen, self._client
        self._write(lambda: share_view(session, screen, name, state, client), then)

    def withdraw(self, name: str, then: Then) -> None:
        """Take a shared view back."""
        from billing.services.views import withdraw_view

        session, screen, client = self._context.signed_in, self._screen, self._client
        self._write(lambda: withdraw_view(session, screen, name, client), then)

    def _write(self, work: Callable[[], Any], then: Then) -> None:
        self._context.workers.run_command(
            lambda _progress: work(), lambda _done: then(), self._context.messages.error, owner=self._owner
        )
