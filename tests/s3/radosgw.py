"""A real S3 server of the tests' own, from Debian's packages: Ceph's radosgw over one monitor and one OSD.

It binds 127.0.0.1 alone and keeps everything in one folder with a short name (Unix sockets). It is up in
about 16 seconds, and stopped by `down` from any process that knows the folder.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

PACKAGES = ("radosgw", "ceph-mon", "ceph-osd")
KEY, SECRET = "sojournkey", "sojournsecret"
PATIENCE = 90.0
_STARTED = ("rgw", "osd", "mon")
"""In the order they are stopped: an OSD reports its end to the monitor."""
_CONFIG = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 2
auth allow insecure global id reclaim = false
keyring = {folder}/keyring
run dir = {folder}/run
log file = {folder}/log/$name.log
admin socket = {folder}/run/$name.asok
crash dir = {folder}/crash
[mon.a]
mon data = {folder}/mon
[osd.0]
osd data = {folder}/osd
osd objectstore = bluestore
bluestore block size = 10737418240
bluestore block create = true
osd memory target = 939524096
bluestore cache autotune = false
bluestore cache size = 134217728
osd op num shards = 2
[client.rgw]
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw thread pool size = 32
rgw enable usage log = false
"""


def there() -> bool:
    return all(shutil.which(name) for name in (*PACKAGES, "radosgw-admin", "ceph-authtool", "ceph"))


def up(folder: Path) -> str:
    """Its address, once it answers."""
    port, v2, v1 = _free_ports(3)
    for name in ("mon", "osd", "rgw", "run", "log", "crash"):
        (folder / name).mkdir(parents=True)
    fsid, osd = uuid.uuid4(), uuid.uuid4()
    config = folder / "ceph.conf"
    config.write_text(_CONFIG.format(fsid=fsid, folder=folder, port=port, v1=v1, v2=v2))
    keyring, conf = str(folder / "keyring"), ("-c", str(config))
    caps = ("--cap", "mon", "allow *", "--cap", "osd", "allow *")
    _run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
    _run("ceph-authtool", keyring, "--gen-key", "-n", "client.admin", *caps, "--cap", "mgr", "allow *")
    _run("ceph-authtool", keyring, "--gen-key", "-n", "client.rgw", *caps)
    _run("ceph-authtool", keyring, "--gen-key", "-n", "osd.0", *caps)
    places = f"[v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]"
    monmap = str(folder / "monmap")
    _run("monmaptool", "--create", "--fsid", str(fsid), "--addv", "a", places, monmap)
    _run("ceph-mon", *conf, "-i", "a", "--mkfs", "--monmap", monmap, "--keyring", keyring)
    _start(folder, "mon", "ceph-mon", *conf, "-i", "a", "-f")
    _run("ceph", *conf, "--connect-timeout", "30", "osd", "new", str(osd))
    _run("ceph-osd", *conf, "-i", "0", "--mkfs", "--osd-uuid", str(osd))
    _run("ceph", *conf, "auth", "add", "osd.0", "-i", keyring)
    _start(folder, "osd", "ceph-osd", *conf, "-i", "0", "-f")
    _run("ceph", *conf, "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=localhost")
    who = ("--uid", "sojourn", "--display-name", "sojourn", "--access-key", KEY, "--secret-key", SECRET)
    _run("radosgw-admin", *conf, "-n", "client.rgw", "user", "create", *who)
    _start(folder, "rgw", "radosgw", *conf, "-n", "client.rgw", "-k", keyring, "-f")
    endpoint = f"http://127.0.0.1:{port}"
    end = time.monotonic() + PATIENCE
    while not _answers(endpoint):
        if time.monotonic() > end:
            raise RuntimeError((folder / "log" / "rgw.out").read_text())
        time.sleep(0.1)
    return endpoint


def down(folder: Path) -> None:
    """Stops what `up` started there, and removes the folder."""
    for name in _STARTED:
        path = folder / f"{name}.pid"
        if path.exists():
            _stop(int(path.read_text()))
    shutil.rmtree(folder, ignore_errors=True)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def _start(folder: Path, name: str, *command: str) -> None:
    with (folder / "log" / f"{name}.out").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    (folder / f"{name}.pid").write_text(str(process.pid))
    process.returncode = 0  # it outlives this object, which is not to complain of that


def _stop(pid: int) -> None:
    end = time.monotonic() + 15
    try:
        os.kill(pid, signal.SIGTERM)
        while time.monotonic() < end and _runs(pid):
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _answers(endpoint: str) -> bool:
    try:
        urllib.request.urlopen(endpoint, timeout=2).close()
    except urllib.error.HTTPError as answer:
        answer.close()
        return True
    except OSError:
        return False
    return True


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()
