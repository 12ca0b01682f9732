"""GSTINs: the first rule that a value breaks, in the order of GST.md section 5."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.invoicing.gstin import ALPHABET, STATES, check_character, normalise, pan_failure, verify


@pytest.mark.parametrize("value", ["27AAPFU0939F1ZV", " 27aapfu0939f1zv\t"])
def test_valid(value: str) -> None:
    assert verify(value) == ("27AAPFU0939F1ZV", True, None, None)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "LENGTH"),
        ("27AAPFU0939F1Z", "LENGTH"),
        ("27AAPFU0939F1ZVX", "LENGTH"),
        ("27 AAPFU0939F1Z", "CHARSET"),
        ("27AAPFU0939F1Z-", "CHARSET"),
        ("27AAPFU0939F1Zı", "CHARSET"),
        ("٢٧AAPFU0939F1ZV", "CHARSET"),
        ("00AAPFU0939F1ZV", "STATE"),
        ("25AAPFU0939F1ZV", "STATE"),
        ("28AAPFU0939F1ZV", "STATE"),
        ("39AAPFU0939F1ZV", "STATE"),
        ("96AAPFU0939F1ZV", "STATE"),
        ("99AAPFU0939F1ZV", "STATE"),
        ("AA27PFU0939F1ZV", "STATE"),
        ("27AAP1U0939F1ZV", "PAN"),
        ("27AAPFU09391F1Z", "PAN"),
        ("27AAPFU0939F0ZV", "ENTITY"),
        ("27AAPFU0939F1CV", "FOURTEENTH"),
        ("02AMBPG7773M002", "ENTITY"),
        ("27AAPFU0939F1ZW", "CHECK"),
        ("27AAPFU0993F1ZV", "CHECK"),
    ],
)
def test_first_broken_rule(value: str, code: str) -> None:
    verdict = verify(value)
    assert (verdict.valid, verdict.code) == (False, code)
    assert verdict.message


def test_the_states_of_today() -> None:
    assert len(STATES) == 37
    assert {"07", "26", "38", "97"} <= STATES


def test_the_worked_example() -> None:
    assert check_character("27AAPFU0939F1Z") == "V"


body = st.tuples(
    st.sampled_from(sorted(STATES)),
    st.from_regex(r"[A-Z]{5}[0-9]{4}[A-Z]", fullmatch=True),
    st.sampled_from(ALPHABET[1:]),
).map(lambda parts: "".join(parts) + "Z")


@given(body)
def test_a_right_check_character_is_accepted_any_other_is_not(first: str) -> None:
    right = check_character(first)
    assert verify(first + right).valid
    assert {verify(first + other).code for other in ALPHABET if other != right} == {"CHECK"}


@given(body, st.integers(2, 11), st.data())
def test_one_wrong_character_is_seen(first: str, place: int, data: st.DataObject) -> None:
    pool = "0123456789" if first[place].isdigit() else ALPHABET[10:]
    other = data.draw(st.sampled_from([character for character in pool if character != first[place]]))
    assert not verify(first[:place] + other + first[place + 1 :] + check_character(first)).valid


@given(st.text(max_size=20))
def test_any_text_gets_an_answer(text: str) -> None:
    verdict = verify(text)
    assert verdict.value == normalise(text)
    assert verdict.valid == (verdict.code is None) == (verdict.message is None)


@pytest.mark.parametrize(
    ("pan", "words"),
    [
        ("AAPFU0939F", ""),
        (" aapfu0939f ", ""),
        ("AAPFU0939", "10 characters, this has 9"),
        ("AAPF10939F", "five letters"),
        ("AAPFU093AF", "are digits, not 093A"),
        ("AAPFU09391", "ends with a letter, not 1"),
    ],
)
def test_each_failure_of_a_pan_is_named(pan: str, words: str) -> None:
    assert words in pan_failure(pan)
    assert bool(pan_failure(pan)) == bool(words)
