"""Drafts outlive the process and a torn file."""

from __future__ import annotations

from pathlib import Path

from moveinsync_desktop.drafts import Drafts


def test_a_draft_is_found_again_and_forgotten_once_saved(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts")
    assert drafts.find("contract:1") is None
    drafts.keep("contract:1", {"fee": "1"})
    drafts.keep("contract:1", {"fee": "2"})
    drafts.keep("invoice:1", {"note": "x"})
    again = Drafts(tmp_path / "drafts")
    found = again.find("contract:1")
    assert found is not None
    assert found.content == {"fee": "2"}
    assert {draft.key for draft in again.all()} == {"contract:1", "invoice:1"}
    again.forget("contract:1")
    again.forget("contract:1")
    assert again.find("contract:1") is None


def test_a_torn_file_is_no_draft(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    drafts.keep("a", {})
    next(tmp_path.glob("*.json")).write_text('{"key": "a"')
    assert drafts.find("a") is None
    assert drafts.all() == []
