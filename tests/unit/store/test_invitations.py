from __future__ import annotations

from uuid import UUID

import pytest

from billing.errors import BadInputError
from billing.schemas.users import Invitation
from billing.store.invitations import pack, unpack

INVITATION = Invitation(
    UUID(int=5), "Acme भारत", "db.acme.in", 5433, "moveinsync_db", bytes(range(16)), "-----BEGIN…", "anna@acme.in"
)


def test_comes_back_as_it_was_packed_whatever_a_mail_program_does_to_the_line() -> None:
    text = pack(INVITATION)
    assert text.isascii()
    assert unpack(text) == INVITATION
    assert unpack("  " + "\r\n".join(text[at : at + 60] for at in range(0, len(text), 60)) + "\n") == INVITATION


def test_every_cut_and_every_changed_letter_is_noticed() -> None:
    text = pack(INVITATION)
    for at in range(len(text)):
        with pytest.raises(BadInputError):
            unpack(text[:at])
        other = "A" if text[at] != "A" else "B"
        changed = text[:at] + other + text[at + 1 :]
        if at < len(text) - 1:  # the last letter has bits that say nothing
            with pytest.raises(BadInputError):
                unpack(changed)


@pytest.mark.parametrize(
    "text", ["", "MIS1-", "MIS1-AAAA", "hello", "MIS2-" + "A" * 40, "MIS1-!!!!", "MIS1-" + "A" * 300_000]
)
def test_what_is_no_invitation_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadInputError) as refused:
        unpack(text)
    assert refused.value.code == "BAD_INVITATION"


def test_key_is_not_shown() -> None:
    assert "key=" not in repr(INVITATION)
