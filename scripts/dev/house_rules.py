"""House rules that no linter knows: run by `start.py check`; prints each offence and ends with 1 when there is one.

colour literals     only in the token file of the theme (look: one palette, two themes)
float near money    no float(...), no float literal in the modules that handle money, rates or distance
processEvents       never: work runs on workers, the GUI thread never waits
SQL                 only in billing/store and billing/server
sizes               files at most 400 lines, functions at most 45 (aim: 300 and 30)
thousands           counts in texts are grouped the Indian way (billing/counting.py), never by ":,"; benchmarks excepted
loose ends          no TODO, FIXME, XXX, NotImplementedError, machine paths
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXACT = ("billing/money.py", "billing/rules/", "billing/strategies/", "billing/rating/", "billing/invoicing/")
MAX_FILE, MAX_FUNCTION = 400, 45
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b[^\"']*\b(app|auth|api|private|audit)\.", re.S)
LOOSE = re.compile(r"#.*\b(TODO|FIXME|XXX)\b|raise NotImplementedError")
WESTERN = re.compile(r"\{[^{}]*:[^{}]*,[d}]")
MACHINE = re.compile(r"[\"'](/tmp/|/work/|/root/|/home/)")

Offence = tuple[str, int, str]


def product_files() -> list[Path]:
    """Python files of the product, tests left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [ROOT / name for name in listed if not name.startswith(("tests/", "scripts/")) and (ROOT / name).is_file()]


def line_rules(name: str, text: str) -> Iterator[Offence]:
    """Rules that look at one line."""
    for number, line in enumerate(text.splitlines(), 1):
        if LOOSE.search(line):
            yield name, number, "loose end"
        if MACHINE.search(line):
            yield name, number, "a machine's path"
        if WESTERN.search(line) and "/bench" not in name:
            yield name, number, 'western grouping (":,")'
        if "processEvents" in line:
            yield name, number, "processEvents"
        if name.startswith("moveinsync_desktop/") and COLOUR.search(line) and "tokens" not in name:
            yield name, number, "colour literal outside the token file"


def float_rules(name: str, tree: ast.AST) -> Iterator[Offence]:
    """No binary float where money, rates or distance are computed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield name, node.lineno, f"float literal {node.value}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
            yield name, node.lineno, "float(...)"


def size_rules(name: str, text: str, tree: ast.AST) -> Iterator[Offence]:
    """Small files, small functions."""
    lines = text.count("\n")
    if lines > MAX_FILE:
        yield name, 1, f"{lines} lines (at most {MAX_FILE})"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION:
                yield name, node.lineno, f"{node.name} has {length} lines (at most {MAX_FUNCTION})"


def sql_rules(name: str, tree: ast.AST) -> Iterator[Offence]:
    """SQL text stands in the store and the server only."""
    if name.startswith(("billing/store/", "billing/server/")):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            yield name, node.lineno, "SQL outside billing/store and billing/server"


def offences(path: Path) -> Iterator[Offence]:
    """Every rule broken in one file."""
    name, text = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    yield from line_rules(name, text)
    yield from size_rules(name, text, tree)
    yield from sql_rules(name, tree)
    if name.startswith(EXACT):
        yield from float_rules(name, tree)


def main() -> int:
    """Print the offences; 1 when there are any."""
    found = [offence for path in product_files() for offence in offences(path)]
    for name, line, what in found:
        print(f"{name}:{line}: {what}")
    print(f"House rules: {len(found)} offences." if found else "House rules: clean.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
