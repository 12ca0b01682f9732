"""The workspace and the people that all other tests build on."""

from __future__ import annotations

import pytest

from billing.errors import BadInputError, ConflictError, NotAllowedError, NotSignedInError, RefusedError
from billing.services.users import add_user, list_users, set_active, set_role
from billing.store.profiles import Profile
from billing.store.session import Session
from tests.support.people import ADMIN, PASSWORD, Pair, People


def test_each_role_is_signed_in_and_bound(
    super_admin: Session, client_admin: Session, vendor_admin: Session, viewer: Session, pair: Pair
) -> None:
    found = [(one.role, one.client_id, one.vendor_id) for one in (super_admin, client_admin, vendor_admin, viewer)]
    assert found == [
        ("SUPER_ADMIN", None, None),
        ("CLIENT_ADMIN", pair.client_id, None),
        ("VENDOR_ADMIN", pair.client_id, pair.vendor_id),
        ("VIEWER", pair.client_id, None),
    ]


def test_next_test_gets_the_same_user_with_another_client(client_admin: Session, pair: Pair) -> None:
    with client_admin.unit_of_work() as uow:
        assert [client.id for client in uow.clients.find()] == [pair.client_id]


def test_users_are_added_listed_disabled_and_let_in_again(people: People, pair: Pair) -> None:
    email = f"Dora.{pair.client.code}@Example.com"
    made = add_user(
        people.super_admin, email=email, password=PASSWORD, role="VIEWER", client_id=pair.client_id, name="Dora"
    )
    assert made.user.email == email.lower()
    assert made.changes.ids == {made.user.id}
    seen = {user.email: user for user in list_users(people.super_admin)}
    assert (seen[made.user.email].client_code, seen[made.user.email].active) == (pair.client.code, True)
    assert ADMIN in seen
    with pytest.raises(ConflictError):
        add_user(people.super_admin, email=email, password=PASSWORD, role="VIEWER", client_id=pair.client_id)
    set_active(people.super_admin, email=email, active=False)
    with pytest.raises(NotSignedInError):
        _sign_in(people, made.user.email, made.secret)
    set_active(people.super_admin, email=email, active=True)
    _sign_in(people, made.user.email, made.secret).close()


def _sign_in(people: People, email: str, secret: str) -> Session:
    from billing.services.workspace import reach
    from billing.store.session import sign_in

    return sign_in(reach(people.profile), email, secret)


def test_last_super_admin_cannot_be_disabled(profile: Profile) -> None:
    from billing.services.workspace import open_session

    with open_session(profile.home, email=ADMIN, password=PASSWORD) as session:
        with pytest.raises(RefusedError) as refused:
            set_active(session, email=ADMIN, active=False)
        assert refused.value.code == "LAST_SUPER_ADMIN"


def test_others_may_not_manage_users(client_admin: Session, pair: Pair) -> None:
    with pytest.raises(NotAllowedError):
        add_user(client_admin, email="e@example.com", password=PASSWORD, role="VIEWER", client_id=pair.client_id)
    with pytest.raises((NotAllowedError, BadInputError)):
        set_role(client_admin, email=ADMIN, role="VIEWER", client_id=pair.client_id)


@pytest.mark.parametrize(
    ("role", "client", "vendor"),
    [
        ("SUPER_ADMIN", True, False),
        ("CLIENT_ADMIN", False, False),
        ("VIEWER", True, True),
        ("VENDOR_ADMIN", True, False),
    ],
)
def test_bindings_that_do_not_fit_the_role_are_refused(
    people: People, pair: Pair, role: str, client: bool, vendor: bool
) -> None:
    with pytest.raises(BadInputError) as refused:
        add_user(
            people.super_admin,
            email="x@example.com",
            password=PASSWORD,
            role=role,
            client_id=pair.client_id if client else None,
            vendor_id=pair.vendor_id if vendor else None,
        )
    assert refused.value.code == "BINDING"
