"""`moveinsync contract activate|correct|propose`, and how commands read rules."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError, RefusedError

if TYPE_CHECKING:
    from billing.services.contracts import ContractView
    from billing.store.session import Session

Find = Callable[["Session", argparse.Namespace], "ContractView"]


def read_rules(path: str) -> dict[str, Any]:
    """The rules of a file; numbers keep their text. Raises BadInputError BAD_INPUT."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
        rules = json.loads(text, parse_float=str, parse_int=str)
    except OSError as error:
        raise BadInputError("BAD_INPUT", f"{path} cannot be read: {error.strerror}.", where=path) from None
    except (ValueError, RecursionError) as error:
        raise BadInputError("BAD_INPUT", f"{path} is no JSON: {error}.", where=path) from None
    if not isinstance(rules, dict):
        raise BadInputError("BAD_INPUT", "The rules must be one JSON object.", where=path)
    return rules


def activate(session: Session, args: argparse.Namespace, find: Find) -> ContractView:
    """Put the newest draft in force."""
    from billing.services.contracts import activate_draft

    view = find(session, args)
    drafts = [version for version in view.versions if version.status == "DRAFT"]
    if not drafts:
        raise RefusedError("NOT_A_DRAFT", f"{view.contract.name} has no draft.", where="CONTRACT")
    return activate_draft(
        session,
        contract=view.contract,
        version=drafts[-1],
        valid_from=args.valid_from,
        valid_until=args.valid_until,
    ).view


def correct(session: Session, args: argparse.Namespace, find: Find) -> ContractView:
    """Put right the version in force, from its first day or from a day inside its time."""
    from billing.services.contracts import correct_version, local_start
    from billing.services.corrections import backdate_rules

    rules, view = read_rules(args.rules), find(session, args)
    start = local_start(args.valid_from, view.client) if args.valid_from else None
    version = view.current(start)
    if version is None:
        raise RefusedError("NOT_IN_FORCE", "No version of this contract is in force.", where="CONTRACT")
    words = {"version": version, "model": args.model or version.billing_model, "rules": rules, "reason": args.reason}
    if args.valid_from and start != version.valid_from:
        return backdate_rules(session, valid_from=args.valid_from, **words).view
    return correct_version(session, **words).view


def propose(session: Session, args: argparse.Namespace) -> list[ContractView]:
    """Make the drafts of renewals that are due; gives their contracts."""
    from billing.services.contracts import list_contracts
    from billing.services.lookup import find_client
    from billing.services.renewals import propose_renewals

    client_id = None
    if args.client:
        with session.unit_of_work() as uow:
            client_id = find_client(uow, args.client).id
    made = {version.contract_id for version in propose_renewals(session, client_id=client_id)}
    return [view for view in list_contracts(session, client_id=client_id) if view.contract.id in made]
