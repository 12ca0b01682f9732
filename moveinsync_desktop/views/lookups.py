"""Lookups of parties: F2 opens the chosen client, site or vendor in its form, F3 adds one, over the form that asks.

    PartyLookups(screen).attach(combo, "vendors", client=lambda: form_client_id)

The form on top saves by itself; what was added is chosen in the lookup. Who may not edit is told so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from billing.schemas.ids import new_id
from billing.schemas.parties import Client, ClientSite, ClientVendor, Vendor
from billing.services import parties
from billing.services.party_book import PartyBook, read_party_book
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.choices import Combo

ClientOf = Callable[[], UUID | None]
_NEEDS = {"clients": ("clients.edit", "clients.edit"), "sites": ("sites.edit", "sites.edit"),
          "vendors": ("vendors.link", "vendors.add")}  # fmt: skip
"""Of each kind the right to open it and the right to add one."""


@dataclass(frozen=True, slots=True)
class _Ask:
    combo: Combo
    kind: str
    client: ClientOf


class PartyLookups:
    """Gives combos of one screen's forms their F2 and F3."""

    def __init__(self, screen: Screen) -> None:
        self._screen, self._context = screen, screen.context

    def attach(self, combo: Combo, kind: str, client: ClientOf = lambda: None, *, adds: bool = True) -> None:
        """`kind`: clients, sites or vendors; `client` whose site or vendor it is (None: the user's or the chosen one).

        `adds` is off where the form needs more of a record than the lookup learns.
        """
        ask = _Ask(combo, kind, client)
        combo.set_lookup(lambda value: self._open(ask, value), (lambda: self._add(ask)) if adds else None)

    def _client_of(self, ask: _Ask) -> Any:
        return ask.client() or self._context.client_id or self._context.signed_in.client_id

    def _open(self, ask: _Ask, value: Any) -> None:
        self._with_book(ask, _NEEDS[ask.kind][0], lambda book: self._edit(ask, book, value))

    def _add(self, ask: _Ask) -> None:
        self._with_book(ask, _NEEDS[ask.kind][1], lambda book: self._add_to(ask, book))

    def _with_book(self, ask: _Ask, needs: str, then: Callable[[PartyBook], None]) -> None:
        if not self._context.may(needs):
            self._context.messages.status(self._context.why_not(needs), "ban")
            return
        session, client = self._context.signed_in, None if ask.kind == "clients" else self._client_of(ask)
        if client is None and ask.kind != "clients":
            self._context.messages.status("Choose the client first", "ban")
            return
        self._screen.query(lambda: read_party_book(session, client_id=client), then, key="lookup")

    def _edit(self, ask: _Ask, book: PartyBook, value: Any) -> None:
        from moveinsync_desktop.views.dialogs import party_forms

        session, screen = self._context.signed_in, self._screen
        dialog: Any = None
        if ask.kind == "clients":
            client = next((one for one in book.clients if one.id == value), None)
            if client is not None:
                dialog = party_forms.ClientDialog(
                    screen, client, lambda typed: parties.update_client(session, client=typed)
                )
        elif ask.kind == "sites":
            site = next((one for one in book.sites if one.id == value), None)
            if site is not None:
                dialog = party_forms.SiteDialog(
                    screen, book, site, lambda typed: parties.update_site(session, site=typed)
                )
        else:
            dialog = self._vendor_dialog(book, value)
        if dialog is not None and dialog.exec():
            self._choose(ask, value, _words(dialog.typed()))

    def _vendor_dialog(self, book: PartyBook, value: Any) -> Any:
        from moveinsync_desktop.views.dialogs.party_forms import VendorDialog

        session = self._context.signed_in
        link = next((one for one in book.links if one.vendor_id == value), None)
        vendor = next((one for one in book.vendors if one.id == value), None)
        if link is None or vendor is None:
            return None

        def save(typed: Any) -> Any:
            return parties.update_vendor_of_client(session, link=typed[0], vendor=typed[1])

        may = self._context.may("vendors.edit")
        return VendorDialog(self._screen, book, link, vendor, save, may_edit_vendor=may)

    def _add_to(self, ask: _Ask, book: PartyBook) -> None:
        from moveinsync_desktop.views.dialogs import party_forms

        session, screen, made, stored = self._context.signed_in, self._screen, new_id(), list[Any]()
        dialog: Any
        if ask.kind == "clients":
            dialog = party_forms.ClientDialog(
                screen,
                Client(made, "", ""),
                lambda t: stored.append(parties.create_client(session, client=t[0], site=t[1])),
            )
        elif ask.kind == "sites":
            dialog = party_forms.SiteDialog(
                screen, book, ClientSite(made, book.clients[0].id, "", ""),
                lambda t: stored.append(parties.add_site(session, site=t)),
            )  # fmt: skip
        else:
            dialog = party_forms.VendorDialog(
                screen, book, ClientVendor(book.clients[0].id, made, ""), Vendor(made, ""),
                lambda t: stored.append(parties.add_vendor(session, link=t[0], vendor=t[1], branch=t[2])),
                may_edit_vendor=self._context.may("vendors.edit"),
            )  # fmt: skip
        if dialog.exec() and stored:
            record = stored[0].record
            self._choose(ask, getattr(record, "vendor_id", None) or record.id, _words(dialog.typed()))

    def _choose(self, ask: _Ask, value: Any, words: str) -> None:
        ask.combo.offer(value, words)
        ask.combo.setFocus()


def _words(typed: Any) -> str:
    """How a lookup shows what was typed: name and code."""
    parts = typed if isinstance(typed, tuple) else (typed,)
    name = next((str(one.name) for one in reversed(parts[:2]) if getattr(one, "name", "")), "")
    return f"{name}  {parts[0].code}"
