#!/usr/bin/env python3
"""Start MoveInSync Desktop from a checkout: one command on Linux, macOS and Windows.

    python3 start.py             the window (on a fresh machine: on the demo company)
    python3 start.py test        every test
    python3 start.py check       lint, types and import contracts
    python3 start.py ARGS...     the `moveinsync` command with these arguments

Uses the standard library only. The first call makes `.venv` from requirements.lock; later calls start at once.
On Debian, as root, missing system packages are installed; otherwise the one line that installs them is printed.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "moveinsync-stamp"
LIBRARIES = {
    # Shared library -> Debian package. What an offscreen Qt program needs (tests, PDF) ...
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    # ... and what a window on X11 needs besides.
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-shape.so.0": "libxcb-shape0",
}
NICE_TO_HAVE = {"/usr/share/fonts/truetype/lohit-devanagari": "fonts-lohit-deva"}


def say(message: str) -> None:
    """Print progress to standard error; standard output belongs to the command that is run."""
    print(message, file=sys.stderr, flush=True)


def die(message: str) -> None:
    """End with a plain sentence instead of a traceback."""
    say(message)
    raise SystemExit(1)


def is_debian() -> bool:
    """True where packages come from apt."""
    return sys.platform.startswith("linux") and shutil.which("apt-get") is not None


def apt_install(packages: list[str], why: str) -> bool:
    """Install Debian packages as root; otherwise print the line that does. True when they are installed now."""
    line = "apt-get update && apt-get install -y --no-install-recommends " + " ".join(packages)
    if not is_debian():
        say(f"{why}: install what your system calls {', '.join(packages)}.")
        return False
    if os.geteuid() != 0:
        say(f"{why}. Run this once, then start again:\n    sudo sh -c '{line}'")
        return False
    say(f"{why}: installing {' '.join(packages)} ...")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["sh", "-c", line], env=env, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        say(f"That did not work (apt-get ended with {done.returncode}). By hand:\n    {line}")
    return done.returncode == 0


def loads(library: str) -> bool:
    """True when the system's loader finds the shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def ensure_qt_libraries(*, for_display: bool) -> None:
    """On Linux, look for the libraries that Qt needs and install or name the missing ones."""
    if not sys.platform.startswith("linux"):
        return
    missing = [package for library, package in LIBRARIES.items() if not loads(library)]
    if for_display and is_debian() and os.geteuid() == 0:
        missing += [package for path, package in NICE_TO_HAVE.items() if not Path(path).exists()]
        if not shutil.which("Xvfb"):
            missing += ["xvfb", "xauth"]
    if missing and not apt_install(missing, "The window needs system libraries that are not here"):
        raise SystemExit(1)


def ensure_display() -> None:
    """The window needs a screen; say so in plain words where there is none."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        die(
            "There is no display here, so no window can open.\n"
            "  On a desktop: start this from a terminal of the desktop session.\n"
            "  Without a screen: xvfb-run -a python3 start.py\n"
            "  Everything but the window: python3 start.py --help"
        )


def venv_python() -> Path:
    """The interpreter of the virtual environment."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stamp_value() -> str:
    """Changes when the lock file, the metadata, the interpreter or the folder changes."""
    text = LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + sys.version.encode() + str(ROOT).encode()
    return hashlib.sha256(text).hexdigest()


def is_our_venv() -> bool:
    """True when `.venv` works and was made by this version of Python (a copied or older one is made anew)."""
    if not venv_python().exists():
        return False
    asked = [str(venv_python()), "-c", "import sys, pip; print(sys.version)"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout.strip() == sys.version


def make_venv() -> None:
    """Create `.venv` unless this interpreter's is there; Debian ships the needed module in a package of its own."""
    if is_our_venv():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not apt_install([package], "Python's venv module is missing"):
            raise SystemExit(1) from None
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def ensure_environment() -> None:
    """Make or renew `.venv` from the lock file; nothing happens when it is up to date."""
    wanted = stamp_value()
    if venv_python().exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    say("First use: making .venv and installing what requirements.lock names (about half a minute) ...")
    try:
        make_venv()
        pip = [str(venv_python()), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=True)
        subprocess.run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], check=True)
    except subprocess.CalledProcessError as error:
        die(f"Setting up .venv failed (exit {error.returncode}). The lines above say why; mend that and start again.")
    STAMP.write_text(wanted)
    say("Done.")


def run(*command: str, env: dict[str, str] | None = None) -> int:
    """Run a module of the virtual environment in the caller's folder and give its exit status."""
    full = [str(venv_python()), "-m", *command]
    settings = {**os.environ, **(env or {})}
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(full[0], full, settings)
    return subprocess.call(full, env=settings)


def check() -> int:
    """Lint, format, types, import contracts and house rules: all are run, any failure counts."""
    os.chdir(ROOT)
    python, lint_imports = str(venv_python()), str(venv_python().with_name("lint-imports"))
    failed = 0
    for command in (
        [python, "-m", "ruff", "check", "."],
        [python, "-m", "ruff", "format", "--check", "."],
        [python, "-m", "mypy"],
        [lint_imports, "--no-cache"],
        [python, "scripts/dev/house_rules.py"],
    ):
        say(f"--- {' '.join(Path(word).name for word in command if word != '-m')}")
        failed |= subprocess.call(command)
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    """Prepare what the wanted action needs, then run it."""
    if sys.version_info < (3, 11):  # noqa: UP036 - any Python may be asked to start this
        die(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    ensure_environment()
    if arguments[:1] == ["check"]:
        return check()
    if arguments[:1] == ["test"]:
        ensure_qt_libraries(for_display=False)
        os.chdir(ROOT)
        return run("pytest", *(arguments[1:] or ["tests/"]), env={"QT_QPA_PLATFORM": "offscreen"})
    if not arguments or arguments[0] in {"--demo", "--profile"}:
        ensure_qt_libraries(for_display=True)
        ensure_display()
    return run("moveinsync_desktop", *arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
