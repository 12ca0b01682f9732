"""One of several processes that do the same thing at the same moment.

    outcomes = race(home, email, secret, [("issue", {"invoice": id})] * 2)

Each signs in, says that it is ready, and starts when all are. Its outcome is {"ok": ...} or {"code", "message"}.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]


def race(home: Path, email: str, secret: str, deeds: Sequence[tuple[str, dict[str, str]]]) -> list[dict[str, Any]]:
    """Let them start together; their outcomes in the order given."""
    rivals = [_start(home, email, secret, deed, words) for deed, words in deeds]
    for rival in rivals:
        assert rival.stdout is not None
        assert rival.stdout.readline() == "ready\n"
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write("go\n")
        rival.stdin.flush()
    return [json.loads(rival.communicate(timeout=90)[0]) for rival in rivals]


def _start(home: Path, email: str, secret: str, deed: str, words: dict[str, str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.rival"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({"home": str(home), "email": email, "secret": secret, "deed": deed, **words}) + "\n")
    process.stdin.flush()
    return process


def _issue(session: Any, words: dict[str, str], go: Any) -> Any:
    from billing.services.invoices import issue_invoice

    go()
    issued = issue_invoice(session, invoice=words["invoice"])
    return [issued.number, issued.state]


def _run(session: Any, words: dict[str, str], go: Any) -> Any:
    from billing.services.billing import run_bill

    go()
    return [run.state.value for run in run_bill(session, client=words["client"], month=date(2026, 9, 1)).runs]


def _import(session: Any, words: dict[str, str], go: Any) -> Any:
    from billing.services.trips import import_file

    go()
    result = import_file(session, Path(words["path"]))
    return [result.written, len(result.checked.duplicates)]


def _edit(session: Any, words: dict[str, str], go: Any) -> Any:
    from billing.services.parties import list_clients, update_client

    seen = next(one for one in list_clients(session) if one.id == UUID(words["client"]))
    go()
    return update_client(session, client=replace(seen, name=words["name"])).record.name


def _activate(session: Any, words: dict[str, str], go: Any) -> Any:
    from billing.services.contract_views import show_contract
    from billing.services.contracts import activate_draft

    view = show_contract(session, client_id=UUID(words["client"]), contract_id=UUID(words["contract"]))
    draft = next(one for one in view.versions if one.id == UUID(words["version"]))
    go()
    activate_draft(session, contract=view.contract, version=draft, valid_from=date.fromisoformat(words["day"]))
    return "active"


DEEDS = {"issue": _issue, "run": _run, "import": _import, "edit": _edit, "activate": _activate}


def main() -> None:
    """Sign in, wait for the others, do it, tell."""
    from billing.errors import KnownError
    from billing.services.workspace import reach
    from billing.store.profiles import find_profile
    from billing.store.session import sign_in

    words = json.loads(sys.stdin.readline())
    profile = reach(find_profile(Path(words["home"]), None))

    def go() -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()

    with sign_in(profile, words["email"], words["secret"]) as session:
        try:
            told: dict[str, Any] = {"ok": DEEDS[words["deed"]](session, words, go)}
        except KnownError as error:
            told = {"code": error.code, "message": error.message}
            current = getattr(error, "current", None)
            if current is not None:
                told["current"] = getattr(current, "name", "")
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
