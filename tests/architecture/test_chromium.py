"""The browser of the tests: found, quiet, and never missing in silence."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
ONE = f"{Path(__file__).relative_to(ROOT)}::test_it_runs_and_reaches_this_machine_only"


@pytest.mark.browser
def test_it_runs_and_reaches_this_machine_only(browser: "Browser") -> None:
    from playwright.sync_api import Error

    page = browser.new_page()
    page.set_content("<p>Tides</p>")
    assert page.inner_text("p") == "Tides"
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://elsewhere.example/")
    page.close()


def outcome(folder: Path, **environment: str) -> str:
    """The last line of a run of that test, in an environment with nothing on PATH."""
    kept = {name: os.environ[name] for name in ("HOME", "PYTHONPATH", "TMPDIR") if name in os.environ}
    answer = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-rs",
            "-q",
            "-pno:cacheprovider",
            f"--basetemp={folder / 'base'}",
            ONE,
        ],
        cwd=ROOT,
        env={**kept, "PATH": str(folder), **environment},
        capture_output=True,
        text=True,
    )
    return answer.stdout


def test_without_one_the_test_is_skipped_with_one_reason(tmp_path: Path) -> None:
    text = outcome(tmp_path)
    assert "1 skipped" in text
    assert "There is no Chromium here: install one, or name it in SOJOURN_CHROMIUM." in text


def test_without_one_ci_fails(tmp_path: Path) -> None:
    assert "1 error" in outcome(tmp_path, CI="true")


def test_a_wrong_name_is_an_error(tmp_path: Path) -> None:
    assert "1 error" in outcome(tmp_path, SOJOURN_CHROMIUM=str(tmp_path / "nowhere"))
