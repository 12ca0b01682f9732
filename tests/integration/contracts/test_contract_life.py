"""The life of a contract on a real database: overlaps refused, renewals exact, a second editor told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from billing.errors import BadInputError, ConflictError, EditConflictError, KnownError, NotAllowedError, RefusedError
from billing.schemas.contracts import Contract, ContractVersion
from billing.schemas.ids import new_id
from billing.services import contracts as life
from billing.services.checks import InvalidFieldsError
from billing.services.renewals import propose_renewals
from billing.store.session import Session
from tests.support.people import Pair, People

RULES = {"base_fare": "120.00", "per_km_rate": "16.50"}
HYBRID = {"base_monthly_fee": "30000", "free_km_included": "100", "per_km_rate_after_limit": "25"}
INDIA = ZoneInfo("Asia/Kolkata")


def blank(session: Session, pair: Pair, name: str = "") -> Contract:
    with session.unit_of_work() as uow:
        (site,) = uow.client_sites.find(client_id=pair.client_id)
        (branch,) = uow.vendor_branches.find(vendor_id=pair.vendor_id)
    return Contract(new_id(), pair.client_id, pair.vendor_id, name or f"K{uuid4().hex[:6]}", site.id, branch.id)


def made(session: Session, pair: Pair, **more: object) -> life.ContractView:
    words = {"model": "PER_TRIP", "rules": RULES, "valid_from": date(2026, 4, 1), **more}
    return life.create_contract(session, contract=blank(session, pair), **words).view  # type: ignore[arg-type]


def bounds(view: life.ContractView) -> list[tuple[date, date | None]]:
    return [
        (v.valid_from.astimezone(INDIA).date(), v.valid_until.astimezone(INDIA).date() if v.valid_until else None)
        for v in view.versions
    ]


def test_created_contract_is_in_force_from_local_midnight(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair)
    (version,) = view.versions
    assert version.valid_from == datetime(2026, 3, 31, 18, 30, tzinfo=UTC)
    assert (version.number, version.status, version.rules) == (1, "ACTIVE", RULES)
    assert view.state(datetime(2026, 3, 31, tzinfo=UTC)) == "UPCOMING"
    assert view.state(datetime(2026, 5, 1, tzinfo=UTC)) == "ACTIVE"


def test_model_alias_is_stored_by_its_own_name(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair, model="FIXED_MONTHLY", rules={"base_monthly_fee": "42000"})
    assert view.versions[0].billing_model == "FIXED_PACKAGE"


@pytest.mark.parametrize(
    ("model", "rules", "code"),
    [
        ("SOMETHING", RULES, "UNKNOWN_BILLING_MODEL"),
        ("HYBRID", {"base_monthly_fee": "1"}, "NO_PRICE_COMPONENT"),
        ("PER_TRIP", {**RULES, "tax_rate": "18"}, "TAX_RATE_NOT_A_FRACTION"),
    ],
)
def test_wrong_rules_are_refused_and_nothing_is_stored(
    client_admin: Session, pair: Pair, model: str, rules: dict[str, str], code: str
) -> None:
    with pytest.raises(BadInputError) as told:
        made(client_admin, pair, model=model, rules=rules)
    assert told.value.code == code
    assert life.list_contracts(client_admin) == []


def test_wrong_fields_of_a_contract_are_told(client_admin: Session, pair: Pair) -> None:
    wrong = replace(blank(client_admin, pair), name=" ", sac="12")
    with pytest.raises(InvalidFieldsError) as told:
        life.create_contract(client_admin, contract=wrong, model="PER_TRIP", rules=RULES, valid_from=date(2026, 4, 1))
    assert [problem.field for problem in told.value.problems] == ["name", "sac"]


def test_renewal_ends_one_version_and_begins_the_next_at_the_same_instant(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair)
    renewed = life.renew_contract(
        client_admin, contract=view.contract, model="HYBRID", rules=HYBRID, valid_from=date(2026, 8, 16)
    ).view
    assert bounds(renewed) == [(date(2026, 4, 1), date(2026, 8, 16)), (date(2026, 8, 16), None)]
    assert [version.number for version in renewed.versions] == [1, 2]


def test_second_renewal_from_the_same_state_is_refused_by_name(
    client_admin: Session, super_admin: Session, pair: Pair
) -> None:
    seen = made(client_admin, pair).contract
    life.renew_contract(super_admin, contract=seen, model="PER_TRIP", rules=RULES, valid_from=date(2026, 9, 1))
    with pytest.raises(ConflictError) as told:
        life.renew_contract(client_admin, contract=seen, model="HYBRID", rules=HYBRID, valid_from=date(2026, 10, 1))
    assert super_admin.email in told.value.message
    after = life.show_contract(client_admin, client_id=pair.client_id, contract_id=seen.id)
    assert [version.billing_model for version in after.versions] == ["PER_TRIP", "PER_TRIP"]


def test_overlap_is_refused_by_the_database(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair, valid_until=date(2026, 10, 1))
    renewed = life.renew_contract(
        client_admin, contract=view.contract, model="PER_TRIP", rules=RULES, valid_from=date(2026, 10, 1)
    ).view
    with pytest.raises(ConflictError) as told:
        life.renew_contract(
            client_admin, contract=renewed.contract, model="PER_TRIP", rules=RULES, valid_from=date(2026, 9, 1)
        )
    assert told.value.code == "VERSIONS_OVERLAP"
    assert len(life.show_contract(client_admin, client_id=pair.client_id, contract_id=view.contract.id).versions) == 2


def test_plain_sql_cannot_put_a_version_in_force(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair, activate=False)
    change = "UPDATE app.contract_versions SET status = 'ACTIVE' WHERE client_id = :client"
    with pytest.raises(NotAllowedError), client_admin.unit_of_work() as uow:
        uow.connection.execute(sa.text(change), {"client": pair.client_id})
    assert view.state() == "DRAFT"


def test_rules_in_force_do_not_change(client_admin: Session, pair: Pair) -> None:
    (version,) = made(client_admin, pair).versions
    with pytest.raises(RefusedError) as told:
        life.save_draft(client_admin, version=replace(version, rules=HYBRID, billing_model="HYBRID"))
    assert told.value.code == "NOT_A_DRAFT"


def test_draft_is_edited_activated_and_second_editor_sees_both(
    client_admin: Session, super_admin: Session, pair: Pair
) -> None:
    view = made(client_admin, pair)
    start = datetime(2026, 9, 1, tzinfo=INDIA)
    draft = life.save_draft(
        client_admin,
        version=ContractVersion(new_id(), pair.client_id, view.contract.id, 0, "HYBRID", HYBRID, start),
    )
    assert (draft.number, draft.status) == (2, "DRAFT")
    theirs = life.save_draft(super_admin, version=replace(draft, rules={**HYBRID, "base_monthly_fee": "31000"}))
    with pytest.raises(EditConflictError) as told:
        life.save_draft(client_admin, version=replace(draft, rules={**HYBRID, "base_monthly_fee": "32000"}))
    assert told.value.current == theirs
    assert super_admin.email in told.value.message
    active = life.activate_draft(client_admin, contract=view.contract, version=theirs, valid_from=date(2026, 9, 1)).view
    assert bounds(active) == [(date(2026, 4, 1), date(2026, 9, 1)), (date(2026, 9, 1), None)]


def test_discarded_draft_is_gone_and_a_version_in_force_stays(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair, activate=False)
    life.discard_draft(client_admin, version=view.versions[0])
    after = life.show_contract(client_admin, client_id=pair.client_id, contract_id=view.contract.id)
    assert after.versions == ()
    with pytest.raises(RefusedError):
        life.discard_draft(client_admin, version=made(client_admin, pair).versions[0])


def test_contract_ends_and_opens_again(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair)
    ended = life.end_contract(client_admin, contract=view.contract, until=date(2026, 7, 1), reason="Office closed").view
    assert bounds(ended) == [(date(2026, 4, 1), date(2026, 7, 1))]
    assert ended.state(datetime(2026, 7, 2, tzinfo=UTC)) == "ENDED"
    opened = life.end_contract(client_admin, contract=ended.contract, until=None).view
    assert bounds(opened) == [(date(2026, 4, 1), None)]
    with pytest.raises(RefusedError):
        life.end_contract(client_admin, contract=opened.contract, until=date(2026, 3, 1))


def test_correction_keeps_number_and_dates(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair)
    (wrong,) = view.versions
    right = life.correct_version(
        client_admin, version=wrong, model="PER_TRIP", rules={**RULES, "base_fare": "125"}, reason="Typing slip"
    ).view
    (version,) = right.versions
    assert (version.number, version.valid_from, version.rules["base_fare"]) == (1, wrong.valid_from, "125")
    assert version.id != wrong.id


def test_same_name_twice_with_one_vendor_is_refused(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair)
    again = replace(blank(client_admin, pair), name=view.contract.name.upper())
    with pytest.raises(ConflictError) as told:
        life.create_contract(client_admin, contract=again, model="PER_TRIP", rules=RULES, valid_from=date(2026, 4, 1))
    assert told.value.where == "name"


@pytest.mark.parametrize("role", ["VIEWER", "VENDOR_ADMIN"])
def test_those_who_only_look_see_the_contract_and_cannot_move_it(
    people: People, client_admin: Session, pair: Pair, role: str
) -> None:
    made(client_admin, pair)
    session = people.sign_in(role, pair)
    (view,) = life.list_contracts(session)
    with pytest.raises(KnownError) as told:
        life.end_contract(session, contract=view.contract, until=date(2026, 7, 1))
    assert told.value.exit_code == 3


def test_other_clients_contracts_are_not_there(people: People) -> None:
    own, foreign = people.new_pair(), people.new_pair()
    theirs = made(people.super_admin, foreign)
    session = people.sign_in("CLIENT_ADMIN", own)
    assert life.list_contracts(session) == []
    with pytest.raises(RefusedError):
        life.show_contract(session, client_id=foreign.client_id, contract_id=theirs.contract.id)
    with pytest.raises(KnownError):
        life.renew_contract(
            session, contract=theirs.contract, model="PER_TRIP", rules=RULES, valid_from=date(2026, 9, 1)
        )


def test_vendor_of_another_client_cannot_be_contracted(people: People) -> None:
    own, foreign = people.new_pair(), people.new_pair()
    session = people.sign_in("CLIENT_ADMIN", own)
    wrong = replace(blank(session, own), vendor_id=foreign.vendor_id)
    with pytest.raises(KnownError):
        life.create_contract(session, contract=wrong, model="PER_TRIP", rules=RULES, valid_from=date(2026, 4, 1))


def test_renewal_is_proposed_as_a_draft_within_its_notice_and_only_once(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair)
    terms = replace(
        view.contract,
        renewal_cycle="YEARLY",
        renews_on=date(2027, 4, 1),
        notice_days=60,
        escalation_percent=Decimal("10"),
    )
    life.update_contract(client_admin, contract=terms)
    assert propose_renewals(client_admin, today=date(2027, 1, 30)) == []
    (draft,) = propose_renewals(client_admin, today=date(2027, 1, 31))
    assert (draft.status, draft.number, draft.valid_from.astimezone(INDIA).date()) == ("DRAFT", 2, date(2027, 4, 1))
    assert Decimal(draft.rules["base_fare"]) == Decimal("132")
    assert propose_renewals(client_admin, today=date(2027, 2, 1)) == []
    after = life.show_contract(client_admin, client_id=pair.client_id, contract_id=view.contract.id)
    assert after.state(datetime(2027, 5, 1, tzinfo=UTC)) == "ACTIVE"
    assert len([version for version in after.versions if version.status == "ACTIVE"]) == 1


def test_a_gap_between_versions_is_refused_by_the_database(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair)
    ended = life.end_contract(client_admin, contract=view.contract, until=date(2026, 7, 1)).view
    with pytest.raises(RefusedError) as told:
        life.renew_contract(
            client_admin, contract=ended.contract, model="PER_TRIP", rules=RULES, valid_from=date(2026, 9, 1)
        )
    assert told.value.code == "GAP_BETWEEN_VERSIONS"
    assert "from 01-07-2026 until 01-09-2026" in told.value.message
    after = life.show_contract(client_admin, client_id=pair.client_id, contract_id=view.contract.id)
    assert bounds(after) == [(date(2026, 4, 1), date(2026, 7, 1))]
    again = life.renew_contract(
        client_admin, contract=after.contract, model="PER_TRIP", rules=RULES, valid_from=date(2026, 7, 1)
    ).view
    assert bounds(again) == [(date(2026, 4, 1), date(2026, 7, 1)), (date(2026, 7, 1), None)]


def test_a_version_before_the_others_leaves_no_gap_to_them(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair)
    draft = ContractVersion(
        new_id(), pair.client_id, view.contract.id, 0, "PER_TRIP", RULES, view.versions[0].valid_from
    )
    stored = life.save_draft(client_admin, version=draft)
    words = {"contract": view.contract, "version": stored, "valid_from": date(2026, 1, 1)}
    with pytest.raises(RefusedError) as told:
        life.activate_draft(client_admin, **words, valid_until=date(2026, 3, 1))  # type: ignore[arg-type]
    assert told.value.code == "GAP_BETWEEN_VERSIONS"
    now = life.show_contract(client_admin, client_id=pair.client_id, contract_id=view.contract.id)
    words = {"contract": now.contract, "version": now.versions[1], "valid_from": date(2026, 1, 1)}
    filled = life.activate_draft(client_admin, **words, valid_until=date(2026, 4, 1)).view  # type: ignore[arg-type]
    assert sorted(bounds(filled)) == [(date(2026, 1, 1), date(2026, 4, 1)), (date(2026, 4, 1), None)]
