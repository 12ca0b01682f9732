"""GST identification numbers: the regular form, and the first rule that a value breaks (GST.md section 5).

15 characters: 2 state code, 10 PAN (5 letters, 4 digits, 1 letter), entity 1-9 or A-Z, Z, check character. Forms for
tax collectors and deductors, government offices, UN bodies and non-residents have other shapes and are not accepted.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Code = Literal["LENGTH", "CHARSET", "STATE", "PAN", "ENTITY", "FOURTEENTH", "CHECK"]

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# GST.md section 6; 25 and 28 are legacy codes, 96 and 99 are no states of registered persons.
STATES = frozenset(f"{number:02d}" for number in range(1, 39)) - {"25", "28"} | {"97"}
_CHARACTERS = re.compile(r"[0-9A-Z]{15}", re.ASCII)
_PAN = re.compile(r"[A-Z]{5}[0-9]{4}[A-Z]", re.ASCII)
_LETTERS = re.compile(r"[A-Z]+", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}


class Verdict(NamedTuple):
    """What was checked and the first rule it breaks; `code` and `message` are None where it is valid."""

    value: str
    valid: bool
    code: Code | None
    message: str | None


def normalise(value: str) -> str:
    """White space at both ends removed, a-z upper-cased, nothing else."""
    return value.strip().translate(_UPPER)


def pan_failure(value: str) -> str:
    """What is wrong with a PAN: its length, its letters or its digits; "" when nothing is."""
    text = normalise(value)
    if len(text) != 10:
        return f"A PAN has 10 characters, this has {len(text)}."
    if not _LETTERS.fullmatch(text[:5]):
        return f"A PAN begins with five letters, not {text[:5]}."
    if not _DIGITS.fullmatch(text[5:9]):
        return f"Characters 6 to 9 of a PAN are digits, not {text[5:9]}."
    return "" if _LETTERS.fullmatch(text[9]) else f"A PAN ends with a letter, not {text[9]}."


def check_character(first_fourteen: str) -> str:
    """The fifteenth character: base 36, weights 1, 2, 1, 2..., each product folded as quotient + remainder."""
    total = 0
    for position, character in enumerate(first_fourteen):
        product = ALPHABET.index(character) * (1 + position % 2)
        total += product // 36 + product % 36
    return ALPHABET[(36 - total % 36) % 36]


def verify(value: str) -> Verdict:
    """Check one value; the rules are tried in the order of GST.md section 5 and the first that fails is named."""
    text = normalise(value)
    failed = _first_failure(text)
    if failed is None:
        return Verdict(text, True, None, None)
    return Verdict(text, False, *failed)


def _first_failure(text: str) -> tuple[Code, str] | None:
    if len(text) != 15:
        return "LENGTH", f"A GSTIN has 15 characters, this has {len(text)}."
    if not _CHARACTERS.fullmatch(text):
        return "CHARSET", "A GSTIN has only digits and the letters A to Z."
    if text[:2] not in STATES:
        return "STATE", f"The first two characters, {text[:2]}, are not the code of a state."
    if not _PAN.fullmatch(text[2:12]):
        return "PAN", f"Characters 3 to 12, {text[2:12]}, are not a PAN (5 letters, 4 digits, 1 letter)."
    if text[12] == "0":
        return "ENTITY", "Character 13, the registration within the state, is 1 to 9 or A to Z, never 0."
    if text[13] != "Z":
        return "FOURTEENTH", f"Character 14 of a regular GSTIN is Z, not {text[13]}."
    expected = check_character(text[:14])
    if text[14] != expected:
        return "CHECK", "The check character does not fit: one of the characters is wrong."
    return None
