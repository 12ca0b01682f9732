"""The pages for people are true: links lead somewhere, files exist, commands are understood as they are written."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from moveinsync_desktop.cli import COMMANDS, build_parser

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
_LINK = re.compile(r"\]\(([^)#\s]+)")
_FILE = re.compile(r"`((?:tests|billing|moveinsync_desktop|resources|scripts|docs)/[\w./-]+)`")
_COMMAND = re.compile(r"(?:^|`)(?:python3 start\.py|moveinsync) ([a-z][^`#>\n]*)", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_and_files_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in _LINK.findall(text) if not link.startswith(("http:", "https:"))]
    assert [link for link in links if not (page.parent / link).exists()] == []
    assert [name for name in _FILE.findall(text) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.stem != "CHANGELOG"], ids=lambda page: page.stem)
def test_commands_are_understood(page: Path) -> None:
    wrong = []
    for written in _COMMAND.findall(page.read_text(encoding="utf-8")):
        words = shlex.split(written.replace("|", " ").replace("[", " ").replace("]", " "))
        if words[0] in COMMANDS and (why := _not_understood(words)):
            wrong.append(f"{written.strip()}: {why}")
    assert wrong == []


def _not_understood(words: list[str]) -> str | None:
    """What a command's parser does not know of a command as a page writes it, where capitals stand for values."""
    parser, known, strange = build_parser(words[0]), set[str](), set[str]()
    for place, word in enumerate(words):
        known |= set(parser._option_string_actions)
        actions = {name: one for action in _nested(parser) for name, one in action.choices.items()}
        if word in actions:
            parser = actions[word]
        elif actions and place == 1 and re.fullmatch("[a-z-]+", word) and not word.startswith("-"):
            strange.add(word)
    known |= set(parser._option_string_actions)
    strange |= {word.partition("=")[0] for word in words if word.startswith("--")} - known
    return ", ".join(sorted(strange)) or None


def _nested(parser: argparse.ArgumentParser) -> list[argparse._SubParsersAction[argparse.ArgumentParser]]:
    return [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]


def test_a_wrong_command_is_found() -> None:
    assert _not_understood(["db", "doctor", "--pooler", "HOST"]) is None
    assert _not_understood(["db", "docter"]) == "docter"
    assert _not_understood(["invoice", "export", "NUMBER", "--fromat", "pdf"]) == "--fromat"
