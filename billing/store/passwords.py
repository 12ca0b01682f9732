"""Passwords that are too easy to guess (SECURITY.md R15): common ones, and those made of known words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources
from itertools import pairwise

_OUR_WORDS = ("moveinsync", "move in sync", "password", "passwort", "billing")
_SHORTEST_WORD = 4
_LEAST_LEFT = 8
_LEAST_DIFFERENT = 5
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_BETWEEN = re.compile(r"[\W_]+")


@cache
def common() -> frozenset[str]:
    """The 3,000 most common passwords and the common ones of twelve and more characters, in lower case."""
    text = resources.files("resources").joinpath("passwords", "common.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def is_easy(password: str, words: Iterable[str] = ()) -> bool:
    """Is it a common password, also repeated or with digits and signs around it, or little more than known words?

    `words`: the person's e-mail address, the names of the workspace and of the company. Case does not count.
    """
    typed = unicodedata.normalize("NFC", password).casefold()
    if len(set(typed)) < _LEAST_DIFFERENT or _is_common(typed):
        return True
    rest = typed
    for word in (*_OUR_WORDS, *_parts(words)):
        rest = rest.replace(word, "")
    return rest != typed and (len(rest) < _LEAST_LEFT or len(set(rest)) < _LEAST_DIFFERENT or _is_common(rest))


def _is_common(typed: str) -> bool:
    bare = _EDGES.sub("", typed)
    tried = {typed, bare, _BETWEEN.sub("", typed)} - {""}
    return any(one in common() or _unit(one) in common() or _counts(one) for one in tried)


def _counts(text: str) -> bool:
    """Digits that go up or down by one, over the nine too."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(text)} if text.isdecimal() else set()
    return steps in ({1}, {9})


def _unit(text: str) -> str:
    """What a text repeats, or itself."""
    place = (text + text).find(text, 1)
    return text[:place]


def _parts(words: Iterable[str]) -> list[str]:
    """The words of names and addresses, the longest first, so that no part of one is left."""
    found = {part for text in words for part in re.split(r"[\W_]+", text.casefold()) if len(part) >= _SHORTEST_WORD}
    return sorted(found, key=len, reverse=True)
