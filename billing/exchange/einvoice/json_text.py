"""JSON whose numbers are exact: a Decimal is written as the number it is, and read back as one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any


def dump(value: Any, indent: str = "") -> str:
    """The text of a value made of dicts, lists, strings, numbers, booleans and None."""
    inner = indent + "  "
    if isinstance(value, Mapping):
        parts = [f"{inner}{json.dumps(str(key))}: {dump(one, inner)}" for key, one in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}" if parts else "{}"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Sequence) and not isinstance(value, str):
        parts = [f"{inner}{dump(one, inner)}" for one in value]
        return "[\n" + ",\n".join(parts) + f"\n{indent}]" if parts else "[]"
    return json.dumps(value, ensure_ascii=False)


def load(text: str) -> Any:
    """Read JSON; numbers with a point become Decimals. Raises ValueError."""
    return json.loads(text, parse_float=Decimal)
