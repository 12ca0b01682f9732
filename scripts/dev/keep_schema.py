"""Keep a workspace of the schema as released: what the next releases must be able to migrate.

python scripts/dev/keep_schema.py      writes tests/data/schema-NNNN.misbackup and .kit.txt of the newest schema

Run it on the commit of a release, once; a file that was kept is never written again. The workspace is made through the
product's own services (tests/support/kept_workspace.py). tests/integration/store/test_released_schemas.py migrates it.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
FOLDER = ROOT / "tests" / "data"


def main() -> None:
    """Make the workspace in a scratch folder and write its backup and its kit."""
    from billing.services.backup import back_up
    from billing.services.recovery import recovery_kit
    from billing.services.workspace import release_server
    from billing.store.files import write_private
    from billing.store.migrate import newest
    from tests.support.kept_workspace import fill
    from tests.support.people import made_workspace

    target = FOLDER / f"schema-{newest():04}.misbackup"
    if target.exists():
        sys.exit(f"{target.name} is kept already and stays as it is.")
    with tempfile.TemporaryDirectory(prefix="mis") as scratch:
        Path(scratch).chmod(0o711)
        home = Path(scratch) / "home"
        profile = made_workspace(home)
        fill(profile, Path(scratch))
        back_up(profile, Path(scratch) / "backup", plain=True)
        pack(Path(scratch) / "backup", target)
        write_private(target.with_suffix(".kit.txt"), recovery_kit(profile))
        release_server(home)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes")


def pack(backup: Path, target: Path) -> None:
    """The same backup, compressed: a dump's table of contents is plain text."""
    with (
        zipfile.ZipFile(backup) as whole,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as small,
    ):
        for name in whole.namelist():
            small.writestr(name, whole.read(name))


if __name__ == "__main__":
    main()
