"""Verify an archive of MoveInSync Desktop without the product: `python3 verify_archive.py` in the archive's folder.

Standard library only. It checks that every file is the one that was written (manifest.json), that the audit chains are
whole, and that the ledger adds up: each invoice's lines to its amounts, and the trips of its run to its lines, to the
paisa. Exit status: 0 all right, 1 something is wrong, 2 cannot tell.
"""

from __future__ import annotations

import csv
import hashlib
import json
import runpy
import sys
from collections import defaultdict
from pathlib import Path


def main(folder: Path) -> int:
    """Run every check and say what was found."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        problems = [*files(folder, manifest), *chains(folder), *ledger(folder)]
    except (OSError, ValueError, KeyError) as error:
        print(f"cannot tell: {error}", file=sys.stderr)
        return 2
    for problem in problems:
        print(problem)
    counted = len(manifest["files"])
    print(f"{counted} files, {len(problems)} problems" if problems else f"{counted} files, all as they were written")
    return 1 if problems else 0


def files(folder: Path, manifest: dict) -> list[str]:
    """Files that are missing, changed or were not there."""
    problems = []
    for name, wanted in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            problems.append(f"{name}: missing")
        elif digest(path) != wanted:
            problems.append(f"{name}: changed")
    known = {*manifest["files"], "manifest.json"}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in known and "__pycache__" not in name:
            problems.append(f"{name}: not of this archive")
    return problems


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            found.update(chunk)
    return found.hexdigest()


def chains(folder: Path) -> list[str]:
    """Audit chains whose hashes do not follow from each other."""
    problems = []
    for path in sorted((folder / "audit").glob("*.jsonl")):
        verifier = runpy.run_path(str(folder / "audit" / "verify_audit.py"))
        if path.stat().st_size and verifier["main"]([str(path)]) != 0:
            problems.append(f"audit/{path.name}: the chain is broken")
    return problems


def ledger(folder: Path) -> list[str]:
    """Invoices whose lines, or whose trips, do not come to what they say."""
    lines = defaultdict(lambda: defaultdict(int))
    for row in rows(folder, "invoice_lines"):
        lines[row["invoice_id"]][row["source"], row["code"]] += int(row["amount"])
    of_run = defaultdict(lambda: defaultdict(int))
    fixed = {"client_id", "run_id", "trip_id", "kind", "released_at"}
    for row in rows(folder, "trip_charges"):
        if row["kind"] == "BILL":
            for name, value in row.items():
                if name not in fixed and value.lstrip("-").isdigit():
                    of_run[row["run_id"]][name.upper()] += int(value)
    problems = []
    for row in rows(folder, "invoices"):
        stated, name = lines[row["id"]], row["number"] or row["id"]
        if sum(stated.values()) != int(row["taxable"]) + int(row["non_taxable"]):
            problems.append(f"invoice {name}: its lines do not add up to its amounts")
        if row["doc_type"] != "INVOICE":
            continue
        for (source, code), amount in stated.items():
            if source == "TRIP" and of_run[row["run_id"]][code] != amount:
                problems.append(f"invoice {name}: the trips' {code} is not the line's")
    return problems


def rows(folder: Path, table: str) -> list[dict]:
    """The rows of a table of the archive."""
    with (folder / "ledger" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
