"""The file actions of `moveinsync trips`: check and import."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.counting import plural
from billing.errors import BadInputError, KnownError, NotSignedInError, RefusedError, UnavailableError
from billing.money import group_indian

if TYPE_CHECKING:
    from billing.exchange.sheets.result import CheckedFile
    from billing.services.trips import ImportChoices, ImportResult
    from billing.store.session import Session


def mapping_of(pairs: list[str]) -> dict[str, str]:
    """FIELD=HEADER pairs as a mapping; FIELD= says that the file does not have the field."""
    mapping = {}
    for pair in pairs:
        name, equals, header = pair.partition("=")
        if not equals:
            raise BadInputError("BAD_OPTION", f'"{pair}" is not FIELD=HEADER.', where="--column")
        mapping[name.strip().replace("-", "_")] = header.strip()
    return mapping


def check(args: argparse.Namespace) -> int:
    """`trips check`: exit status 1 when a row or a file is refused.

    Where a user is named the files are checked against the workspace as well; else no database is touched.
    """
    named = bool(args.demo or args.profile or args.user)
    if not named and not os.environ.get("MOVEINSYNC_USER"):
        return _check_alone(args)
    from billing.services.workspace import session_from_args

    try:
        signing_in = session_from_args(args)
    except (NotSignedInError, UnavailableError, RefusedError) as error:
        if named:
            raise
        print(f"Not checked against a workspace: {error.message}", file=sys.stderr)  # noqa: T201
        return _check_alone(args)
    with signing_in as session:
        return _check_against(session, args)


def _check_against(session: Session, args: argparse.Namespace) -> int:
    from billing.services.trips import import_file

    status = 0
    for path in args.files:
        try:
            checked = import_file(session, path, _choices(args), preview=True).checked
        except KnownError as error:
            status = max(status, _refused(path, error, as_json=args.json))
            continue
        status = max(status, _report(checked, path, args))
    return status


def _check_alone(args: argparse.Namespace) -> int:
    from billing.exchange.sheets import process
    from billing.exchange.sheets.options import DEFAULT_TIMEZONE, ReadOptions

    if args.mapping:
        raise BadInputError(
            "MAPPING_NEEDS_USER", "A saved mapping needs a workspace: say who you are.", where="--mapping"
        )
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
        status = max(status, _report(checked, path, args))
    return status


def _report(checked: CheckedFile, path: Path, args: argparse.Namespace) -> int:
    _show(checked, args)
    _write_rejects(checked, path, args)
    return 1 if checked.rejected and not args.lenient else 0


def _choices(args: argparse.Namespace) -> ImportChoices:
    from billing.services.trips import ImportChoices

    return ImportChoices(
        client=args.client, vendor=args.vendor, mapping=mapping_of(args.column), mapping_name=args.mapping,
        derive_ids=args.derive_ids, distance_unit=args.distance_unit, date_order=args.date_order,
        timezone=args.timezone, lenient=args.lenient, create_parties=args.create_parties,
        strict_names=args.strict_names,
    )  # fmt: skip


def load(session: Session, args: argparse.Namespace) -> int:
    """`trips import`: exit status 1 when a file is refused or its rejected rows kept it out."""
    from billing.schemas.ids import new_id
    from billing.services.trips import import_file

    choices = _choices(args)
    status = 0
    for path in args.files:
        try:
            # each file is an import of its own: one key for all would take the second for the first once more
            result = import_file(session, path, replace(choices, key=new_id()), preview=args.preview)
        except KnownError as error:
            status = max(status, _refused(path, error, as_json=args.json))
            continue
        _show(result.checked, args, **_outcome(result))
        if not args.json:
            _say_outcome(result, args)
        _write_rejects(result.checked, path, args)
        if result.written and args.save_mapping:
            _save_mapping(session, result, args)
        refused = bool(result.checked.rejected) and not result.written and not args.lenient
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
                "late": {f"{month:%Y-%m}": count for month, count in item.late},
            }
            for item in result.batches
        ],
        "created": list(result.created),
        "same_file": [str(batch.id) for batch in result.same_file],
    }  # fmt: skip


def _say_outcome(result: ImportResult, args: argparse.Namespace) -> None:
    if result.same_file:
        _say(f"  this very file was imported before (import {', '.join(str(batch.id) for batch in result.same_file)})")
    for name in result.created:
        _say(f"  {'created' if result.written else 'would create'} {name}")
    for item in result.batches:
        unassigned = item.no_contract + item.ambiguous_contract
        note = f", {group_indian(unassigned)} without a contract" if unassigned else ""
        _say(f"  {item.client_code}: {plural(item.batch.accepted, 'trip')} stored{note} (import {item.batch.id})")
        for month, count in item.late:
            late = f"{group_indian(count)} of them are late for {month:%B %Y}"
            _say(f"  {late}, which is closed: they are settled by a note")
    if result.written:
        return
    if args.preview:
        _say("  preview: nothing was stored")
    elif result.checked.rejected and not args.lenient:
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
        f"{group_indian(count)} rows with their reasons are in {args.rejects}"
        if count
        else "No row was rejected; no file written."
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


def _say(text: str) -> None:
    print(text)  # noqa: T201
