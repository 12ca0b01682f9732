"""Colours: readable by computation, and written in one file only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from moveinsync_desktop.theme import Tokens, contrast, read_tokens, style_sheet

ROOT = Path(__file__).resolve().parents[3]
GROUNDS = ("bg", "surface", "subtle", "sunken", "hover", "raised")
INKS = ("ink", "ink2", "ink3", "accent_text")
STATES = ("draft", "issued", "paid", "overdue", "review", "disputed", "void")
PAIRS = [
    *((ink, ground) for ink in INKS for ground in GROUNDS),
    *((ink, "rail_active") for ink in ("ink", "ink2", "ink3", "accent_text")),
    *((ink, "select") for ink in ("ink", "ink2")),
    *((ink, "select_hover") for ink in ("ink", "ink2")),
    *((state, "surface") for state in STATES),
    *((state, f"{state}_soft") for state in STATES),
    *((state, "select") for state in STATES if state != "void"),
    ("on_accent", "accent"), ("on_accent", "accent_hover"), ("on_accent", "accent_press"),
    *((ink, f"{tone}_soft") for ink in ("ink", "accent_text") for tone in ("accent", "review", "overdue", "paid")),
    ("on_danger", "overdue"), ("ink", "changed_soft"), ("review", "changed_soft"),
    ("tip_ink", "tip"), ("tip_ink2", "tip"), ("night_ink", "night"), ("night_ink2", "night_deep"),
    *(("ink", f"avatar{number}") for number in range(1, 5)),
]  # fmt: skip
MARKS = ("s1", "s2", "s3", "s4", "s5", "changed", "warning_mark", "danger_mark", "control_hc", "f1")


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS, ids="-on-".join)
def test_text_is_readable_on_every_ground_it_stands_on(mode: str, ink: str, ground: str) -> None:
    values = read_tokens()[mode]
    assert contrast(values[ink], values[ground]) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("mark", MARKS)
def test_marks_and_series_stand_out_from_the_surface(mode: str, mark: str) -> None:
    values = read_tokens()[mode]
    assert contrast(values[mark], values["surface"]) >= 3.0


def test_both_themes_have_the_same_tokens() -> None:
    tables = read_tokens()
    assert tables["light"].keys() == tables["dark"].keys()


def test_the_template_uses_known_tokens_only() -> None:
    for name, values in read_tokens().items():
        assert "$" not in style_sheet(Tokens(name, values))


def test_increased_contrast_darkens_field_borders() -> None:
    values = read_tokens()["light"]
    assert Tokens("light", values, high_contrast=True).hex("control") == values["control_hc"]


def test_colour_literals_stand_in_the_token_file_only() -> None:
    literal = re.compile(r"""["'#\s(]#[0-9a-fA-F]{6}\b""")
    places = [*(ROOT / "moveinsync_desktop").rglob("*.py"), ROOT / "resources" / "themes" / "style.qss"]
    guilty = [str(path.relative_to(ROOT)) for path in places if literal.search(path.read_text(encoding="utf-8"))]
    assert guilty == []
