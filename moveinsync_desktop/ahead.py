"""What a sign-in needs, begun while the window is still being built: the server and the database's libraries. No Qt.

A sign-in that follows finds them there, or waits for the rest; what fails here fails there again, and is told there.
"""

from __future__ import annotations

import threading
from pathlib import Path

from billing.errors import KnownError


def begin(home: Path, *, demo: bool, named: str) -> None:
    """Start the embedded server of the workspace that is about to be opened; `named` is its name or id, or ""."""
    threading.Thread(target=_begin, args=(home, demo, named), name="ahead", daemon=True).start()


def _begin(home: Path, demo: bool, named: str) -> None:
    from billing.services.demo_users import find_demo
    from billing.store.preload import preload
    from billing.store.profiles import find_profile

    try:
        profile = find_demo(home) if demo else find_profile(home, named or None)
        if profile is not None and profile.embedded:
            from billing.server.attached import attach

            attach(profile.home)
    except KnownError:
        pass  # said at the sign-in
    preload()
