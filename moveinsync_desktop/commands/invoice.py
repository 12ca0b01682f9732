"""`moveinsync invoice`: list, show, approve, issue, correct, export, register, void documents; by id or number."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from billing.counting import plural
from billing.money import format_inr, plain
from moveinsync_desktop.commands import bill_explain, invoice_notes, invoice_papers, invoice_portal
from moveinsync_desktop.commands.bill_output import read_month, totals_json
from moveinsync_desktop.commands.listing import print_json, print_rows

if TYPE_CHECKING:
    from billing.schemas.invoices import InvoiceDocument, InvoiceSummary
    from billing.store.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="invoices, newest month first")
    listed.add_argument("--vendor", help="code or id")
    listed.add_argument("--month", metavar="YYYY-MM")
    listed.add_argument("--status", choices=("DRAFT", "APPROVED", "ISSUED", "VOID"))
    shown = actions.add_parser("show", help="one invoice with its lines")
    issued = actions.add_parser("issue", help="give drafts their numbers; again, the same number is printed")
    exported = invoice_papers.add_export(actions)
    portal = [*invoice_papers.add_portal(actions), *invoice_portal.add_arguments(actions)]
    voided = actions.add_parser("void", help="void an issued invoice; its number stays used")
    voided.add_argument("--reason", required=True)
    told = actions.add_parser("explain", help="from the total down to charges, trips and the rules of every line")
    bill_explain.add_arguments(told)
    verified = actions.add_parser("verify", help="rate the month again from the stored inputs and compare every line")
    notes = invoice_notes.add_note_arguments(actions)
    series = actions.add_parser("series", help="set prefix and first number of a series before its first use")
    series.add_argument("--vendor", required=True, help="code or id")
    series.add_argument("--year", required=True, metavar="YY-YY", help="financial year, like 26-27")
    series.add_argument("--prefix", required=True)
    series.add_argument("--first", type=int, default=1)
    series.add_argument("--type", default="INVOICE", type=str.upper, metavar="TYPE", help="INVOICE, CREDIT_NOTE, ...")
    series.add_argument("--template", help="how its numbers look (default: {prefix}/{yy-yy}/{00001})")
    for action in (issued,):
        action.add_argument("invoices", nargs="+", metavar="INVOICE", help="id or number")
    for action in (shown, voided, verified):
        action.add_argument("invoice", metavar="INVOICE", help="id or number")
    for action in (listed, shown, issued, exported, *portal, voided, verified, *notes, series):
        action.add_argument("--client", help="code or id")
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    actions = {
        "list": _list, "show": _show, "issue": _issue, "export": invoice_papers.export, "void": _void,
        "explain": bill_explain.explain, "verify": _verify, "series": _series, "irn": invoice_papers.read_answers,
        "irn-cancel": invoice_papers.cancel_irn, "irn-list": invoice_papers.list_registrations,
        "ims": invoice_portal.record, "portal-key": invoice_portal.keys,
        "approve": invoice_notes.approve, "send-back": invoice_notes.send_back, "credit": invoice_notes.write_one,
        "debit": invoice_notes.write_one, "settle": invoice_notes.settle,
    }  # fmt: skip
    with session_from_args(args) as session:
        return actions[args.action](session, args)


def summary_json(row: InvoiceSummary) -> dict[str, Any]:
    """One invoice of the list."""
    return {
        "id": row.invoice_id,
        "number": row.number,
        "status": row.status.value,
        "client": row.client_code,
        "vendor": row.vendor_code,
        "contract": row.contract_name,
        "month": f"{row.month:%Y-%m}",
        "date": row.invoice_date,
        "trips": row.trips,
        "taxable": plain(row.taxable),
        "tax": plain(row.tax),
        "total": plain(row.total),
        "issued_at": row.issued_at,
        "void_reason": row.void_reason,
        "doc_type": row.doc_type,
        "owed": plain(row.owed),
        "notes_total": plain(row.notes_total),
        "corrects": row.corrects_number,
        "reason": row.note_reason,
        "replaces": row.replaces_number,
        "replaced_by": row.replaced_by_number,
    }


def _list(session: Session, args: argparse.Namespace) -> int:
    from billing.services.invoices import list_invoices

    month = read_month(args.month) if args.month else None
    rows = list_invoices(session, client=args.client, vendor=args.vendor, month=month, status=args.status, limit=5000)
    records = [summary_json(row) for row in rows]
    if args.json:
        print_json(records)
    else:
        for record, row in zip(records, rows, strict=True):
            record["total"] = format_inr(row.total)
            record["number"] = row.number or str(row.invoice_id)
        columns = ("number", "doc_type", "status", "month", "vendor", "contract", "trips", "total")
        print_rows(records, columns, "There are no invoices.")
    return 0


def document_json(document: InvoiceDocument) -> dict[str, Any]:
    """An invoice with its lines, tax and parties."""
    totals = document.draft.totals
    return {
        "id": document.invoice_id,
        "title": document.title,
        "number": document.number,
        "status": document.status.value,
        "date": document.invoice_date if document.number else None,
        "period": [document.period_from, document.period_to],
        "supplier": {"name": document.supplier.name, "gstin": document.supplier.gstin},
        "recipient": {"name": document.recipient.name, "gstin": document.recipient.gstin},
        "place_of_supply": document.draft.nature.place_of_supply,
        "reverse_charge": document.draft.reverse_charge,
        "sac": document.sac,
        "lines": [
            {
                "code": line.code,
                "source": line.level.value,
                "description": line.description,
                "taxable": line.is_taxable,
                "quantity": line.count,
                "amount": plain(line.amount),
            }
            for line in document.draft.lines
        ],
        **totals_json(totals),
    }


def _show(session: Session, args: argparse.Namespace) -> int:
    from billing.services.invoices import get_invoice

    document = get_invoice(session, invoice=args.invoice, client=args.client)
    if args.json:
        print_json(document_json(document))
        return 0
    sys.stdout.write(f"{document.title} {document.number or 'draft'}, {document.period_from:%B %Y}\n")
    sys.stdout.write(f"{document.supplier.name} to {document.recipient.name}\n")
    for line in document.draft.lines:
        sys.stdout.write(f"  {line.description:<40}{format_inr(line.amount):>18}\n")
    totals = document.draft.totals
    for label, amount in (("Tax", totals.tax), ("Round off", totals.round_off), ("Total", totals.total)):
        sys.stdout.write(f"  {label:<40}{format_inr(amount):>18}\n")
    return 0


def _issue(session: Session, args: argparse.Namespace) -> int:
    from billing.services.invoices import issue_invoice

    results = [issue_invoice(session, invoice=text, client=args.client) for text in args.invoices]
    if args.json:
        print_json(
            [
                {
                    "id": one.invoice_id,
                    "number": one.number,
                    "date": one.invoice_date,
                    "state": one.state,
                    "also": one.also,
                }
                for one in results
            ]
        )
    else:
        for one in results:
            sys.stdout.writelines(f"{number}\n" for number in (one.number, *one.also))
    return 0


def _void(session: Session, args: argparse.Namespace) -> int:
    from billing.services.invoices import void_invoice

    result = void_invoice(session, invoice=args.invoice, reason=args.reason, client=args.client)
    if args.json:
        print_json({"id": result.invoice_id, "number": result.number, "state": result.state})
    else:
        sys.stdout.write(f"{result.number} is void.\n")
    return 0


def _verify(session: Session, args: argparse.Namespace) -> int:
    """Exit status 1 when anything comes out otherwise."""
    from billing.services.replay import replay_invoice

    replay = replay_invoice(session, invoice=args.invoice, client=args.client)
    if args.json:
        print_json({"same": replay.is_same, "trips": replay.trips, "differences": replay.differences})
    elif replay.is_same:
        sys.stdout.write(f"{plural(replay.trips, 'trip')} rated again: the same to the paisa.\n")
    else:
        sys.stdout.write("Comes out otherwise: " + "; ".join(replay.differences) + "\n")
    return 0 if replay.is_same else 1


def _series(session: Session, args: argparse.Namespace) -> int:
    from billing.services.invoices import set_series

    words = {"vendor": args.vendor, "year": args.year, "prefix": args.prefix, "template": args.template}
    sample = set_series(session, client=args.client, first=args.first, doc_type=args.type, **words)
    if args.json:
        print_json({"first_number": sample})
    else:
        sys.stdout.write(f"The first number will be {sample}.\n")
    return 0
