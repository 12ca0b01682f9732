"""A process that forks a child for each deed and lets it die at the N-th call to the database.

    with Zygote(home) as zygote:
        status = zygote.kill("run", at=7, kind="kill", client="CL0001")    # -9: killed; 0: done before the call came

The children inherit a warm interpreter, so each costs a sign-in and the deed, not an interpreter's start.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Zygote:
    """The parent's end."""

    def __init__(self, home: Path, email: str, secret: str) -> None:
        self._words = {"home": str(home), "email": email, "secret": secret}

    def __enter__(self) -> Zygote:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._ask(self._words)
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.communicate()

    def kill(self, deed: str, at: int, kind: str, **words: str) -> int:
        """Let a child do it and die at its N-th call; gives its exit status, negative for a signal."""
        return int(self._ask({"deed": deed, "at": at, "kind": kind, **words})["status"])

    def _ask(self, words: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def _import(session: Any, words: dict[str, Any]) -> None:
    from billing.services.trips import import_file

    import_file(session, Path(words["path"]))


def _run(session: Any, words: dict[str, Any]) -> None:
    from billing.services.billing import run_bill

    run_bill(session, client=words["client"], month=date(2026, 9, 1))


def _issue(session: Any, words: dict[str, Any]) -> None:
    from billing.services.invoices import issue_invoice

    issue_invoice(session, invoice=words["invoice"])


DEEDS = {"import": _import, "run": _run, "issue": _issue}


def _child(profile: Any, email: str, secret: str, words: dict[str, Any]) -> None:
    from billing.store.session import sign_in
    from tests.support.faults import fault

    with fault(0, "none") as made:
        session = sign_in(profile, email, secret)
        made.arm(int(words["at"]), str(words["kind"]))
        DEEDS[words["deed"]](session, words)
        made.disarm()
        session.close()


def main() -> None:
    """Read a line, fork, wait, tell."""
    from billing.services import billing, invoices, trips  # noqa: F401 - warm for the children
    from billing.services.workspace import reach, release_server
    from billing.store.preload import preload
    from billing.store.profiles import find_profile

    preload()
    first = json.loads(sys.stdin.readline())
    home = Path(first["home"])
    profile = reach(find_profile(home, None))
    sys.stdout.write('{"ready": true}\n')
    sys.stdout.flush()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                _child(profile, first["email"], first["secret"], json.loads(line))
                os._exit(0)
            except BaseException:  # noqa: BLE001 - a forked child must not run the parent's clean-up
                sys.excepthook(*sys.exc_info())
                os._exit(1)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps({"status": os.waitstatus_to_exitcode(status)}) + "\n")
        sys.stdout.flush()
    release_server(home)


if __name__ == "__main__":
    main()
