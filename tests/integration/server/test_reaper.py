"""A test run that is killed leaves no server and no folder; one that hangs is ended with every thread's stack."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.support.processes import ROOT

_KILLED = """
import os, signal
from pathlib import Path
from tests.support.pg import throwaway_cluster
with throwaway_cluster() as cluster:
    pid = Path(cluster.address.host, "data", "postmaster.pid").read_text().split()[0]
    print(pid, Path(cluster.address.host).parent, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
_HANGS = """
import threading

def test_hangs():
    threading.Event().wait()
"""


def _wait_until_gone(folder: Path, pid: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and (folder.exists() or psutil.pid_exists(pid)):
        time.sleep(0.02)
    assert not folder.exists()
    assert not psutil.pid_exists(pid)


def test_a_killed_run_leaves_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", _KILLED], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    pid, folder = done.stdout.split()
    _wait_until_gone(Path(folder), int(pid))


def test_a_hanging_test_ends_the_run_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(_HANGS)
    settings = (f"--rootdir={ROOT}", f"-c{ROOT}/pyproject.toml", "-ofaulthandler_timeout=1", "-pno:cacheprovider")
    words = [sys.executable, "-m", "pytest", str(tmp_path), *settings]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Timeout" in done.stderr
    assert 'test_it.py", line 5 in test_hangs' in done.stderr
