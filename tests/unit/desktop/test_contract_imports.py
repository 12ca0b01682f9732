"""Opening the contract screens waits for no engine: numpy and the database driver come with the first worker."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "pandas", "sqlalchemy", "psycopg2", "openpyxl", "pyqtgraph")
CODE = """
import sys
import moveinsync_desktop.views.contracts, moveinsync_desktop.views.calculator
print([name for name in {heavy!r} if name in sys.modules])
"""


def test_the_screens_load_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(heavy=HEAVY)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
