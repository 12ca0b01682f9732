"""How large an incoming file may be (SECURITY.md (b) 20): beyond these it is refused, not tried."""

from __future__ import annotations

import zipfile
from pathlib import Path

MIB = 1024 * 1024

MAX_PACKED = 50 * MIB  # a workbook as it lies on disk
MAX_UNPACKED = 200 * MIB  # all its parts unpacked
MAX_RATIO = 100  # unpacked to packed; only judged above RATIO_FLOOR, below it nothing can hurt
RATIO_FLOOR = 2 * MIB
MAX_PARTS = 2_000
MAX_TEXT_FILE = 600 * MIB
MAX_CELL = 32_767  # characters: the limit of a spreadsheet cell
MAX_CELL_BYTES = 6 * MAX_CELL  # the same written with XML entities
MAX_LINE = MIB  # characters of one line of a csv file
MAX_COLUMNS = 1_000
MAX_SHEETS = 200
MAX_RECORD_LINES = 200  # lines one quoted csv record may span
BLOCK_ROWS = 20_000
KEEP_ROWS = 150_000  # sheets of no more rows are held in memory while they are read
HEADER_ROWS = 60  # the header is looked for in this many first rows

# The child process that parses: memory beyond what Python itself needs, and seconds.
BASE_MEMORY = 250 * MIB
OWN_MEMORY = 120 * MIB  # what Python and its libraries take before a file is open
MEMORY_PER_BYTE = 9  # of unpacked content
MAX_MEMORY = 1_400 * MIB
BASE_SECONDS = 20.0
SECONDS_PER_MIB = 2.0


def memory_for(path: Path) -> int:
    """Bytes that reading this file may take, in proportion to its content: a small file may not ask for much."""
    return min(BASE_MEMORY + MEMORY_PER_BYTE * _content_size(path), MAX_MEMORY)


def _content_size(path: Path) -> int:
    """Bytes of content as the file declares them; a lying declaration is found by the raw pass."""
    try:
        size = path.stat().st_size
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return min(sum(entry.file_size for entry in archive.infolist()), MAX_UNPACKED)
        return size
    except (OSError, zipfile.BadZipFile, ValueError):
        return 0
