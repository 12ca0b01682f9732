"""Files made to do harm: refused within two seconds and 300 MB, with the cause (SECURITY.md (b) 19-23)."""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from billing.errors import RefusedError
from billing.exchange.sheets import process
from billing.exchange.sheets.container import inspect_workbook
from billing.exchange.sheets.options import ReadOptions
from billing.exchange.sheets.watch import Watch
from tests.support.sheets import ROOT, row, write_csv, write_xlsx

MIB = 1024 * 1024
SHEET = "xl/worksheets/sheet1.xml"


def rebuilt(path: Path, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> Path:
    """The workbook with its parts changed, and more parts added."""
    source = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return path


def in_sheet(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    return lambda name, content: content.replace(old, new, 1) if name == SHEET else content


def same(name: str, content: bytes) -> bytes:
    return content


def padded_sheet(path: Path) -> Path:
    return rebuilt(path, in_sheet(b"<sheetData>", b"<!--" + b" " * 150 * MIB + b"--><sheetData>"))


def many_zeros(path: Path) -> Path:
    return rebuilt(path, same, {"xl/media/a.bin": bytes(199 * MIB)})


def too_many_parts(path: Path) -> Path:
    return rebuilt(path, same, {f"xl/media/{number}.bin": b"x" for number in range(2100)})


def lying_header(path: Path) -> Path:
    """The directory says the sheet unpacks to 1,000 bytes."""
    rebuilt(path, in_sheet(b"<sheetData>", b" " * 90 * MIB + b"<sheetData>"))
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(bytes(content).replace(size, (1000).to_bytes(4, "little")))
    return path


def outside_entity(path: Path) -> Path:
    entity = b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><worksheet'
    return rebuilt(path, in_sheet(b"<worksheet", entity))


def billion_laughs(path: Path) -> Path:
    levels = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    return rebuilt(path, in_sheet(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a0 "ha">' + levels + b"]><worksheet"))


def macro(path: Path) -> Path:
    return rebuilt(path, same, {"xl/vbaProject.bin": b"x"})


def huge_cell(path: Path) -> Path:
    import random

    noise = random.Random(1).randbytes(25 * MIB).hex().encode()
    return rebuilt(path, in_sheet(b"A1</t>", noise + b"</t>"))


def huge_cell_in_pieces(path: Path) -> Path:
    import random

    words = random.Random(1).randbytes(12 * MIB).hex()
    runs = "".join(f"<r><t>{words[at : at + 40_000]}</t></r>" for at in range(0, len(words), 40_000)).encode()
    return rebuilt(path, in_sheet(b"<t>A1</t>", runs))


def far_away_cell(path: Path) -> Path:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return rebuilt(path, in_sheet(b"</sheetData>", far))


def far_column(path: Path) -> Path:
    far = b'<row r="9000"><c r="XFD9000"><v>1</v></c></row></sheetData>'
    return rebuilt(path, in_sheet(b"</sheetData>", far))


@pytest.mark.parametrize(
    ("make", "codes"),
    [
        (padded_sheet, {"ZIP_BOMB"}),
        (many_zeros, {"ZIP_BOMB"}),
        (too_many_parts, {"ZIP_BOMB"}),
        (lying_header, {"ZIP_BOMB", "CELL_TOO_LARGE"}),
        (outside_entity, {"XML_ENTITY"}),
        (billion_laughs, {"XML_ENTITY"}),
        (macro, {"MACROS"}),
        (huge_cell, {"CELL_TOO_LARGE"}),
        (huge_cell_in_pieces, {"CELL_TOO_LARGE"}),
        (far_away_cell, {"TOO_DEMANDING", "TOO_LARGE"}),
        (far_column, {"TOO_DEMANDING", "TOO_LARGE"}),
    ],
)
def test_workbooks(tmp_path: Path, make: Callable[[Path], Path], codes: set[str]) -> None:
    path = make(write_xlsx(tmp_path / "t.xlsx", [row(1), row(2)]))
    _refused_quickly(path, codes)


@pytest.mark.parametrize(
    "content",
    [
        b"a" * 50 * MIB,
        b'"' + b"a,\n" * 17 * MIB,
        b"\n".join([b"x,y", b"z," + b"a" * 50_000]),
        b",".join([b"x"] * 600_000),
    ],
    ids=["one line", "one quoted cell", "one long cell", "many cells"],
)
def test_text_files(tmp_path: Path, content: bytes) -> None:
    path = write_csv(tmp_path / "t.csv", [row(1)])
    path.write_bytes(path.read_bytes() + content)
    _refused_quickly(path, {"CELL_TOO_LARGE", "TOO_LARGE", "NOT_A_SHEET"})


def _refused_quickly(path: Path, codes: set[str]) -> None:
    """In a process of its own, so that memory can be told apart."""
    script = (
        "import json, resource, sys, time; from pathlib import Path\n"
        "from billing.errors import RefusedError\n"
        "from billing.exchange.sheets import process\n"
        "from billing.exchange.sheets.options import ReadOptions\n"
        "start = time.monotonic()\n"
        "try:\n    process.check_file(Path(sys.argv[1]), ReadOptions()); code = None\n"
        "except RefusedError as error:\n    code = error.code\n"
        "seconds = time.monotonic() - start\n"
        # not RUSAGE_SELF: that one still remembers the size of the process it was forked from
        "own = next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "peak = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "print(json.dumps([code, seconds, peak // 1024]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, check=True, cwd=ROOT, text=True
    )
    code, seconds, mebibytes = json.loads(done.stdout)
    assert code in codes
    assert mebibytes < 300
    assert seconds < 2 * _slowness()


def _slowness() -> float:
    """How much slower this machine is right now than the one on which the two seconds were set (at least 1)."""
    start = time.perf_counter()
    sum(number * number for number in range(1_000_000))
    return max(1.0, (time.perf_counter() - start) / 0.08) * 1.5


def test_a_formula_in_a_text_cell_stays_text_and_only_our_guard_is_taken_off(tmp_path: Path) -> None:
    rows = [row(1, trip_id="'=cmd|x"), row(2, trip_id="=cmd|x"), row(3, trip_id="'quoted"), row(4, trip_id="'-5")]
    checked = process.check_file(write_csv(tmp_path / "t.csv", rows), ReadOptions())
    assert checked.accepted.trip_id == ["=cmd|x", "'quoted", "-5"]
    assert [item.row for item in checked.duplicates] == [3]


def test_facts_of_the_raw_pass_lie_where_the_cells_are(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", [row(number, km="=1/0") for number in range(5000)])
    (facts,) = inspect_workbook(path).sheets.values()
    assert facts.no_value == {(number + 1, 5) for number in range(5000)}


@pytest.mark.parametrize(
    ("work", "seconds", "cause"),
    [("hold = bytearray(400 << 20)", 60, "memory"), ("pass", 0.2, "time"), ("raise SystemExit", 60, "")],
)
def test_a_child_beyond_its_limits_is_stopped_on_every_system(work: str, seconds: float, cause: str) -> None:
    with subprocess.Popen([sys.executable, "-c", f"import time\n{work}\ntime.sleep(60)"]) as child:
        with Watch(child, seconds=seconds, memory=200 << 20) as watch:
            child.wait(timeout=50)
        assert watch.killed_for == cause


def test_the_child_does_not_outlive_a_cancelled_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [row(number) for number in range(120_000)])

    class StopError(Exception):
        pass

    def stop(done: int, total: int, what: str) -> None:
        raise StopError

    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with pytest.raises(StopError):
        process.check_file(path, ReadOptions(), stop)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 20


def test_refusals_name_the_file_not_the_machine(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refusal:
        process.check_file(write_csv(tmp_path / "secret.csv", [], header=["a", "b"]), ReadOptions())
    assert str(tmp_path) not in refusal.value.message
