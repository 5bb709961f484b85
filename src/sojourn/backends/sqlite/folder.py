"""The data folder: made for its owner alone, and refused where a store cannot be kept."""

import logging
import os
import re
import stat
from pathlib import Path

from sojourn.backends import folders
from sojourn.errors import BackendError

log = logging.getLogger("sojourn")

_MOUNTS = Path("/proc/self/mounts")
_NETWORK = {
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
    "fuse.sshfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb2", "smb3",
    "smbfs", "virtiofs",
}  # fmt: skip
_ESCAPED = re.compile(r"\\([0-7]{3})")


def prepare(folder: Path, *, network: bool) -> None:
    """Makes the folder where it is missing, and looks whether a store can be kept in it.

    Raises `BackendError` when it cannot be written, or lies on a network file system and `network` is
    False. Others who may change it, or own it, are warned of.
    """
    with folders.told(f"The data folder {folder} cannot be written"):
        folders.make(folder)
        _own(folder)
    if not network and (kind := file_system(folder.resolve(), _mounts())) in _NETWORK:
        raise BackendError(
            f"The data folder {folder} lies on a network file system ({kind}), where SQLite's locks are not"
            " safe. Use a local disk; or set network_folder, and open it in one process at a time."
        )


def _own(folder: Path) -> None:
    """What stands in the folder must be files, and nobody else's to change."""
    for name in ("sojourn.db", "keys.bin"):
        path = folder / name
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise BackendError(f"{path} is not a plain file: a data folder is linked to as a whole.")
    if not hasattr(os, "geteuid"):
        return
    about = folder.stat()
    if about.st_uid != os.geteuid():
        log.warning("The data folder %s belongs to another user, who can read and change it.", folder)
    elif about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        log.warning("The data folder %s may be changed by other users: chmod 700 it.", folder)


def _mounts() -> str:
    try:
        return _MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""  # not Linux


def file_system(path: Path, mounts: str) -> str | None:
    """The kind of file system a resolved path lies on, by the text of `/proc/mounts`; None if unknown."""
    found: tuple[int, str] | None = None
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        place = Path(_ESCAPED.sub(lambda code: chr(int(code[1], 8)), fields[1]))
        if path.is_relative_to(place) and (found is None or len(place.parts) >= found[0]):
            found = len(place.parts), fields[2]  # of two at one place the later hides the earlier
    return found[1] if found else None
