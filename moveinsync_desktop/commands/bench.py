"""`moveinsync bench`: measure the figures of DESIGN.md section 10, side by side with the alternatives.

Without a subject it measures all of them and prints one table; with one, that subject in detail. Every subject runs
its rivals in the same run, in turns where that is possible, and the fastest of each counts.
"""

from __future__ import annotations

import argparse
import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.errors import UnavailableError
from moveinsync_desktop.commands.bench_bars import Bar, load, table

MILLION = 1_000_000
_SIZES = ("trips", "rows", "csv_rows")


@dataclass(frozen=True, slots=True)
class Subject:
    """What can be measured.

    Attributes:
        help: what it is, in words.
        options: default and words of each option; they are the arguments of `measure`.
        module, measure, bars: where its functions stand: figures as JSON has them, and their bars.
    """

    help: str
    options: Mapping[str, tuple[Any, str]]
    module: str
    measure: str = "measure"
    bars: str = "bars"

    def figures(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Measure with these options."""
        found: dict[str, Any] = getattr(self._module, self.measure)(**{name: values[name] for name in self.options})
        return found

    def bars_of(self, found: Mapping[str, Any]) -> list[Bar]:
        """The bars that these figures reach or miss."""
        made: list[Bar] = getattr(self._module, self.bars)(found)
        return made

    def details(self, found: Mapping[str, Any]) -> list[str]:
        """More lines for people, where the subject has them."""
        lines: list[str] = self._module.lines(found) if hasattr(self._module, "lines") else []
        return lines

    @property
    def _module(self) -> Any:
        return importlib.import_module(f"moveinsync_desktop.commands.{self.module}")


_REPEAT = "runs of each, in turns; the fastest counts"
SUBJECTS: Mapping[str, Subject] = {
    "rating": Subject(
        "rate trips in memory, against a loop of Decimals, DuckDB and polars over the same rules",
        {
            "trips": (MILLION, "trips to rate"),
            "sample": (20_000, "trips of the loop"),
            "repeat": (3, _REPEAT),
            "sizes": ((1_000, 100_000, 5_000_000), "other sizes to rate, to see the growth"),
        },
        "bench_rating",
    ),
    "whatif": Subject(
        "rate a month again after one rule changed",
        {"trips": (MILLION, "trips of the month"), "repeat": (5, _REPEAT)},
        "bench_rating",
        "measure_whatif",
        "whatif_bars",
    ),
    "close": Subject(
        "close a month: read, rate, write, draft; against one INSERT..SELECT",
        {"trips": (MILLION, "trips of the month"), "repeat": (2, _REPEAT)},
        "bench_close",
    ),
    "import": Subject(
        "a workbook validated and stored, against reading its sheet alone; a long CSV file",
        {
            "rows": (100_000, "rows of the workbook"),
            "csv_rows": (MILLION, "rows of the CSV file, 0 for none"),
            "repeat": (3, _REPEAT),
        },
        "bench_import",
    ),
    "export": Subject(
        "an invoice workbook with its annexure, against the fastest writers",
        {
            "trips": (100_000, "trips of the invoice"),
            "long": (MILLION, "trips of the longest invoice, 0 for none"),
            "repeat": (3, _REPEAT),
        },
        "bench_export",
    ),
    "pages": Subject(
        "pages of a long list at any depth, against 100 rows by primary key",
        {
            "rows": (MILLION, "trips of the list; the bar is about 10,000,000"),
            "repeat": (15, _REPEAT),
        },
        "bench_rls",
        "measure_pages",
        "pages_bars",
    ),
    "rls": Subject(
        "the price of row-level security and token, for one user and for many at once",
        {
            "trips": (MILLION, "rows of the aggregate"),
            "repeat": (5, _REPEAT),
            "users": ((1, 4, 16, 64), "how many at once"),
        },
        "bench_rls",
        "measure_rls",
        "rls_bars",
    ),
    "window": Subject(
        "the window ready on the embedded database, against an empty PySide6 window",
        {"repeat": (5, _REPEAT)},
        "bench_window",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `bench`."""
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument(
        "--share", type=float, default=1.0, help="without a subject: all at this share of their sizes (default 1.0)"
    )
    subjects = parser.add_subparsers(dest="subject", metavar="SUBJECT")
    for name, subject in SUBJECTS.items():
        own = subjects.add_parser(name, help=subject.help)
        for option, (default, text) in subject.options.items():
            kind = _numbers if isinstance(default, tuple) else type(default)
            shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
            own.add_argument(
                f"--{option.replace('_', '-')}", type=kind, default=default, help=f"{text} (default {shown})"
            )
        own.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print the figures as JSON")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part)


def run(args: argparse.Namespace) -> int:
    """Print the measurements. Exit status 0, or 1 where a required figure is missed."""
    if args.subject is None:
        return _all(args)
    subject = SUBJECTS[args.subject]
    found = subject.figures(vars(args))
    bars = subject.bars_of(found)
    if args.json:
        _say(json.dumps({**found, "bars": [bar.as_json() for bar in bars]}, indent=2))
    else:
        for line in [*subject.details(found), *table(bars), load()]:
            _say(line)
    return 0 if all(bar.reached for bar in bars) else 1


def _all(args: argparse.Namespace) -> int:
    """Every subject in a process of its own, so that one's memory is not another's."""
    from moveinsync_desktop.commands.bench_all import measure_subject

    bars: list[Bar] = []
    for name, subject in SUBJECTS.items():
        if not args.json:
            _say(f"{name}: {subject.help} ...")
        try:
            bars += measure_subject(name, scaled(subject, args.share))
        except UnavailableError as error:
            bars.append(Bar(name, str(error), "", "", "", 0, 1, at_least=True))
    if args.json:
        _say(json.dumps({"load": load(), "bars": [bar.as_json() for bar in bars]}, indent=2))
    else:
        for line in ["", *table(bars), f"{sum(bar.reached for bar in bars)} of {len(bars)} reached; {load()}"]:
            _say(line)
    return 0 if all(bar.reached for bar in bars) else 1


def scaled(subject: Subject, share: float) -> list[str]:
    """The options that bring a subject to a share of its sizes."""
    words = []
    for name, (default, _) in subject.options.items() if share != 1.0 else ():
        sizes = default if name == "sizes" else (default,) if name in (*_SIZES, "sample", "long") else ()
        if sizes:
            told = ",".join(str(max(100, int(size * share))) for size in sizes)
            words.append(f"--{name.replace('_', '-')}={told}")
    return words


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201
