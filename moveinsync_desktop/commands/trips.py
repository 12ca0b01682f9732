"""`moveinsync trips ...`: check and import trip sheets, decide about stored trips (DESIGN.md sections 6 and 8)."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError, KnownError

if TYPE_CHECKING:
    from billing.exchange.sheets.result import CheckedFile
    from billing.services.trips import ImportResult
    from billing.store.session import Session

_DECISIONS = {
    "hold": "keep trips out of billing until released",
    "release": "let held trips be billed",
    "accept": "accept submitted trips for billing",
    "reject": "send submitted trips back with a reason",
    "assign": "give trips a contract by hand; without trips: look again for every trip's contract",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions and their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="read and check files; nothing is written, no database is needed")
    _file_arguments(check)
    load = actions.add_parser("import", help="check files against the workspace and store their trips")
    _file_arguments(load)
    load.add_argument("--mapping", metavar="NAME", help="a column mapping saved for the vendor")
    load.add_argument("--save-mapping", metavar="NAME", help="save the columns as used under this name for the vendor")
    load.add_argument("--lenient", action="store_true", help="store the accepted rows although others are rejected")
    load.add_argument("--create-parties", action="store_true", help="create clients and vendors named in the file")
    load.add_argument("--preview", action="store_true", help="show what would be stored, store nothing")
    for name, text in _DECISIONS.items():
        _decision_arguments(actions.add_parser(name, help=text), name)
    undo = actions.add_parser("undo", help="take back an import, or all of a file, while none of it is billed")
    undo.add_argument("identity", metavar="BATCH_OR_FILE_ID")
    undo.add_argument("--json", action="store_true")
    listing = actions.add_parser("imports", help="the newest imports")
    listing.add_argument("--client", metavar="CODE")
    listing.add_argument("--json", action="store_true")


def _file_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    parser.add_argument("--client", metavar="CODE", help="client of the whole file, where the file names none")
    parser.add_argument("--vendor", metavar="CODE", help="vendor of the whole file, where the file names none")
    parser.add_argument("--derive-ids", action="store_true", help="make trip ids from each row's own content")
    parser.add_argument("--distance-unit", choices=("km", "mile", "m"), help="unit, where the header names none")
    parser.add_argument(
        "--date-order", choices=("day_first", "month_first"), help="instead of what the dates themselves prove"
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="FIELD=HEADER",
        help="take a field from this column (repeatable)",
    )
    parser.add_argument("--timezone", metavar="ZONE", help="zone of wall-clock times (default: the client's)")
    parser.add_argument("--rejects", metavar="FILE", type=Path, help="write rejected rows and reasons to this .xlsx")
    parser.add_argument("--json", action="store_true", help="one JSON object a file on standard output")


def _decision_arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("trips", nargs="*", metavar="TRIP", help="id or external reference")
    parser.add_argument("--client", metavar="CODE")
    parser.add_argument("--vendor", metavar="CODE")
    parser.add_argument("--batch", metavar="ID", help="all trips of this import")
    parser.add_argument("--reason", default="", help="why" + (" (required)" if name in ("hold", "reject") else ""))
    parser.add_argument("--json", action="store_true")
    if name == "assign":
        parser.add_argument("--contract", metavar="NAME_OR_ID")


def run(args: argparse.Namespace) -> int:
    """Run the chosen action; gives the exit status."""
    if args.action == "check":
        return _check(args)
    from billing.services.workspace import session_from_args

    with session_from_args(args) as session:
        if args.action == "import":
            return _import(session, args)
        if args.action == "undo":
            return _undo(session, args)
        if args.action == "imports":
            return _imports(session, args)
        return _decide(session, args)


def mapping_of(pairs: list[str]) -> dict[str, str]:
    """FIELD=HEADER pairs as a mapping."""
    mapping = {}
    for pair in pairs:
        name, equals, header = pair.partition("=")
        if not equals or not header.strip():
            raise BadInputError("BAD_OPTION", f'"{pair}" is not FIELD=HEADER.', where="--column")
        mapping[name.strip().replace("-", "_")] = header.strip()
    return mapping


def _check(args: argparse.Namespace) -> int:
    from billing.exchange.sheets import process
    from billing.exchange.sheets.options import DEFAULT_TIMEZONE, ReadOptions

    options = ReadOptions(
        client=args.client, vendor=args.vendor, mapping=mapping_of(args.column), derive_ids=args.derive_ids,
        distance_unit=args.distance_unit, timezone=args.timezone or DEFAULT_TIMEZONE, date_order=args.date_order,
    )  # fmt: skip
    status = 0
    for path in args.files:
        try:
            checked = process.check_file(path, options)
        except KnownError as error:
            status = max(status, _refused(path, error, as_json=args.json))
            continue
        _show(checked, args)
        _write_rejects(checked, path, args)
        status = max(status, 1 if checked.rejected else 0)
    return status


def _import(session: Session, args: argparse.Namespace) -> int:
    from billing.services.trips import ImportChoices, import_file

    choices = ImportChoices(
        client=args.client, vendor=args.vendor, mapping=mapping_of(args.column), mapping_name=args.mapping,
        derive_ids=args.derive_ids, distance_unit=args.distance_unit, date_order=args.date_order,
        timezone=args.timezone, lenient=args.lenient, create_parties=args.create_parties,
    )  # fmt: skip
    status = 0
    for path in args.files:
        try:
            result = import_file(session, path, choices, preview=args.preview)
        except KnownError as error:
            status = max(status, _refused(path, error, as_json=args.json))
            continue
        _show(result.checked, args, **_outcome(result))
        if not args.json:
            _say_outcome(result, args)
        _write_rejects(result.checked, path, args)
        if result.written and args.save_mapping:
            _save_mapping(session, result, args)
        refused = bool(result.checked.rejected) and not result.written
        status = max(status, 1 if refused else 0)
    return status


def _outcome(result: ImportResult) -> dict[str, Any]:
    return {
        "written": result.written,
        "file_id": str(result.file_id) if result.file_id else None,
        "batches": [
            {
                "batch_id": str(item.batch.id), "client": item.client_code, "trips": item.batch.accepted,
                "distance_m": item.batch.distance_m, "no_contract": item.no_contract,
                "ambiguous_contract": item.ambiguous_contract,
            }
            for item in result.batches
        ],
        "created": list(result.created),
        "same_file": [str(batch.id) for batch in result.same_file],
    }  # fmt: skip


def _say_outcome(result: ImportResult, args: argparse.Namespace) -> None:
    for batch in result.same_file:
        _say(f"  this very file was imported before (import {batch.id})")
    for name in result.created:
        _say(f"  {'created' if result.written else 'would create'} {name}")
    for item in result.batches:
        unassigned = item.no_contract + item.ambiguous_contract
        note = f", {unassigned:,} without a contract" if unassigned else ""
        _say(f"  {item.client_code}: {item.batch.accepted:,} trips stored{note} (import {item.batch.id})")
    if result.written:
        return
    if args.preview:
        _say("  preview: nothing was stored")
    elif result.checked.rejected:
        _say("  nothing was stored: correct the rejected rows, or store the others with --lenient")
    else:
        _say("  nothing was stored: the file has no new trips")


def _save_mapping(session: Session, result: ImportResult, args: argparse.Namespace) -> None:
    from billing.services.trip_decisions import save_mapping

    batch = result.batches[0].batch
    if len(result.batches) > 1 or batch.vendor_id is None:
        raise BadInputError(
            "SEVERAL_VENDORS", "A mapping is saved for one vendor; the file has several.", where="--save-mapping"
        )
    client, vendor = str(batch.client_id), str(batch.vendor_id)
    save_mapping(session, client=client, vendor=vendor, name=args.save_mapping, mapping=result.checked.mapping)


def _show(checked: CheckedFile, args: argparse.Namespace, **extra: Any) -> None:
    from billing.exchange.sheets import report

    if not args.json:
        _say("\n".join(report.summary(checked)))
        return
    for piece in report.as_json(checked, **extra):
        sys.stdout.write(piece)
    sys.stdout.write("\n")


def _write_rejects(checked: CheckedFile, path: Path, args: argparse.Namespace) -> None:
    if args.rejects is None:
        return
    from billing.exchange.sheets.rejects import write_rejects

    count = write_rejects(checked, path, args.rejects)
    text = (
        f"{count:,} rows with their reasons are in {args.rejects}" if count else "No row was rejected; no file written."
    )
    print(text, file=sys.stderr)  # noqa: T201


def _refused(path: Path, error: KnownError, *, as_json: bool) -> int:
    """A file refused as a whole: one object, or a sentence on standard error."""
    from billing.exchange.sheets.report import refusal

    if as_json:
        _say(refusal(path, error))
    hint = f" {error.hint}" if error.hint else ""
    print(f"{path.name}: {error.message}{hint}", file=sys.stderr)  # noqa: T201
    return error.exit_code


def _decide(session: Session, args: argparse.Namespace) -> int:
    from billing.services.trip_decisions import decide_trips, reassign_trips

    if args.action == "assign" and not args.trips and not args.batch:
        result = reassign_trips(session, client=args.client, vendor=args.vendor)
    else:
        result = decide_trips(
            session, args.action.upper(), args.trips, client=args.client, vendor=args.vendor, batch=args.batch,
            reason=args.reason, contract=getattr(args, "contract", None),
        )  # fmt: skip
    if args.json:
        _say(json.dumps({"action": result.action, "changed": result.changed, "unchanged": result.unchanged}))
    else:
        already = f", {result.unchanged:,} were so already" if result.unchanged else ""
        _say(f"{args.action}: {result.changed:,} trips changed{already}")
    return 0


def _undo(session: Session, args: argparse.Namespace) -> int:
    from billing.services.trip_decisions import undo_import

    result = undo_import(session, args.identity)
    if args.json:
        batches = [str(batch.id) for batch in result.batches]
        _say(json.dumps({"undone": batches, "trips": result.trips}))
    else:
        _say(f"{result.trips:,} trips of {len(result.batches)} import(s) were taken back; their ids are free again.")
    return 0


def _imports(session: Session, args: argparse.Namespace) -> int:
    from billing.services.trip_decisions import list_imports

    batches = list_imports(session, client=args.client)
    if args.json:
        _say(json.dumps([_batch(batch) for batch in batches], ensure_ascii=False))
    else:
        for batch in batches:
            _say(
                f"{batch.id}  {batch.created_at:%Y-%m-%d %H:%M}  {batch.status:8}  {batch.accepted:>8,}  {batch.file_name}"
            )
    return 0


def _batch(batch: Any) -> dict[str, Any]:
    names = ("file_name", "status", "rows_read", "accepted", "rejected", "duplicates", "distance_m")
    ids = {"batch_id": str(batch.id), "file_id": str(batch.file_id), "client_id": str(batch.client_id)}
    return {**ids, **{name: getattr(batch, name) for name in names}, "created_at": batch.created_at.isoformat()}


def _say(text: str) -> None:
    print(text)  # noqa: T201
