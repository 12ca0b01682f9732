"""`moveinsync rate`: rate a bundle of trips and rules without any database (TARIFF.md section 4)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from billing.errors import BadInputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rate`."""
    parser.add_argument("bundle", metavar="BUNDLE.json", help="the bundle; - reads standard input")
    parser.add_argument("--lines", action="store_true", help="one bundle a line in, one result a line out")
    parser.add_argument("--explain", action="store_true", help="say for each line how it came about")


def run(args: argparse.Namespace) -> int:
    """Print the result, or the error object. Exit status 0, or 2 for bad input."""
    try:
        with _opened(args.bundle) as source:
            if args.lines:
                _answer_lines(source, explain=args.explain)
                return 0
            result, status = _answer(source.read(), explain=args.explain)
    except BadInputError as error:
        result, status = {"error": error.as_dict()}, error.exit_code
    _print(result, indent=2)
    return status


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        with open(name, "rb") as source:
            yield source
    except OSError as error:
        raise BadInputError("BAD_INPUT", f"{name} cannot be read: {error.strerror}", where=name) from error


def _answer_lines(source: Iterable[bytes], *, explain: bool) -> None:
    for line in source:
        if line.strip():
            _print(_answer(line, explain=explain)[0], indent=None)


def _answer(text: bytes, *, explain: bool) -> tuple[dict[str, Any], int]:
    from billing.rating.bundle import rate_bundle
    from billing.rules.numbers import load_json

    try:
        return rate_bundle(load_json(text), explain=explain), 0
    except BadInputError as error:
        return {"error": error.as_dict()}, error.exit_code


def _print(result: dict[str, Any], *, indent: int | None) -> None:
    separators = (",", ":") if indent is None else None
    sys.stdout.write(json.dumps(result, indent=indent, separators=separators) + "\n")
