"""`moveinsync rules check`: validate and lint one rule set; no database."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from billing.errors import BadInputError

if TYPE_CHECKING:
    from billing.rules.lint import Finding
    from billing.rules.problem import RuleProblem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rules`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="validate and lint a rules file")
    check.add_argument("rules", metavar="RULES.json", help="the rules; - reads standard input")
    check.add_argument("--model", required=True, help="PER_TRIP, HYBRID or FIXED_PACKAGE")
    check.add_argument("--json", action="store_true", help="print findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Print what was found. Exit status 0, or 2 where the rules cannot be used."""
    from billing.rules.lint import lint_rules
    from billing.rules.numbers import load_json
    from billing.rules.parse import examine_rules

    config, problems = examine_rules(args.model, load_json(_read(args.rules)))
    errors = [_told(found) for found in problems]
    warnings = [] if errors else [_told(found) for found in lint_rules(config)]
    if args.json:
        answer = {"model": config.model.value, "valid": not errors, "errors": errors, "warnings": warnings}
        print(json.dumps(answer, ensure_ascii=False, indent=2))  # noqa: T201
    else:
        _tell(errors, warnings)
    return BadInputError.exit_code if errors else 0


def _told(found: RuleProblem | Finding) -> dict[str, str]:
    return {"code": found.code, "message": found.message, "where": found.where}


def _tell(errors: list[dict[str, str]], warnings: list[dict[str, str]]) -> None:
    for word, found in [("error", error) for error in errors] + [("warning", warning) for warning in warnings]:
        print(f"{word} {found['code']} {found['where']}: {found['message']}")  # noqa: T201
    if not errors:
        print("The rules can be used.")  # noqa: T201


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise BadInputError("BAD_INPUT", f"{name} cannot be read: {error.strerror}", where=name) from error
