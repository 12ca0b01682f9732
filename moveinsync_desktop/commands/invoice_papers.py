"""The parts of `moveinsync invoice` that make and read files: export, and the e-invoice portal's answers."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError
from billing.services.exports import COPIES, FORMATS
from moveinsync_desktop.commands.bill_output import Meter, read_month
from moveinsync_desktop.commands.listing import print_json, print_rows

if TYPE_CHECKING:
    from billing.store.session import Session


def add_export(actions: Any) -> argparse.ArgumentParser:
    """Declare `invoice export`."""
    made: argparse.ArgumentParser = actions.add_parser(
        "export", help="write documents as workbook, PDF, CSV, e-invoice"
    )
    made.add_argument("invoices", nargs="*", metavar="INVOICE", help="id or number; none with --month: all issued ones")
    made.add_argument("--month", metavar="YYYY-MM", help="every issued document of a billing month")
    made.add_argument("--vendor", help="with --month: code or id")
    made.add_argument(
        "--format", default="xlsx", metavar="FORMATS", help=f"one or several of {', '.join(FORMATS)}, with commas"
    )
    made.add_argument("--copy", choices=COPIES, default="original", help="which copies a PDF holds")
    made.add_argument("--zip", action="store_true", help="one archive; --out names it")
    made.add_argument("--out", type=Path, default=Path(), help="folder or file (default: this folder)")
    return made


def export(session: Session, args: argparse.Namespace) -> int:
    """Write the files; exit status 1 when one of several documents was refused."""
    from billing.services.exports import export_documents

    formats = tuple(part.strip() for part in args.format.split(",") if part.strip())
    target = args.out / "invoices.zip" if args.zip and not args.out.suffix else args.out
    meter = Meter()
    done = export_documents(
        session, invoices=_wanted(session, args), client=args.client, target=target, formats=formats, copy=args.copy,
        archive=args.zip, pdf=_pdf_writer() if "pdf" in formats else None, progress=meter,
    )  # fmt: skip
    meter.done()
    if args.json:
        refused = [{"invoice": invoice, "message": message} for invoice, message in done.refused]
        without = [{"invoice": invoice, "message": message} for invoice, message in done.without_einvoice]
        told = {**({"refused": refused} if refused else {}), **({"without_einvoice": without} if without else {})}
        print_json({"files": [str(path) for path in done.files], **told})
    else:
        for path in done.files:
            sys.stdout.write(f"{path}\n")
    for invoice, message in (*done.refused, *done.without_einvoice):
        sys.stderr.write(f"{invoice}: {message}\n")
    return 1 if done.refused else 0


def _pdf_writer() -> Any:
    from moveinsync_desktop.printing import write_pdf

    return write_pdf


def _wanted(session: Session, args: argparse.Namespace) -> list[str]:
    """The documents asked for by name, or all issued ones of a month."""
    from billing.services.invoices import list_invoices

    if args.invoices:
        return list(args.invoices)
    if not args.month:
        raise BadInputError("INVOICE_REQUIRED", "Say which invoices, or which --month.", where="INVOICE")
    month = read_month(args.month)
    rows = list_invoices(session, client=args.client, vendor=args.vendor, month=month, status="ISSUED", limit=5000)
    if not rows:
        raise BadInputError("NOTHING_ISSUED", f"Nothing is issued for {month:%B %Y}.", where="--month")
    return [str(row.invoice_id) for row in rows]


def add_portal(actions: Any) -> list[argparse.ArgumentParser]:
    """Declare what deals with the e-invoice portal."""
    answers = actions.add_parser("irn", help="read the e-invoice portal's response file; every IRN is computed again")
    answers.add_argument("files", nargs="+", type=Path, metavar="FILE", help="JSON, as downloaded")
    cancelled = actions.add_parser("irn-cancel", help="record that an IRN was cancelled on the portal, within 24 hours")
    cancelled.add_argument("invoice", metavar="INVOICE", help="id or number")
    cancelled.add_argument(
        "--reason", required=True, choices=("1", "2", "3", "4"), help="1 duplicate, 2 data entry, 3 cancelled, 4 other"
    )
    cancelled.add_argument("--remark", required=True)
    listed = actions.add_parser("irn-list", help="which documents are registered, waiting or late")
    listed.add_argument("--month", metavar="YYYY-MM", required=True, help="month of the documents' date")
    return [answers, cancelled, listed]


def read_answers(session: Session, args: argparse.Namespace) -> int:
    """Exit status 1 when an answer does not fit its document."""
    from billing.services.einvoices import import_answers

    results = [row for path in args.files for row in import_answers(session, path=path, client=args.client).rows]
    rows = [
        {"number": row.number, "irn": row.irn, "state": row.state, "message": row.message or None,
         "signature": row.signature or None}
        for row in results
    ]  # fmt: skip
    if args.json:
        print_json(rows)
    else:
        print_rows(rows, ("number", "state", "signature", "message"), "The file holds no answers.")
    return 1 if any(row.state == "refused" for row in results) else 0


def cancel_irn(session: Session, args: argparse.Namespace) -> int:
    """Record a cancellation."""
    from billing.services.einvoices import cancel_irn as cancel

    done = cancel(session, invoice=args.invoice, client=args.client, reason=args.reason, remark=args.remark)
    if args.json:
        print_json({"number": done.number, "cancelled_at": done.cancelled_at})
    else:
        sys.stdout.write(f"The IRN of {done.number} is cancelled.\n")
    return 0


def list_registrations(session: Session, args: argparse.Namespace) -> int:
    """What is registered, what waits, until when."""
    from billing.services.einvoices import reconcile

    found = reconcile(session, client=args.client, month=read_month(args.month))
    rows = [
        {"number": row.number, "date": row.invoice_date, "state": row.state, "irn": row.irn, "due": row.due,
         "credit_until": row.credit_until, "ims": row.ims or None, "ims_on": row.ims_on,
         "message": row.message or None}
        for row in found
    ]  # fmt: skip
    if args.json:
        print_json(rows)
    else:
        columns = ("number", "date", "state", "due", "credit_until", "ims", "message")
        print_rows(rows, columns, "No documents in this month.")
    return 0
