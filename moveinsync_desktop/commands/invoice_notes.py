"""`moveinsync invoice approve|send-back|credit|debit|settle`: what becomes of a document before and after its issue."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError
from billing.money import format_inr, parse_amount, plain
from moveinsync_desktop.commands.bill_output import Meter, read_month, totals_json
from moveinsync_desktop.commands.listing import print_json, print_rows

if TYPE_CHECKING:
    from billing.schemas.notes import NoteDraft, NoteRoom, Settlement
    from billing.store.session import Session


def add_note_arguments(actions: Any) -> tuple[argparse.ArgumentParser, ...]:
    """Declare the sub-commands; gives those that take --client and --json."""
    approved = actions.add_parser("approve", help="say that drafts are right as they stand")
    approved.add_argument("invoices", nargs="+", metavar="INVOICE", help="id")
    returned = actions.add_parser("send-back", help="take an approval back, with a reason")
    returned.add_argument("invoice", metavar="INVOICE", help="id")
    returned.add_argument("--reason", required=True)
    credit = actions.add_parser("credit", help="draft a credit note against lines of an issued invoice")
    debit = actions.add_parser("debit", help="draft a debit note against lines of an issued invoice")
    for action in (credit, debit):
        action.add_argument("invoice", metavar="INVOICE", help="id or number")
        action.add_argument(
            "--line", action="append", default=[], metavar="N=RUPEES", help="line number and amount before tax"
        )
        action.add_argument("--reason", default="", help="printed on the note; not needed with --preview")
        action.add_argument("--preview", action="store_true", help="show what it would say, write nothing")
        action.add_argument("--issue", action="store_true", help="give it its number at once")
    credit.add_argument("--all", action="store_true", help="everything that is left of the invoice")
    credit.add_argument("--commercial", action="store_true", help="without GST; after the deadline always")
    settled = actions.add_parser("settle", help="draft the notes of issued months that changed since")
    settled.add_argument("invoices", nargs="*", metavar="INVOICE", help="id or number (default: all that changed)")
    settled.add_argument("--month", metavar="YYYY-MM")
    settled.add_argument("--reason", default="", help="printed on the notes")
    settled.add_argument("--preview", action="store_true", help="show what they would say, write nothing")
    settled.add_argument("--issue", action="store_true", help="give them their numbers at once")
    return approved, returned, credit, debit, settled


def approve(session: Session, args: argparse.Namespace) -> int:
    """Approve drafts."""
    from billing.services.invoices import approve_invoice

    results = [approve_invoice(session, invoice=text, client=args.client) for text in args.invoices]
    if args.json:
        print_json([{"id": one.invoice_id, "state": one.state} for one in results])
    else:
        sys.stdout.writelines(f"{one.invoice_id} {one.state}\n" for one in results)
    return 0


def send_back(session: Session, args: argparse.Namespace) -> int:
    """Take an approval back."""
    from billing.services.invoices import send_back_invoice

    result = send_back_invoice(session, invoice=args.invoice, reason=args.reason, client=args.client)
    if args.json:
        print_json({"id": result.invoice_id, "state": result.state})
    else:
        sys.stdout.write(f"{result.invoice_id} is a draft again.\n")
    return 0


def note_json(draft: NoteDraft) -> dict[str, Any]:
    """A note before or after it is written: amounts positive, as printed."""
    totals = draft.totals
    return {
        "doc_type": draft.doc_type,
        "commercial": draft.commercial,
        "lines": [
            {
                "line": line.corrects_line,
                "source": line.key[0].value,
                "code": line.key[1],
                "description": line.description,
                "quantity": line.count,
                "amount": plain(line.amount),
                "tax": plain(line.tax.tax),
                "cgst": plain(line.tax.cgst),
                "sgst": plain(line.tax.sgst),
                "igst": plain(line.tax.igst),
                "before": plain(line.before),
                "after": plain(line.after),
            }
            for line in draft.lines
        ],
        **totals_json(totals),
    }


def write_one(session: Session, args: argparse.Namespace) -> int:
    """Preview or draft a note against lines."""
    from billing.services.invoices import issue_invoice
    from billing.services.notes import preview_note, write_note

    is_debit = args.action == "debit"
    commercial = True if getattr(args, "commercial", False) else None
    amounts = _amounts(args, is_debit=is_debit)
    words: dict[str, Any] = {"client": args.client, "is_debit": is_debit, "commercial": commercial}
    room, draft = preview_note(session, invoice=args.invoice, amounts=amounts, **words)
    answer: dict[str, Any] = {"original": room.number, "credit_until": room.credit_until, **note_json(draft)}
    if not args.preview:
        made = write_note(session, invoice=args.invoice, amounts=amounts, reason=args.reason, **words)
        answer |= {"id": made.invoice_id, "number": None, "status": "DRAFT"}
        if args.issue:
            issued = issue_invoice(session, invoice=str(made.invoice_id))
            answer |= {"number": issued.number, "status": "ISSUED"}
    if args.json:
        print_json(answer)
    else:
        _print_note(draft, room, answer.get("number") or str(answer.get("id") or "Preview"))
    return 0


def _amounts(args: argparse.Namespace, *, is_debit: bool) -> dict[int, int] | None:
    if getattr(args, "all", False) and not args.line and not is_debit:
        return None
    amounts: dict[int, int] = {}
    for text in args.line:
        number, _, amount = text.partition("=")
        try:
            place, paise = int(number), parse_amount(amount)
        except ValueError:
            raise BadInputError("BAD_INPUT", f"A line is written 2=1500.00, not {text}.", where="--line") from None
        amounts[place] = amounts.get(place, 0) + paise
    if not amounts:
        hint = "" if is_debit else " or --all"
        raise BadInputError("BAD_INPUT", f"Say which lines: --line N=RUPEES{hint}.", where="--line")
    return amounts


def _print_note(draft: NoteDraft, room: NoteRoom, name: str) -> None:
    kind = draft.doc_type.replace("_", " ").capitalize()
    sys.stdout.write(f"{kind} {name} to {room.number}\n")
    for line in draft.lines:
        sys.stdout.write(f"  {line.description:<40}{format_inr(line.amount):>18}\n")
    totals = draft.totals
    for label, amount in (("Tax", totals.tax), ("Round off", totals.round_off), ("Total", totals.total)):
        sys.stdout.write(f"  {label:<40}{format_inr(amount):>18}\n")
    if draft.commercial:
        sys.stdout.write("  Commercial credit, without GST\n")
    elif draft.doc_type == "CREDIT_NOTE":
        sys.stdout.write(f"  Reduces the tax until {room.credit_until:%d-%m-%Y}\n")


def settle(session: Session, args: argparse.Namespace) -> int:
    """Preview or draft the notes of months that changed; exit status 1 when one was refused."""
    from billing.services.invoices import issue_invoice
    from billing.services.settle import list_unsettled, preview_settlement, write_settlement

    month = read_month(args.month) if args.month else None
    changed = [] if args.invoices else list_unsettled(session, client=args.client, month=month)
    found = args.invoices or [str(one.invoice_id) for one in changed]
    meter, answers, refused = Meter(), [], False
    for place, invoice in enumerate(found):
        meter(place, len(found), "settling")
        result = preview_settlement(session, invoice=invoice, client=args.client)
        number = None
        if not args.preview and not result.error:
            result = write_settlement(session, invoice=invoice, reason=args.reason, client=args.client)
            if args.issue and result.stored is not None:
                done = issue_invoice(session, invoice=str(result.stored))
                number = ", ".join((done.number, *done.also))
        refused = refused or bool(result.error)
        answers.append(settlement_json(result) | {"number": number})
    meter.done()
    if args.json:
        print_json({"settlements": answers})
    else:
        columns = ("original", "month", "vendor", "contract", "why", "state", "notes", "number", "error")
        rows = [{**one, "why": _why(one), "notes": _notes_in_words(one)} for one in answers]
        print_rows(rows, columns, "Nothing changed since the months were issued.")
        for one in answers:
            if one["void_first"]:
                sys.stdout.write(f"{one['void_first']}\n")
    return 1 if refused else 0


def _why(one: dict[str, Any]) -> str:
    """What changed: trips by reason, rules, and the other inputs."""
    words = [f"{count} {why}" for why, count in one["counts"].items()]
    rules = ["rules"] if one["versions"] else []
    return ", ".join([*words, *rules, *one["causes"]])


def _notes_in_words(one: dict[str, Any]) -> str:
    notes = [note for note in (one["reversal"], one["note"]) if note]
    return ", ".join(f"{note['doc_type'].split('_')[0].lower()} {note['total']}" for note in notes)


def settlement_json(result: Settlement) -> dict[str, Any]:
    """One settled month: the note, why, and the first changed trips."""
    return {
        "original": result.number,
        "month": f"{result.month:%Y-%m}",
        "vendor": result.vendor_code,
        "contract": result.contract_name,
        "state": result.state,
        "error": result.error,
        "id": result.stored,
        "note": note_json(result.note) if result.note else None,
        "counts": {why.value: count for why, count in result.counts.items()},
        "versions": list(result.versions),
        "causes": [cause.text for cause in result.causes],
        "reversal": note_json(result.reversal) if result.reversal else None,
        "void_first": result.void_first or None,
        "drafts": list(result.drafts),
        "incentive": plain(result.incentive),
        "credit_until": result.room.credit_until,
        "manual_credits": plain(result.room.manual_credits),
        "charges": [{"name": name, "text": text, "amount": plain(amount)} for name, text, amount in result.reasons],
        "trips": [
            {
                "trip_id": trip.ref,
                "start": trip.start,
                "why": trip.why.value,
                "before": plain(trip.before),
                "after": plain(trip.after),
                "text": trip.text,
            }
            for trip in result.trips
        ],
    }
