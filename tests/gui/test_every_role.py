"""Every screen that a role is offered opens for it, without a refusal and without a word about rights."""

from __future__ import annotations

from typing import Any

import pytest

from billing import rights
from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.screen import sections_for
from tests.support.hostile import make_victim
from tests.support.people import Pair, People

WAIT = 20_000


@pytest.fixture(params=list(rights.roles()))
def person(request: pytest.FixtureRequest, people: People, pair: Pair) -> Session:
    """Somebody of each role at a client that has everything."""
    make_victim(people.profile, pair)
    return people.sign_in(request.param, pair)


def test_no_offered_screen_is_refused(qtbot: Any, context: AppContext, person: Session, pair: Pair) -> None:
    context.session, context.client_id, context.client_name = person, pair.client_id, pair.client.name
    context.messages.listen()
    said: list[str] = []
    context.messages.toasted.connect(lambda toast: said.append(f"{toast.title} {toast.detail}"))
    for section in sections_for(context.may):
        screen = section.make(context)
        qtbot.addWidget(screen)
        screen.show()
        qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)
        refused = [words for words in said if "may not" in words or "not allowed" in words]
        assert not refused, (person.role, section.id, refused)
        screen.hide()
    for action in context.actions.offered(context.may):
        assert action.allowed(context.may), action.id
    context.workers.shutdown()
