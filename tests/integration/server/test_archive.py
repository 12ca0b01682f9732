"""The archive of a workspace verifies itself, without the product."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.errors import BadInputError, NotAllowedError
from billing.services.archive import VERIFIER, archive
from billing.services.backup import restore
from billing.services.workspace import open_session, release_server
from billing.store.secrets import forget_memory
from moveinsync_desktop.cli import main
from tests.support.folders import short_folder
from tests.support.people import ADMIN, PASSWORD

KEPT = Path(__file__).resolve().parents[2] / "data" / "schema-0051.misbackup"


@pytest.fixture(scope="module")
def kept_home() -> Iterator[Path]:
    """A workspace with issued and void invoices."""
    with short_folder() as folder:
        forget_memory()
        restore(folder / "home", KEPT, kit=KEPT.with_suffix(".kit.txt").read_text(encoding="utf-8"))
        yield folder / "home"
        release_server(folder / "home")


@pytest.fixture(scope="module")
def written(kept_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its archive."""
    target = tmp_path_factory.mktemp("archive") / "out"
    with open_session(kept_home, email=ADMIN, password=PASSWORD) as session:
        made = archive(session, target)
    assert made.refused == ()
    assert (made.documents, made.files) == (
        4,
        len(list(target.rglob("*"))) - sum(p.is_dir() for p in target.rglob("*")) - 1,
    )
    assert made.rows > 50
    assert made.entries > 10
    return target


def check(folder: Path) -> tuple[int, str]:
    """What the verifier says, with Python alone: no site packages, no environment."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(folder / VERIFIER)], capture_output=True, text=True, check=False, cwd="/"
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copy(written: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    import shutil

    return Path(shutil.copytree(written, tmp_path / "copy"))


def signed_again(folder: Path, changed: Path) -> None:
    """The manifest of somebody who knows how it is made."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][changed.relative_to(folder).as_posix()] = hashlib.sha256(changed.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_it_verifies_itself_with_python_alone(written: Path) -> None:
    assert check(written)[0] == 0, check(written)[1]
    assert {path.suffix for path in (written / "documents").rglob("*") if path.is_file()} == {".xlsx", ".csv"}
    with (written / "ledger" / "trip_charges.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) >= 24
    # the verification leaves the archive as it was
    assert check(written)[0] == 0


def test_a_changed_missing_or_added_file_is_found(copy: Path) -> None:
    document = next(path for path in (copy / "documents").rglob("*.csv"))
    document.write_bytes(document.read_bytes().replace(b"1", b"2", 1))
    (copy / "ledger" / "trips.csv").unlink()
    (copy / "documents" / "more.txt").write_text("more", encoding="utf-8")
    code, words = check(copy)
    assert code == 1
    for word in ("changed", "missing", "not of this archive"):
        assert word in words


@pytest.mark.parametrize("table", ["invoice_lines", "trip_charges"])
def test_a_changed_amount_is_found_though_the_manifest_agrees(copy: Path, table: str) -> None:
    path = copy / "ledger" / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    name = "amount" if table == "invoice_lines" else "distance"
    row = next(one for one in rows if int(one[name]) > 0)
    row[name] = str(int(row[name]) + 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    signed_again(copy, path)
    code, words = check(copy)
    assert code == 1
    assert "invoice" in words


def test_a_changed_audit_entry_is_found_though_the_manifest_agrees(copy: Path) -> None:
    path = copy / "audit" / "workspace.jsonl"
    path.write_text(
        path.read_text(encoding="utf-8").replace("admin@example.com", "other@example.com"), encoding="utf-8"
    )
    signed_again(copy, path)
    code, words = check(copy)
    assert code == 1
    assert "the chain is broken" in words


def test_only_a_super_admin_and_only_into_an_empty_folder(
    kept_home: Path, written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_session(kept_home, email="client.admin1@example.com", password=PASSWORD) as session:
        with pytest.raises(NotAllowedError):
            archive(session, tmp_path / "no")
        assert not (tmp_path / "no").exists()
    with open_session(kept_home, email=ADMIN, password=PASSWORD) as session, pytest.raises(BadInputError):
        archive(session, written)
    monkeypatch.setenv("MOVEINSYNC_HOME", str(kept_home))
    monkeypatch.setenv("MOVEINSYNC_USER", ADMIN)
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
    assert main(["archive", str(tmp_path / "two"), "--format", "csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["documents"] == 2
    assert check(tmp_path / "two")[0] == 0
