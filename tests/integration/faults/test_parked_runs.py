"""Promise 13: a bill beyond three times last month's waits for a confirmation, and the database holds to it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing.errors import RefusedError
from billing.schemas.runs import RunOutcome, RunState
from billing.services.billing import preview_bill, run_bill
from billing.services.invoices import issue_invoice
from billing.services.parked_runs import confirm_run, parked_words
from moveinsync_desktop import cli
from tests.integration.faults.conftest import SEPTEMBER, World
from tests.support.contracts import Agreed, agree
from tests.support.people import ADMIN, PASSWORD

OCTOBER = SEPTEMBER.replace(month=10)
KM_ONLY = {"base_monthly_fee": "0", "free_km_included": "0", "per_km_rate_after_limit": "10", "tax_percentage": "5"}


def _agreed(world: World, km: tuple[int, ...], october: int, kilometres: int = 10) -> Agreed:
    """Trips of `km` in September and `october` trips of `kilometres` in October; the monthly fee is a line, too."""
    pair = world.people.new_pair()
    made = agree(world.session, pair, rules=KM_ONLY, km=km)
    world.october(made, october, kilometres)
    return made


def _bill(world: World, made: Agreed, **words: Any) -> RunOutcome:
    client = str(made.view.contract.client_id)
    run_bill(world.session, client=client, month=SEPTEMBER)
    (run,) = run_bill(world.session, client=client, month=OCTOBER, **words).runs
    return run


@pytest.mark.parametrize(
    ("october", "kilometres", "parks"),
    [(6, 10, False), (9, 1, True), (2, 31, True), (6, 1, False)],
    ids=["just three times", "more lines", "more money", "less money"],
)
def test_three_times_last_month_is_the_bound(world: World, october: int, kilometres: int, parks: bool) -> None:
    made = _agreed(world, (10, 10), october, kilometres)
    run = _bill(world, made)
    assert run.state is RunState.CREATED
    assert (run.parked is not None) == parks
    assert run.waits == parks


def test_a_parked_bill_is_issued_only_after_it_was_confirmed(world: World) -> None:
    run = _bill(world, _agreed(world, (10, 10), 8))
    assert run.invoice is not None
    assert run.run_id is not None
    assert run.parked is not None
    assert parked_words(run.parked) == "9 lines and ₹840.00 against 3 lines and ₹210.00 last month"
    invoice = str(run.invoice.invoice_id)
    with pytest.raises(RefusedError) as refused:
        issue_invoice(world.session, invoice=invoice)
    assert refused.value.code == "RUN_PARKED"
    assert confirm_run(world.session, client_id=run.client_id, run_id=run.run_id).ids == {run.run_id}
    assert issue_invoice(world.session, invoice=invoice).state == "issued"
    confirm_run(world.session, client_id=run.client_id, run_id=run.run_id)
    query = "SELECT count(*) FROM audit.events WHERE entity_id = %s AND action = 'CONFIRM'"
    assert world.count(query, str(run.run_id)) == 1


def test_the_same_run_again_tells_it_again_and_a_preview_tells_it_before(world: World) -> None:
    made = _agreed(world, (10, 10), 8)
    client = str(made.view.contract.client_id)
    run_bill(world.session, client=client, month=SEPTEMBER)
    (preview,) = preview_bill(world.session, client=client, month=OCTOBER).runs
    (first,) = run_bill(world.session, client=client, month=OCTOBER).runs
    (again,) = run_bill(world.session, client=client, month=OCTOBER).runs
    assert again.state is RunState.UNCHANGED
    assert preview.parked == first.parked == again.parked
    (confirmed,) = run_bill(world.session, client=client, month=OCTOBER, confirm=True).runs
    assert not confirmed.waits


def test_the_first_month_has_nothing_to_be_compared_with(world: World) -> None:
    (run,) = run_bill(world.session, client=str(world.contract().view.contract.client_id), month=SEPTEMBER).runs
    assert run.parked is None


def test_what_is_not_parked_cannot_be_confirmed(world: World) -> None:
    run = _bill(world, _agreed(world, (10, 10), 1))
    assert run.run_id is not None
    with pytest.raises(RefusedError) as refused:
        confirm_run(world.session, client_id=run.client_id, run_id=run.run_id)
    assert refused.value.code == "NOT_PARKED"


def test_the_command_tells_and_confirms(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = _agreed(world, (10, 10), 8)
    monkeypatch.setenv("MOVEINSYNC_HOME", str(world.home))
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
    words = ["--as", ADMIN, "bill", "--client", str(made.view.contract.client_id), "--json", "--month"]
    assert cli.main([*words, "2026-09"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["parked"] is None
    assert cli.main([*words[:-2], "--month", "2026-10"]) == 0
    assert "waits for a confirmation: 9 lines" in capsys.readouterr().err
    assert cli.main([*words, "2026-10", "--confirm"]) == 0
    told = json.loads(capsys.readouterr().out)["runs"][0]["parked"]
    assert told == {"lines": 9, "last_lines": 3, "total": "840.00", "last_total": "210.00", "confirmed": True}
