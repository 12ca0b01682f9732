"""Where a value stands in a rule set: ("slabs", "bands", 1, "rate"), written slabs.bands[1].rate."""

from __future__ import annotations

import re

from billing.rules.key import Kind, RuleKey
from billing.rules.schema import KEY_BY_NAME

Path = tuple[str | int, ...]
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def path_text(path: Path) -> str:
    """A path as validation writes it: slabs.bands[1].rate."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def path_of(text: str) -> Path:
    """The path in a validation message; () for the rule set as a whole."""
    return tuple(int(index) if index else name for name, index in _PART.findall(text))


def key_at(path: Path) -> RuleKey | None:
    """The registry's entry for the value at a path; None for what is not understood."""
    if not path or path[0] not in KEY_BY_NAME:
        return None
    key: RuleKey | None = KEY_BY_NAME[str(path[0])]
    for part in path[1:]:
        if key is None:
            return None
        key = _inside(key, part)
    return key


def _inside(key: RuleKey, part: str | int) -> RuleKey | None:
    if key.kind is Kind.MAP:
        return key.item or RuleKey(str(part), Kind.OBJECT, str(part), fields=key.fields)
    if key.kind is Kind.LIST:
        return RuleKey(f"{part}", Kind.OBJECT, key.label, fields=key.fields)
    return next((field for field in key.fields if part in (field.key, *field.aliases)), None)
