"""Several processes do the same thing at once: one wins, the others are told (SECURITY.md (e) 3, 5, 6, 10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from billing.schemas.contracts import ContractVersion
from billing.schemas.ids import new_id
from billing.services.billing import run_bill
from billing.services.contracts import save_draft
from tests.integration.faults.conftest import SEPTEMBER, World
from tests.integration.faults.deeds import Import
from tests.support.contracts import Agreed
from tests.support.people import ADMIN
from tests.support.rival import race


def _draft_of(world: World) -> tuple[str, str]:
    """A fresh contract's client and the id of its draft invoice."""
    client = str(world.contract().view.contract.client_id)
    (run,) = run_bill(world.session, client=client, month=SEPTEMBER).runs
    assert run.invoice is not None
    return client, str(run.invoice.invoice_id)


def test_two_issue_one_invoice(world: World) -> None:
    _client, invoice = _draft_of(world)
    told = race(world.home, ADMIN, world.secret, [("issue", {"invoice": invoice})] * 2)
    numbers, states = zip(*(one["ok"] for one in told), strict=True)
    assert len(set(numbers)) == 1
    assert sorted(states) == ["issued", "unchanged"]


def test_two_issue_different_invoices_of_one_series(world: World) -> None:
    """The counter is locked: the numbers follow each other, none is left out."""
    agreed = world.contract()
    world.october(agreed, 3)
    client, invoices = str(agreed.view.contract.client_id), []
    for month in (SEPTEMBER, SEPTEMBER.replace(month=10)):
        (run,) = run_bill(world.session, client=client, month=month).runs
        assert run.invoice is not None
        invoices.append(str(run.invoice.invoice_id))
    told = race(world.home, ADMIN, world.secret, [("issue", {"invoice": one}) for one in invoices])
    assert sorted(one["ok"][0][-5:] for one in told) == ["00001", "00002"]


def test_four_run_one_month(world: World) -> None:
    client = str(world.contract().view.contract.client_id)
    told = race(world.home, ADMIN, world.secret, [("run", {"client": client})] * 4)
    states = sorted(state for one in told for state in one["ok"])
    assert states == ["created", "unchanged", "unchanged", "unchanged"]
    assert world.count("SELECT count(*) FROM app.billing_runs WHERE client_id = %s", client) == 1
    assert world.count("SELECT count(*) FROM app.trip_charges WHERE client_id = %s", client) == 3


def test_three_import_one_file(world: World, tmp_path: Path) -> None:
    deed = Import(world, tmp_path)
    told = race(world.home, ADMIN, world.secret, [("import", deed.words)] * 3)
    assert sum(one.get("ok", [False])[0] for one in told) == 1, told
    assert all("ok" in one or one["code"] == "DUPLICATE" for one in told), told
    assert deed.is_done()


def test_two_edit_one_record(world: World) -> None:
    client = str(world.people.new_pair().client_id)
    names = ("First Name Ltd", "Second Name Ltd")
    told = race(world.home, ADMIN, world.secret, [("edit", {"client": client, "name": name}) for name in names])
    (won,) = [one["ok"] for one in told if "ok" in one]
    (lost,) = [one for one in told if "code" in one]
    assert lost["code"] == "CHANGED_MEANWHILE"
    assert lost["message"].startswith(f"{ADMIN} saved this ")
    assert lost["current"] == won
    stored = "SELECT count(*) FROM app.clients WHERE id = %s AND name = %s"
    assert world.count(stored, client, won) == 1


@pytest.mark.parametrize("same", [True, False], ids=["one draft", "two drafts of the same days"])
def test_two_put_versions_in_force(world: World, same: bool) -> None:
    agreed = world.contract()
    contract = agreed.view.contract
    drafts = [_new_draft(world, agreed) for _ in range(1 if same else 2)] * (2 if same else 1)
    words = {"client": str(contract.client_id), "contract": str(contract.id), "day": "2026-12-01"}
    told = race(world.home, ADMIN, world.secret, [("activate", {**words, "version": str(one.id)}) for one in drafts])
    assert [one["ok"] for one in told if "ok" in one] == ["active"], told
    (lost,) = [one for one in told if "code" in one]
    assert lost["code"] in ("CHANGED_MEANWHILE", "VERSIONS_OVERLAP", "TRY_AGAIN", "CONTRACT_CHANGED"), lost
    query = "SELECT count(*) FROM app.contract_versions WHERE contract_id = %s AND status = 'ACTIVE'"
    query += " AND lower(validity) > %s"
    assert world.count(query, str(contract.id), date(2026, 11, 1)) == 1


def _new_draft(world: World, agreed: Agreed) -> ContractVersion:
    was = agreed.view.versions[0]
    return save_draft(world.session, version=replace(was, id=new_id(), number=0, status="DRAFT", rev=0))
