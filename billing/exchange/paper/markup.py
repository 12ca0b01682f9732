"""A template in sections whose values are always escaped: text of users can never become markup."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from html import escape
from importlib.resources import files
from string import Template

_TOKEN = re.compile(r"@(\w+)@")
_MARK = re.compile(r"<!-- section: (\w+) -->\n")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class Markup(str):
    """Markup of ours; everything else is text."""

    __slots__ = ()


@lru_cache(maxsize=1)
def _sections() -> dict[str, Template]:
    resources = files("resources")
    colours = json.loads((resources / "themes" / "tokens.json").read_text(encoding="utf-8"))["light"]
    text = (resources / "templates" / "document.html").read_text(encoding="utf-8")
    text = _TOKEN.sub(lambda match: str(colours[match[1]]), text)
    parts = _MARK.split(text)[1:]
    return {name: Template(body.rstrip("\n")) for name, body in zip(parts[::2], parts[1::2], strict=True)}


def fill(section: str, **values: str) -> Markup:
    """A section with its values; text is escaped, markup stands as it is. Raises KeyError for a missing value."""
    return Markup(_sections()[section].substitute({name: _safe(value) for name, value in values.items()}))


def lines(texts: tuple[str, ...], css: str = "") -> Markup:
    """Lines of text under each other, in a class of the style sheet where one is named."""
    inner = "<br>".join(_safe(text) for text in texts)
    return Markup(f'<span class="{css}">{inner}</span>' if css and inner else inner)


def paragraph(text: str, css: str = "small") -> Markup:
    """A paragraph with a little room above it."""
    return Markup(f'<p style="margin: 4px 0 0 0;"><span class="{css}">{_safe(text)}</span></p>') if text else Markup("")


def picture(name: str, width: int, height: int) -> Markup:
    """A picture that the printing side knows under this name, in pixels of 1/96 inch."""
    return Markup(f'<img src="{name}" width="{width}" height="{height}">')


def _safe(value: str) -> str:
    return value if isinstance(value, Markup) else escape(_FORBIDDEN.sub("\ufffd", value))
