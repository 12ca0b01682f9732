"""The one list of rights: complete, in words, and the only place that names roles (SECURITY.md (c))."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from billing import rights
from billing.errors import NotAllowedError
from moveinsync_desktop.views.screen import SECTIONS

ROOT = Path(rights.__file__).resolve().parents[1]
# who founds a workspace, and whom the demo company offers, are persons and not rights
PERSONS = {
    "billing/rights.py",
    "billing/services/demo.py",
    "billing/services/demo_users.py",
    "billing/services/workspace.py",
    "moveinsync_desktop/entrance.py",
    "moveinsync_desktop/commands/bench_rls.py",  # the users whose queries are measured
}


def test_every_row_says_what_and_for_whom() -> None:
    content = rights._content()
    settings = {"vendor_sees_amounts"}
    for operation, row in content["operations"].items():
        roles = {key: scope for key, scope in row.items() if key not in ("does", "by")}
        assert row["does"], operation
        assert row.get("by", "window") == "window", operation
        assert roles.keys() <= rights.roles().keys(), operation
        assert set(roles.values()) <= {rights.EVERY_CLIENT, rights.OWN} | settings, operation
    assert len(content["operations"]) >= 40


def test_no_other_file_lists_roles() -> None:
    """A role's code as a value outside resources/rights.json would be a second list of rights."""
    found = []
    for folder in ("billing", "moveinsync_desktop"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            text = path.read_text("utf-8")
            if name in PERSONS or not any(role in text for role in rights.roles()):
                continue
            values = {n.value for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Constant)}
            if values & rights.roles().keys():
                found.append(name)
    assert found == []


def test_every_screen_opens_by_an_operation() -> None:
    for section in SECTIONS:
        assert rights.who_may(section.needs), section.id


def test_a_setting_widens_what_a_vendors_staff_may() -> None:
    assert not rights.may("VENDOR_ADMIN", "billing.amounts")
    assert rights.scope_of("VENDOR_ADMIN", "billing.amounts", {"vendor_sees_amounts"}) == rights.OWN
    assert not rights.may("VENDOR_ADMIN", "invoices.view", {"vendor_sees_amounts"})
    assert [role for role in rights.roles() if rights.depends_on_settings(role)] == ["VENDOR_ADMIN"]


def test_a_refusal_says_who_may() -> None:
    with pytest.raises(NotAllowedError) as refused:
        rights.require("VIEWER", "invoices.issue")
    assert str(refused.value) == "A viewer may not issue invoices; a super admin or a client admin may."
    with pytest.raises(KeyError):
        rights.may("VIEWER", "no.such")
    assert not rights.may("", "trips.view")
