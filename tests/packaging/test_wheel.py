"""The wheel in an empty environment, without Node: it serves the page and every asset that it names."""

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Nothing of the developer's: no Node on PATH, no settings."""
    folder = tmp_path_factory.mktemp("bin")
    for name in ("sh", "env", "git"):
        if (found := shutil.which(name)) is not None:
            (folder / name).symlink_to(found)
    kept = {"HOME", "TMPDIR", "LANG", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}
    passed = {n: v for n, v in os.environ.items() if n in kept or n.startswith(("UV_", "PIP_"))}
    return {**passed, "PATH": str(folder)}


@pytest.fixture(scope="module")
def installed(uv: str, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the wheel and its server extra, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")

    def run(*command: str) -> None:
        done = subprocess.run([uv, *command], check=False, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr

    run("build", "--wheel", "--quiet", "--out-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    run("venv", "--quiet", "--python", sys.executable, str(folder / "env"))
    python = str(folder / "env" / "bin" / "python")
    constraints = str(ROOT / "constraints.txt")
    run(
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        "-c",
        constraints,
        f"sojourn[server,ingest] @ {wheel.as_uri()}",
    )
    return folder / "env" / "bin"


def test_the_wheel_serves_the_page_and_all_it_names(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    command = [installed / "sojourn", "serve", "--data", tmp_path / "data", "--port", "0"]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, cwd=tmp_path
    )
    try:
        assert server.stdout is not None
        address = re.search(r"http://[\d.]+:\d+", server.stdout.readline())
        assert address is not None
        page = urllib.request.urlopen(address[0] + "/", timeout=30).read().decode()
        assets = re.findall(r'(?:src|href)="(/[^"]+)"', page)
        assert len(assets) >= 2
        for asset in assets:
            with urllib.request.urlopen(address[0] + asset, timeout=30) as answer:
                assert answer.status == 200
                assert len(answer.read()) > 100
    finally:
        server.terminate()
        server.wait(30)
        assert server.stdout is not None
        server.stdout.close()


def test_the_base_install_answers_in_one_sentence(
    uv: str, environment: dict[str, str], installed: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    (wheel,) = installed.parents[1].glob("*.whl")
    subprocess.run(
        [uv, "venv", "--quiet", "--python", sys.executable, str(bare)], check=True, env=environment
    )
    python = str(bare / "bin" / "python")
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", python, str(wheel)], check=True, env=environment
    )
    done = subprocess.run(
        [bare / "bin" / "sojourn", "serve"], check=False, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "[server]" in done.stderr
    script = (
        "from sojourn import Sojourn; s = Sojourn.open('memory://'); print(s.user('a').sessions.create().id)"
    )
    done = subprocess.run([python, "-c", script], check=True, capture_output=True, text=True, env=environment)
    assert done.stdout.startswith("ses_")
