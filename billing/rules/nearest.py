"""The known name that an unknown one was probably meant to be: a hint in a sentence, never a decision."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

_CLOSE = 4 / 5  # how alike two words are; no amount ever meets it


def nearest_name(name: str, known: Collection[str]) -> str | None:
    """`per_km_rate` for `rate_per_km`, `base_fare` for `BaseFair`; None where nothing is near.

    Words are compared in alphabetical order, because people who type a key from memory know its words rather than
    their order.
    """
    by_words = {_words(one): one for one in sorted(known)}
    found = get_close_matches(_words(name), list(by_words), n=1, cutoff=_CLOSE)
    return by_words[found[0]] if found else None


def _words(name: str) -> str:
    spread = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return "_".join(sorted(word for word in spread.replace("-", "_").replace(" ", "_").split("_") if word))
