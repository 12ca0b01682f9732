"""The data folder of a workspace: may a cluster live there, and where does its socket go.

<home>/pg/          owned by the server's user, private
<home>/pg/data/     the cluster;  pg/server.log, pg/.s.PGSQL.5432
<home>/attach.lock  held shared by every process that uses the server
<home>/start.lock   held while somebody starts or stops it
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from pathlib import Path

from billing.errors import RefusedError, UnavailableError
from billing.server.system_user import RunAs, first_unreachable, owner_name

PORT = 5432
# The kernel's limit for a socket's path, less the closing zero byte.
SOCKET_LIMIT = 103 if sys.platform == "darwin" else 107
_SOCKET_NAME = f"/.s.PGSQL.{PORT}"
_NETWORK_KINDS = frozenset(
    [
        *("nfs", "nfs3", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "davfs", "afs", "ceph", "glusterfs"),
        *("lustre", "beegfs", "ncpfs", "drvfs", "vboxsf", "prl_fs", "fuse.sshfs", "fuse.rclone", "fuse.s3fs"),
        *("fuse.gcsfuse", "fuse.davfs2", "fuse.glusterfs", "fuse.gvfsd-fuse", "fuse.vmhgfs-fuse"),
    ]
)
_SYNC_FOLDERS = frozenset(
    [
        *("dropbox", "google drive", "googledrive", "my drive", "icloud drive", "iclouddrive", "cloudstorage"),
        *("mobile documents", "nextcloud", "owncloud", "pclouddrive", "box sync", "megasync", "yandex.disk"),
    ]
)


def prepare_home(home: Path, who: RunAs) -> None:
    """Make the data folder if it is missing and check that a cluster may live there.

    Folders that this call makes, and the data folder itself, get the mode they need; nothing above is ever changed.
    Raises UnavailableError or RefusedError naming the folder that stands in the way.
    """
    refuse_unsafe_drive(home)
    mode = 0o711 if who.other else 0o700
    try:
        for folder in reversed([home, *home.parents]):
            if not folder.exists():
                folder.mkdir(exist_ok=True)
                folder.chmod(mode)
        if who.other and home.stat().st_uid == 0 and not home.stat().st_mode & stat.S_IXOTH:
            home.chmod(stat.S_IMODE(home.stat().st_mode) | stat.S_IXOTH)
    except OSError as error:
        raise UnavailableError(
            "DATA_FOLDER", f"The data folder {home} cannot be used: {error.strerror}.", where=str(home)
        ) from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise UnavailableError(
            "DATA_FOLDER", f"The data folder {home} belongs to {owner_name(home)}; nothing can be written there."
        )
    refuse_unreachable(home, who)


def refuse_unreachable(path: Path, who: RunAs) -> None:
    """Raise UnavailableError when the server's user cannot get to `path`, naming the folder that shuts it out."""
    closed = first_unreachable(path, who)
    if closed is not None:
        raise UnavailableError(
            "DATA_FOLDER_UNREACHABLE",
            f"The database runs as a system user of its own, who cannot pass the folder {closed}.",
            where=str(path),
            hint="Set MOVEINSYNC_HOME to a folder outside private ones, for example /var/lib/moveinsync-desktop.",
        )


def refuse_foreign_owner(folder: Path, who: RunAs) -> None:
    """Raise RefusedError when the cluster belongs to somebody else: PostgreSQL would not start on it either."""
    if sys.platform == "win32":
        return
    wanted = os.geteuid() if who.uid is None else who.uid
    if folder.stat().st_uid != wanted:
        raise RefusedError(
            "DATA_FOLDER_OWNER",
            f"The database in {folder} belongs to {owner_name(folder)}.",
            where=str(folder),
            hint="Start the program as that user, or set MOVEINSYNC_HOME to a folder of your own.",
        )


def refuse_unsafe_drive(home: Path) -> None:
    """Raise RefusedError for a network drive or a folder that a sync program copies behind the database's back."""
    for part in home.parts:
        if part.lower() in _SYNC_FOLDERS or part.lower().startswith("onedrive"):
            raise RefusedError(
                "SYNC_DRIVE",
                f"The data folder {home} lies in {part}, which a sync program copies; a database is damaged there.",
                where=str(home),
                hint="Set MOVEINSYNC_HOME to a folder on a local disk.",
            )
    kind = _file_system(home)
    if str(home).startswith("\\\\") or kind in _NETWORK_KINDS or "remote" in kind:
        raise RefusedError(
            "NETWORK_DRIVE",
            f"The data folder {home} lies on a network drive ({kind or 'share'}); a database is damaged there.",
            where=str(home),
            hint="Set MOVEINSYNC_HOME to a folder on a local disk, or connect to a shared PostgreSQL.",
        )


def _file_system(path: Path) -> str:
    real = os.path.realpath(path)
    mounts = _linux_mounts() if sys.platform.startswith("linux") else _other_mounts()
    inside = [(len(at), kind) for at, kind in mounts if _contains(at, real)]
    return max(inside, default=(0, ""))[1]


def _contains(mount: str, path: str) -> bool:
    # Empty for the root folder, so that "/" contains everything.
    base = mount.rstrip("/\\")
    return path == base or path.startswith((base + "/", base + "\\"))


def _linux_mounts() -> list[tuple[str, str]]:
    try:
        text = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        _, at, kind, options = line.split(" ")[:4]
        # Windows' drives inside WSL are 9p like a container's own disk; their options tell them apart.
        found.append((at.replace("\\040", " "), "drvfs" if kind == "9p" and "aname=drvfs" in options else kind))
    return found


def _other_mounts() -> list[tuple[str, str]]:
    import psutil

    return [
        (part.mountpoint, "remote" if "remote" in part.opts.split(",") else part.fstype.lower())
        for part in psutil.disk_partitions(all=True)
    ]


def socket_folder(home: Path, who: RunAs) -> Path:
    """The folder for the server's socket: `pg`, or a short private one where that path is too long for the kernel.

    Raises UnavailableError when somebody else owns the short folder already.
    """
    own = home / "pg"
    if len(os.fsencode(f"{own}{_SOCKET_NAME}")) <= SOCKET_LIMIT:
        return own
    name = "mis-" + hashlib.sha256(os.fsencode(os.path.realpath(home))).hexdigest()[:16]
    for base in _short_places(who):
        folder = base / name
        if base.is_dir() and len(os.fsencode(f"{folder}{_SOCKET_NAME}")) <= SOCKET_LIMIT:
            return _private(folder, who)
    raise UnavailableError("SOCKET_PATH", f"The path {home} is too long for a database socket.", where=str(home))


def _short_places(who: RunAs) -> list[Path]:
    if who.other:  # the system user passes these, and only root may make folders there
        return [Path("/run"), Path("/var/run")]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return [*([Path(runtime)] if runtime else []), Path(tempfile.gettempdir()), Path("/tmp")]


def _private(folder: Path, who: RunAs) -> Path:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        who.give(folder)
    entry = folder.lstat()
    wanted = os.geteuid() if who.uid is None else who.uid
    if not stat.S_ISDIR(entry.st_mode) or entry.st_uid != wanted or stat.S_IMODE(entry.st_mode) & 0o077:
        raise UnavailableError(
            "SOCKET_FOLDER",
            f"The folder {folder} for the database socket is not private to {who.uid or 'this user'}.",
            where=str(folder),
            hint="Set MOVEINSYNC_HOME to a shorter path.",
        )
    return folder


def place(path: Path, text: str, home: Path, who: RunAs) -> None:
    """Write a file of the cluster, private to the server's user, whole or not at all.

    It is made in the data folder and renamed, so that as root we never write through a link that the server's user
    could have put in our way.
    """
    handle, scratch = tempfile.mkstemp(dir=home)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        who.give(Path(scratch))
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise
