"""`moveinsync demo`: create or reset the demo company and print its users."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from billing.money import group_indian

if TYPE_CHECKING:
    from billing.services.demo import Demo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Make the demo anew; gives the exit status."""
    from billing.services.demo import create_demo

    demo = create_demo(progress=_report)
    if args.json:
        json.dump(_as_json(demo), sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(_as_text(demo))
    return 0


def _report(done: int, total: int, what: str) -> None:
    print(f"[{done}/{total}] {what}", file=sys.stderr)  # noqa: T201


def _counts(demo: Demo) -> dict[str, int]:
    names = ("clients", "vendors", "employees", "vehicles", "contracts", "trips", "invoices")
    return {name: getattr(demo, name) for name in names}


def _as_json(demo: Demo) -> dict[str, object]:
    return {
        "workspace_id": str(demo.profile.workspace_id),
        **_counts(demo),
        "users": [{"email": user.email, "role": user.role, "password": user.password} for user in demo.users],
    }


def _as_text(demo: Demo) -> str:
    listed = ", ".join(f"{group_indian(count)} {name}" for name, count in _counts(demo).items())
    width = max(len(user.email) for user in demo.users)
    lines = [f"The demo company is ready: {listed}.", "", "Its users, with passwords that are shown only now:"]
    lines += [f"  {user.email:<{width}}  {user.role:<12}  {user.password}" for user in demo.users]
    lines += ["", "moveinsync --demo   opens it as the first; no password is asked for on this machine."]
    return "\n".join(lines) + "\n"
