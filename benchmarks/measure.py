"""Times by turns, and the page that shows them.

What is compared is run alternately, a call of each, so that a slow minute of the
machine falls on all alike. Ratios are of medians from the same rounds.
"""

import gc
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import quantiles
from time import perf_counter_ns
from typing import NamedTuple, TypeVar

import apsw

Name = TypeVar("Name")

TEXT = "It rose twice a day. " * 10
"""A message, as all figures take it."""

FIGURES = Path(__file__).resolve().parent.parent / "docs" / "figures"


BY_TURNS = "Times are median (10th–90th percentile), taken by turns."


class Times(NamedTuple):
    """Seconds a call."""

    median: float
    p10: float
    p90: float
    rounds: int

    def __str__(self) -> str:
        return f"{duration(self.median)} ({duration(self.p10)}–{duration(self.p90)})"


class Row(NamedTuple):
    """One line of a table: what was done, and the times of each who did it."""

    what: str
    times: Mapping[str, Times]


def by_turns(
    named: Mapping[Name, Callable[[], object]], *, rounds: int, calls: int = 1, warm: int = 3
) -> dict[Name, Times]:
    """The times of each callable: `rounds` rounds, in each `calls` calls of every one.

    Who begins changes from round to round. The first `warm` rounds are not counted.
    """
    if rounds < 2 or calls < 1:
        raise ValueError("at least two rounds of one call are needed")
    names = list(named)
    taken: dict[Name, list[float]] = {name: [] for name in names}
    gc.collect()
    for turn in range(warm + rounds):
        begin = turn % len(names)
        for name in names[begin:] + names[:begin]:
            call = named[name]
            before = perf_counter_ns()
            for _ in range(calls):
                call()
            seconds = (perf_counter_ns() - before) / calls / 1e9
            if turn >= warm:
                taken[name].append(seconds)
    return {name: summary(seconds) for name, seconds in taken.items()}


def summary(seconds: Sequence[float]) -> Times:
    """Median, 10th and 90th percentile of at least two values."""
    tenths = quantiles(seconds, n=10, method="inclusive")
    return Times(median=tenths[4], p10=tenths[0], p90=tenths[8], rounds=len(seconds))


def duration(seconds: float) -> str:
    """Three digits with a unit: 850 ns, 4.21 µs, 12.0 ms, 1.30 s."""
    for unit, size in (("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3)):
        if seconds < 999.5 * size:
            return f"{three(seconds / size)} {unit}"
    return f"{three(seconds)} s"


def ratio(times: Times, limit: Times) -> str:
    """How many times as long as the limit takes."""
    return f"{three(times.median / limit.median)}×"


def rate(number: float, seconds: float) -> str:
    """So many a second: 850 /s, 12.3 k/s."""
    a_second = number / seconds
    return f"{three(a_second)} /s" if a_second < 1000 else f"{three(a_second / 1000)} k/s"


def environment(folder: Path) -> str:
    """What the figures were taken on: versions, processor, kind of file system; no names and no paths."""
    parts = [
        f"{platform.python_implementation()} {platform.python_version()}",
        f"SQLite {apsw.sqlite_lib_version()} (apsw {apsw.apsw_version()})",
        f"{platform.system()} {platform.release().split('-')[0]}",
        f"{_processor()}, {_cores()} cores",
        f"files on {_file_system(folder)}",
    ]
    try:
        parts.insert(0, f"sojourn {version('sojourn')}")
    except PackageNotFoundError:
        parts.insert(0, "sojourn from its source")
    return " · ".join(parts)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the run's files, gone at its end; `TMPDIR` says on which disk."""
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
        yield Path(folder)


@contextmanager
def memory() -> Iterator[Path]:
    """The same on a memory file system where there is one, else on the disk."""
    place = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="sojourn-bench-", dir=place if place.is_dir() else None
    ) as folder:
        yield Path(folder)


def table(rows: Sequence[Row], *, limit: str) -> str:
    """A Markdown table: the limit's times, then of every other its times and its ratio to the limit."""
    others = [name for name in rows[0].times if name != limit]
    heads = ["", limit, *(head for name in others for head in (name, f"{name} / {limit}"))]
    lines = [_line(heads), _line(["---", *["---:"] * (len(heads) - 1)])]
    for row in rows:
        cells = [row.what, str(row.times[limit])]
        for name in others:
            cells += [str(row.times[name]), ratio(row.times[name], row.times[limit])]
        lines.append(_line(cells))
    return "\n".join(lines)


def plain(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table of words: the first column to the left, the others to the right."""
    lines = [_line(heads), _line(["---", *["---:"] * (len(heads) - 1)])]
    return "\n".join([*lines, *map(_line, rows)])


def write(
    name: str,
    title: str,
    sections: Mapping[str, str],
    *,
    folder: Path,
    note: str,
    given: Mapping[str, float] | None = None,
) -> Path:
    """Writes `docs/figures/NAME.md`: sections by heading, then what it was measured on in `folder`.

    `given` is what the figure was asked for, so that the page names the command that makes it again.
    """
    command = " ".join(["python -m benchmarks", name, *(f"{k}={v:g}" for k, v in (given or {}).items())])
    blocks = [f"# {title}", note, *(f"## {heading}\n\n{text}" for heading, text in sections.items())]
    blocks.append(f"Made by `{command}` on {environment(folder)}.")
    FIGURES.mkdir(parents=True, exist_ok=True)
    page = FIGURES / f"{name}.md"
    page.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return page


def three(number: float) -> str:
    """Three digits."""
    return f"{number:.2f}" if number < 9.995 else f"{number:.1f}" if number < 99.95 else f"{number:.0f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    if about.exists():
        for line in about.read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _file_system(folder: Path) -> str:
    """Its kind, such as ext4 or tmpfs: that of the longest mount point above the folder."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "an unknown file system"
    above = {str(folder.resolve()), *map(str, folder.resolve().parents)}
    found = [line.split() for line in mounts.read_text("utf-8", "replace").splitlines()]
    kinds = [(len(fields[1]), at, fields[2]) for at, fields in enumerate(found) if fields[1] in above]
    return max(kinds)[2] if kinds else "an unknown file system"
