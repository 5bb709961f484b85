"""What every test may ask for: an event loop's name, a Chromium, and an S3 server."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

UNDER_CI = bool(os.environ.get("CI"))
IS_ROOT = getattr(os, "geteuid", lambda: 1)() == 0

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_S3 = "There is no S3 server here: install Debian's radosgw, ceph-mon and ceph-osd."
S3_FOLDER = "SOJOURN_TEST_S3_FOLDER"
NO_CHROMIUM = "There is no Chromium here: install one, or name it in SOJOURN_CHROMIUM."

QUIET = (
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
"""A Chromium that speaks to this machine only, whatever the page or the browser itself would like."""

# A slow machine is no failure, and CI finds the same thing twice.
hypothesis.settings.register_profile("sojourn", deadline=None, derandomize=UNDER_CI)
hypothesis.settings.load_profile("sojourn")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The whole suite takes every core, up to eight; tests that were named run right here."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return 0
    return min(os.cpu_count() or 1, 8)


def pytest_configure(config: pytest.Config) -> None:
    """Where the workers of one run share an S3 server. Its name is short: Unix sockets lie in it."""
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ[S3_FOLDER] = str(Path(tempfile.gettempdir(), f"s3-{secrets.token_hex(6)}"))


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = Path(os.environ[S3_FOLDER])
    if folder.exists() and not os.environ.get("PYTEST_XDIST_WORKER"):
        from tests.s3 import radosgw

        radosgw.down(folder)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def find_chromium() -> str | None:
    """The one that SOJOURN_CHROMIUM names, else the first on PATH."""
    named = os.environ.get("SOJOURN_CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise FileNotFoundError(f"SOJOURN_CHROMIUM names {named}, which cannot be run.")
        return found
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def install_chromium(lock: Path) -> None:
    """Debian's own package. Two workers that need it at once install it once."""
    import fcntl

    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if find_chromium() is None:
            install("chromium")


def install(*packages: str) -> None:
    """Debian's own packages; one worker at a time, whatever each of them needs."""
    import fcntl

    apt = ["apt-get", "--quiet", "--yes"]
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with (Path(tempfile.gettempdir()) / "sojourn-tests-install.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        subprocess.run([*apt, "update"], check=True, env=quiet)
        subprocess.run([*apt, "install", "--no-install-recommends", *packages], check=True, env=quiet)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Path of a Chromium. Without one: a skip with one reason; under CI, where it must run, an error."""
    if find_chromium() is None and UNDER_CI and IS_ROOT and shutil.which("apt-get"):
        base = tmp_path_factory.getbasetemp()
        shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
        install_chromium(shared / "chromium.lock")
    found = find_chromium()
    if found is None and UNDER_CI:
        raise FileNotFoundError(NO_CHROMIUM)
    if found is None:
        pytest.skip(NO_CHROMIUM)
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> "Iterator[Browser]":
    """One browser for one file: Playwright's event loop must end before the next file's begins."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Chromium's sandbox refuses root.
        launched = playwright.chromium.launch(
            executable_path=chromium, chromium_sandbox=not IS_ROOT, args=list(QUIET)
        )
        try:
            yield launched
        finally:
            launched.close()


@pytest.fixture(scope="session")
def s3_endpoint() -> str:
    """Where a real S3 server answers: the one that SOJOURN_TEST_S3 names, else one that all workers of
    this run share. Without one: a skip with one reason; under CI, where it must run, an error.
    """
    import fcntl

    from tests.s3 import radosgw

    named = os.environ.get("SOJOURN_TEST_S3")
    if named:
        return named
    folder = Path(os.environ[S3_FOLDER])
    folder.mkdir(exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = folder / "endpoint"
        if told.exists():
            return told.read_text()
        if not radosgw.there() and UNDER_CI and IS_ROOT and shutil.which("apt-get"):
            install(*radosgw.PACKAGES)
        if not radosgw.there():
            if UNDER_CI:
                raise FileNotFoundError(NO_S3)
            pytest.skip(NO_S3)
        endpoint = radosgw.up(folder)
        told.write_text(endpoint)
        return endpoint


@pytest.fixture(scope="session")
def kernel_faults() -> None:
    """Calls of a process can be made to fail. Where the kernel has no seccomp listeners: a skip."""
    from tests.faults import kernel

    if not kernel.available():
        pytest.skip("This kernel does not let one process decide about another's calls.")


@pytest.fixture(scope="session")
def small_disk() -> list[str]:
    """What a command is begun with so that it may mount a small disk for itself. Not allowed to: a skip.

    The disk goes with the command; nobody else sees it.
    """
    for command in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        found = shutil.which(command[0])
        tried = [*command, "mount", "-t", "tmpfs", "-o", "size=1m", "none", "/tmp"]
        if found and subprocess.run(tried, check=False, capture_output=True).returncode == 0:
            return command
    pytest.skip("Nothing may be mounted here, so there is no small disk to fill.")


@pytest.fixture(scope="session")
def uv() -> str:
    """The uv that runs this, else the one on PATH. Without one: a skip; under CI an error."""
    found = os.environ.get("UV") or shutil.which("uv")
    if found is None and UNDER_CI:
        raise FileNotFoundError("There is no uv here.")
    if found is None:
        pytest.skip("There is no uv here to build a wheel with.")
    return found
