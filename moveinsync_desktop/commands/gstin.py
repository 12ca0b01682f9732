"""`moveinsync gstin VALUE...`: validate GSTINs, naming the rule that failed (DESIGN.md section 8)."""

from __future__ import annotations

import argparse
import json

from billing.invoicing.gstin import verify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The values and the form of the answer."""
    parser.add_argument("values", nargs="+", metavar="VALUE", help="a GSTIN")
    parser.add_argument("--json", action="store_true", help="one array, an object a value in order")


def run(args: argparse.Namespace) -> int:
    """0 if all are valid, else 1."""
    verdicts = [verify(value) for value in args.values]
    if args.json:
        print(json.dumps([verdict._asdict() for verdict in verdicts], ensure_ascii=False))  # noqa: T201
    else:
        for verdict in verdicts:
            print(f"{verdict.value}: " + ("valid" if verdict.valid else f"{verdict.code}: {verdict.message}"))  # noqa: T201
    return 0 if all(verdict.valid for verdict in verdicts) else 1
