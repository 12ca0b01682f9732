"""What the calculator asks its worker: one question with all that is typed, one answer with all that is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import KnownError
from billing.schemas.rating import TripData
from billing.schemas.trips import TripRecord
from moveinsync_desktop import formats

if TYPE_CHECKING:
    from billing.services.calculator import Desk, DeskVersion, Spread, TypedPrice
    from billing.services.contracts import ContractView
    from billing.store.session import Session

MOST_OTHERS = 6


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be priced. `number` None: the version in force at the start; `stored`: untouched figures of it."""

    view: ContractView
    trip: TripData
    number: int | None
    before_m: int | None
    stored: TripRecord | None


@dataclass(frozen=True, slots=True)
class Other:
    """The same trip under something else; base None where it cannot be priced, with the reason."""

    name: str
    note: str
    base: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The price and what stands around it."""

    desk: Desk
    version: DeskVersion
    price: TypedPrice
    spread: Spread | None
    others: tuple[Other, ...]


@dataclass
class Memory:
    """Desks and spreads read before, so that typing reads nothing again."""

    desks: dict[tuple[UUID, date], Desk] = field(default_factory=dict)
    spreads: dict[tuple[UUID, date, int], Spread | None] = field(default_factory=dict)

    def clear(self) -> None:
        """Something changed in the database."""
        self.desks.clear()
        self.spreads.clear()

    def desk(self, session: Session, view: ContractView, month: date) -> Desk:
        """The contract's month, read once."""
        from billing.services.calculator import open_desk

        key = (view.contract.id, month)
        if key not in self.desks:
            self.desks[key] = open_desk(
                session, client_id=view.contract.client_id, contract_id=view.contract.id, month=month
            )
        return self.desks[key]

    def spread(self, desk: Desk, version: DeskVersion) -> Spread | None:
        """How the month's trips spread, rated once a version; None where the rules cannot rate them."""
        from billing.services.calculator import spread_of

        key = (desk.facts.contract.id, desk.month, version.stored.number)
        if key not in self.spreads:
            try:
                self.spreads[key] = spread_of(desk, version)
            except KnownError:
                self.spreads[key] = None
        return self.spreads[key]


def answer(session: Session, memory: Memory, asked: Question) -> Answer:
    """Price the trip. Raises KnownError as a billing run would."""
    from billing.services.calculator import metres_before, price_stored, price_typed

    month = asked.trip.start_time.date().replace(day=1)
    desk = memory.desk(session, asked.view, month)
    version = desk.version(asked.number) if asked.number is not None else desk.version_at(asked.trip.start_time)
    if asked.stored is not None and asked.before_m is None:
        price = price_stored(session, desk, trip=asked.stored, carpool=asked.trip.is_carpool)
        version = desk.version(price.version)
    else:
        before = asked.before_m
        if before is None:
            before = metres_before(desk, asked.trip.start_time, version.rules)
        price = price_typed(desk, version, asked.trip, before)
    return Answer(desk, version, price, memory.spread(desk, version), ())


def others_of(
    session: Session, memory: Memory, asked: Question, found: Answer, views: list[ContractView]
) -> tuple[Other, ...]:
    """The same trip under the other versions of its contract, then under the client's other contracts."""
    made = [
        _under(found.desk, version, asked, _version_name(version), found.price.before_m)
        for version in reversed(found.desk.versions)
        if version.stored.number != found.version.stored.number
    ]
    for view in views:
        if len(made) >= MOST_OTHERS:
            break
        if view.contract.client_id == asked.view.contract.client_id and view.contract.id != asked.view.contract.id:
            other = _elsewhere(session, memory, asked, view)
            if other is not None:
                made.append(other)
    return tuple(made[:MOST_OTHERS])


def _elsewhere(session: Session, memory: Memory, asked: Question, view: ContractView) -> Other | None:
    from billing.services.calculator import in_force, metres_before

    desk = memory.desk(session, view, asked.trip.start_time.date().replace(day=1))
    version = in_force(desk, asked.trip.start_time)
    if version is None:
        return None
    try:
        before = metres_before(desk, asked.trip.start_time, version.rules)
    except KnownError as error:
        return Other(view.vendor.name, view.contract.name, None, error.message)
    return _under(desk, version, asked, view.vendor.name, before, view.contract.name)


def _under(desk: Desk, version: DeskVersion, asked: Question, name: str, before_m: int, note: str = "") -> Other:
    from billing.services.calculator import price_typed

    try:
        price = price_typed(desk, version, asked.trip, before_m)
    except KnownError as error:
        return Other(name, note, None, error.message)
    is_inside = price.free_m is not None and before_m + price.billable_m <= price.free_m
    inside = f"inside its {formats.km(price.free_m, 0)} km" if is_inside else ""
    return Other(name, ", ".join(word for word in (note, inside) if word), price.base_cost)


def _version_name(version: DeskVersion) -> str:
    draft = ", draft" if version.stored.status == "DRAFT" else ""
    return f"Version {version.stored.number}{draft}"


def version_words(version: DeskVersion, now: datetime | None = None) -> str:
    """A version as a choice: "2, since 16-08-2026"."""
    if version.stored.status == "DRAFT":
        return f"{version.stored.number}, draft"
    return f"{version.stored.number}, since {formats.day(version.stored.valid_from)}"
