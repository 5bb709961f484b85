"""Where a store lies: its owner's alone whatever the umask, no link in it, and on no network."""

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sojourn import Settings, Sojourn
from sojourn.backends.sqlite.folder import file_system, prepare
from sojourn.errors import BackendError
from sojourn.models import Chunk, Place

SETTINGS = Settings(durability="process")
MOUNTS = r"""
proc /proc proc rw,nosuid 0 0
/dev/sda1 / ext4 rw,relatime 0 0
tmpfs /dev/shm tmpfs rw 0 0
overlay /var/lib/docker/overlay2/x/merged overlay rw,lowerdir=/a:/b 0 0
filer:/export /srv/shared nfs4 rw,vers=4.2,addr=192.0.2.7 0 0
filer:/old /srv/old nfs rw 0 0
//nas/data /srv/with\040blank cifs rw,username=x 0 0
tag /srv/host 9p rw,trans=virtio 0 0
host:/x /srv/far fuse.sshfs rw 0 0
/dev/sdb1 /srv/shared/local xfs rw 0 0
filer:/export /srv/twice nfs rw 0 0
/dev/sdc1 /srv/twice ext4 rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/srv/data", "ext4"),
        ("/dev/shm/sojourn", "tmpfs"),
        ("/srv/shared", "nfs4"),
        ("/srv/shared/app/data", "nfs4"),
        ("/srv/sharedish/data", "ext4"),
        ("/srv/shared/local/data", "xfs"),
        ("/srv/old/data", "nfs"),
        ("/srv/with blank/data", "cifs"),
        ("/srv/host/data", "9p"),
        ("/srv/far/data", "fuse.sshfs"),
        ("/srv/twice/data", "ext4"),
        ("/var/lib/docker/overlay2/x/merged/data", "overlay"),
    ],
)
def test_the_kind_of_a_file_system_is_read_from_the_mounts(path: str, kind: str) -> None:
    assert file_system(Path(path), MOUNTS) == kind
    assert file_system(Path(path), "") is None


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"])
def test_a_network_file_system_is_refused_unless_it_is_asked_for(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nfar:/x {tmp_path} {kind} rw 0 0\n")
    monkeypatch.setattr("sojourn.backends.sqlite.folder._MOUNTS", mounts)
    with (
        Sojourn.open(f"sqlite:///{tmp_path / 'data'}", settings=SETTINGS) as store,
        pytest.raises(BackendError, match=rf"network file system \({kind}\)"),
    ):
        store.user("ada").sessions.create()
    asked = Settings(durability="process", network_folder=True)
    with Sojourn.open(f"sqlite:///{tmp_path / 'data'}", settings=asked) as store:
        assert store.user("ada").sessions.create().title == ""


@pytest.mark.parametrize("where", ["/dev/shm", "/tmp"])
def test_memory_disks_and_overlays_are_no_network(where: str) -> None:
    place = Path(where)
    if place.is_dir() and Path("/proc/self/mounts").exists():
        assert file_system(place.resolve(), Path("/proc/self/mounts").read_text()) != "nfs"
        prepare(place, network=False)


def modes(folder: Path) -> dict[str, int]:
    return {str(path): stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}


def test_whatever_the_umask_files_and_folders_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "above" / "data"
    before = os.umask(0)
    try:
        with Sojourn.open(f"sqlite:///{folder}", settings=SETTINGS) as store:
            session = store.user("ada").sessions.create()
            session.files.add("notes.txt", b"Neap tides.")
            index = store._engine.indexes.session_for_writing(session.id)
            index.put("fil_x", "notes.txt", [Chunk(0, "Neap tides.", Place())])
            with store._engine.indexes.build("handbook") as draft:
                draft.put("one", "one.txt", [Chunk(0, "Ebb.", Place())])
            store.user("ada").sessions.create().erase()
            found = modes(tmp_path / "above")
    finally:
        os.umask(before)
    assert len(found) > 12
    for path, mode in found.items():
        assert mode == (0o700 if Path(path).is_dir() else 0o600), path


def test_a_folder_that_is_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with Sojourn.open(f"sqlite:///{tmp_path / 'link'}", settings=SETTINGS) as store:
        session = store.user("ada").sessions.create()
        session.files.add("notes.txt", b"Neap tides.")
        with Sojourn.open(f"sqlite:///{tmp_path / 'real'}", settings=SETTINGS) as other:
            assert other.user("ada").sessions.get(session.id).files.list().items


@pytest.mark.parametrize("name", ["sojourn.db", "keys.bin"])
@pytest.mark.parametrize("stands", [True, False])
def test_a_link_inside_the_folder_is_refused(name: str, stands: bool, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    if stands:
        target.write_bytes(b"")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).symlink_to(target)
    with (
        Sojourn.open(f"sqlite:///{tmp_path / 'data'}", settings=SETTINGS) as store,
        pytest.raises(BackendError, match="not a plain file"),
    ):
        store.user("ada").sessions.create()
    assert target.exists() is stands
    assert not stands or target.read_bytes() == b""


def test_a_file_in_the_folders_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")
    with (
        Sojourn.open(f"sqlite:///{tmp_path / 'data'}", settings=SETTINGS) as store,
        pytest.raises(BackendError, match="cannot be written: File exists"),
    ):
        store.user("ada").sessions.create()
    assert (tmp_path / "data").read_text() == "mine"


def test_a_folder_that_others_may_change_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o777)
    with caplog.at_level(logging.WARNING, "sojourn"):
        prepare(folder, network=False)
        assert "may be changed by other users" in caplog.text
        caplog.clear()
        folder.chmod(0o755)
        prepare(folder, network=False)
    assert caplog.text == ""


def test_a_folder_of_another_user_is_warned_of(tmp_path: Path) -> None:
    """As root the folder is given away; as anybody else root's own is looked at."""
    mine = tmp_path / "data"
    mine.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(mine, 12345, -1)
    looked = mine if os.geteuid() == 0 else Path("/tmp")
    script = (
        "import sys; from pathlib import Path; from sojourn.backends.sqlite.folder import prepare\n"
        "prepare(Path(sys.argv[1]), network=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(looked)], capture_output=True, text=True)
    assert done.returncode == 0
    assert "belongs to another user" in done.stderr
