"""`moveinsync archive`: the whole workspace as plain files, to be read and verified without the product."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, help="a new or empty folder")
    parser.add_argument("--format", default="xlsx,pdf,csv", help="of the documents (default: xlsx,pdf,csv)")
    parser.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Write it; exit 1 where a document could not be written."""
    from billing.services.archive import VERIFIER, archive
    from billing.services.workspace import session_from_args

    formats = tuple(name.strip() for name in args.format.split(",") if name.strip())
    writer: Any = None
    if "pdf" in formats:
        from moveinsync_desktop.printing import write_pdf

        writer = write_pdf
    with session_from_args(args) as session:
        made = archive(session, args.folder, formats=formats, pdf=writer)
    for document, reason in made.refused:
        sys.stderr.write(f"{document}: {reason}\n")
    content = {
        "folder": str(made.folder),
        "documents": made.documents,
        "rows": made.rows,
        "audit_entries": made.entries,
        "files": made.files,
        "refused": [{"document": document, "reason": reason} for document, reason in made.refused],
        "verify": f"python3 {made.folder / VERIFIER}",
    }
    if args.json:
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    else:
        for key, value in content.items():
            if key != "refused":
                sys.stdout.write(f"{key.replace('_', ' '):16} {value}\n")
    return 1 if made.refused else 0
