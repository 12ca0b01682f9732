"""What was typed into the calculator is back after a crash, a sign-out or the end of a session (UX.md 24)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time
from typing import Any

import pytest

from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.calculator import CalculatorScreen
from tests.support.contracts import Agreed, agree
from tests.support.people import Pair, People

Open = Callable[[], CalculatorScreen]


@pytest.fixture
def agreed(super_admin: Any, pair: Pair) -> list[Agreed]:
    return [agree(super_admin, pair, name=name, km=km) for name, km in (("Day shift", ()), ("Night shift", (10, 20)))]


@pytest.fixture
def opened(qtbot: Any, context: AppContext, client_admin: Any, agreed: list[Agreed]) -> Iterator[Open]:
    """Calculators one after the other, as a new start of the window makes them."""
    context.session, context.client_id = client_admin, client_admin.client_id

    def make() -> CalculatorScreen:
        made = CalculatorScreen(context)
        qtbot.addWidget(made)
        made.show()
        qtbot.waitUntil(lambda: made.shown is not None and not context.workers.running, timeout=10_000)
        return made

    yield make
    context.workers.shutdown()


def typed(qtbot: Any, screen: CalculatorScreen) -> None:
    """Another distance, day and rider count, under the second contract."""
    form = screen.form
    second = max(view.contract.id for view in screen._views if view.contract.id != screen._contract.value)
    screen._contract.set_value(second)
    screen._on_contract()
    for field, text in ((form._distance, "77.5"), (form._waiting, "12")):
        line: Any = getattr(field, "edit", field)
        line.setFocus()
        line.selectAll()
        qtbot.keyClicks(line, text)
    form._start_day.set_value(date(2026, 9, 4))
    form._start_time.set_value(time(22, 30))
    form._carpool.setChecked(True)
    qtbot.waitUntil(lambda: not screen._draft._timer.isActive(), timeout=10_000)


def test_what_was_typed_is_back_at_the_next_start(qtbot: Any, opened: Open) -> None:
    first = opened()
    typed(qtbot, first)
    kept, contract = first.form.figures(), first._contract.value
    again = opened()  # the first one was never closed: as after a crash
    assert again.form.figures() == kept
    assert again._contract.value == contract
    assert again.notice.isVisible()
    assert (again.form._distance.value, again.form._start_time.value) == (77_500, time(22, 30))
    again.start_over()
    assert not again.notice.isVisible()
    assert opened().form.figures() != kept


def test_nobody_sees_what_another_person_typed(
    qtbot: Any, opened: Open, context: AppContext, people: People, pair: Pair
) -> None:
    first = opened()
    typed(qtbot, first)
    context.session = people.sign_in("CLIENT_ADMIN", pair)
    assert not opened().notice.isVisible()


def test_a_draft_of_an_earlier_form_is_dropped(opened: Open, context: AppContext) -> None:
    key = f"calculator:{context.signed_in.user_id}"
    context.drafts.keep(key, {"figures": [1, 2, 3]})
    assert not opened().notice.isVisible()
    assert context.drafts.find(key) is None
