"""Bars: what a figure is held against, and whether it is met."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks.measure import Times, duration, plain, rate, ratio, three


class Bar(NamedTuple):
    """One figure beside its limit. `met` is what the run found, whatever one would like."""

    what: str
    limit: str
    figure: str
    ratio: str
    bar: str
    met: bool


def slower(what: str, limit: Times, times: Times, most: float) -> Bar:
    """At most so many times as long as the limit takes."""
    return Bar(
        what,
        duration(limit.median),
        duration(times.median),
        ratio(times, limit),
        f"≤ {three(most)}×",
        times.median <= most * limit.median,
    )


def share(what: str, limit: float, reached: float, least: float) -> Bar:
    """At least such a part of the limit's rate; both are numbers a second."""
    return Bar(
        what,
        rate(limit, 1),
        rate(reached, 1),
        f"{reached / limit:.0%}",
        f"≥ {least:.0%}",
        reached >= least * limit,
    )


def level(what: str, named: Mapping[str, Times], within: float = 0.2) -> Bar:
    """All within such a part of their mean."""
    mean = sum(times.median for times in named.values()) / len(named)
    off = {name: times.median / mean - 1 for name, times in named.items()}
    return Bar(
        what,
        f"mean {duration(mean)}",
        ", ".join(f"{name}: {part:+.0%}" for name, part in off.items()),
        f"±{max(map(abs, off.values())):.0%}",
        f"within ±{within:.0%}",
        max(map(abs, off.values())) <= within,
    )


def soon(what: str, seconds: float, most: float, *, limit: str = "") -> Bar:
    """Never longer than so many seconds; `limit` tells what else was seen beside it."""
    return Bar(
        what,
        limit,
        duration(seconds),
        f"{three(seconds / most)}×",
        f"≤ {duration(most)}",
        seconds <= most,
    )


def over(what: str, limit: float, reached: float, most: float, unit: str = "") -> Bar:
    """At most so many times the limit; both are numbers of the same unit."""
    return Bar(
        what,
        f"{three(limit)}{unit}",
        f"{three(reached)}{unit}",
        f"{three(reached / limit)}×",
        f"≤ {three(most)}×",
        reached <= most * limit,
    )


def exact(what: str, wanted: int, kept: int, faults: Sequence[str]) -> Bar:
    """All of them, and nothing else seen."""
    figure = f"{kept} of {wanted}" + (f"; {', '.join(faults)}" if faults else "")
    whole = kept == wanted and not faults
    return Bar(what, f"{wanted}", figure, f"{kept / wanted:.0%}", "all, no error", whole)


def held(bars: Sequence[Bar]) -> str:
    """The bars as a Markdown table, counted."""
    heads = ["", "limit", "sojourn", "ratio", "bar", "met"]
    rows = [[b.what, b.limit, b.figure, b.ratio, b.bar, "yes" if b.met else "**no**"] for b in bars]
    return f"{sum(bar.met for bar in bars)} of {len(bars)} are met.\n\n{plain(heads, rows)}"
