"""`moveinsync rules check`: validate and lint one rule set; no database."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from billing.errors import BadInputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rules`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="validate and lint a rules file")
    check.add_argument("rules", metavar="RULES.json", help="the rules; - reads standard input")
    check.add_argument("--model", required=True, help="PER_TRIP, HYBRID or FIXED_PACKAGE")
    check.add_argument("--json", action="store_true", help="print findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Print what was found. Exit status 0, or 2 where the rules cannot be used."""
    from billing.rules.numbers import load_json
    from billing.rules.parse import examine_rules

    config, problems = examine_rules(args.model, load_json(_read(args.rules)))
    findings = [{"code": found.code, "message": found.message, "where": found.where} for found in problems]
    if args.json:
        answer: dict[str, Any] = {"model": config.model.value, "valid": not findings, "errors": findings}
        print(json.dumps(answer, ensure_ascii=False, indent=2))  # noqa: T201
    else:
        _tell(findings)
    return BadInputError.exit_code if findings else 0


def _tell(findings: list[dict[str, str]]) -> None:
    for found in findings:
        print(f"error {found['code']} {found['where']}: {found['message']}")  # noqa: T201
    if not findings:
        print("The rules can be used.")  # noqa: T201


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise BadInputError("BAD_INPUT", f"{name} cannot be read: {error.strerror}", where=name) from error
