"""What a session costs a request, and what two requests at once lose: sojourn and its peers, in one run."""

import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks import bars
from benchmarks.apart import environment
from benchmarks.bars import Bar
from benchmarks.child import Child, Failed
from benchmarks.measure import duration, plain, scratch, three, write
from benchmarks.served import WORKER, cookie, redis, served, wrk

REQUIREMENTS = (
    "flask==3.1.3",
    "flask-session[cachelib,sqlalchemy,redis]==0.8.0",
    "flask-sqlalchemy==3.1.1",
    "starlette==1.10.0",
    "itsdangerous==2.2.0",
    "starsessions==2.2.1",
    "redis==8.1.0",
    "django==5.2.19",
    "uvicorn==0.54.0",
)
QUICK = {"rounds": 15, "seconds": 1.0, "times": 10}
CLIENTS = 8
CALLS = 10
PATIENCE = 6.0
"""Seconds that the rounds of one path may take."""
SIZES = {"1 KB": (10, 100), "50 KB": (50, 1000)}
PATHS = ("/untouched", "/read", "/write")
NONE = "–"


class Peer(NamedTuple):
    name: str
    site: str
    ours: bool = False

    @property
    def framework(self) -> str:
        return self.site.partition("s:")[0]


PEERS = (
    Peer("sojourn in Flask, process", "flasks:sojourn_process", ours=True),
    Peer("sojourn in Flask, power", "flasks:sojourn_power", ours=True),
    Peer("Flask's cookie", "flasks:cookie"),
    Peer("Flask-Session, files", "flasks:files"),
    Peer("Flask-Session, SQLite", "flasks:sqlite"),
    Peer("Flask-Session, Redis", "flasks:redis"),
    Peer("Django, db", "djangos:db"),
    Peer("sojourn in Starlette, process", "starlettes:sojourn_process", ours=True),
    Peer("sojourn in Starlette, power", "starlettes:sojourn_power", ours=True),
    Peer("Starlette's cookie", "starlettes:cookie"),
    Peer("starsessions, memory", "starlettes:memory"),
    Peer("starsessions, Redis", "starlettes:redis"),
)
SERVED = ("starlettes:sojourn_process", "starlettes:sojourn_power", "starlettes:memory")

LIMITS = {
    "flask": {"/untouched": 5e-6, "/read": 20e-6, "/write": 45e-6},
    "starlette": {"/untouched": 2e-6, "/read": 10e-6, "/write": 30e-6},
}
"""What a request may cost beyond the app without sessions, at `process`."""

Cost = dict[str, tuple[float, float]]
"""By path: seconds beyond the base, and how many times as long as the base."""


class Run(NamedTuple):
    """One run's processes."""

    stack: ExitStack
    python: Path
    folder: Path
    more: Mapping[str, str]

    def child(self, peer: Peer, name: str) -> Child:
        folder = self.folder / name / peer.site.replace(":", "-")
        python = None if peer.ours else self.python
        return self.stack.enter_context(
            Child(peer.site, folder, python=python, worker=WORKER, more=self.more)
        )


def main(*, rounds: int = 201, seconds: float = 4.0, times: int = 50) -> Path:
    with scratch() as disk, ExitStack() as stack:
        address = stack.enter_context(redis(disk / "redis"))
        peers = [peer for peer in PEERS if address or "redis" not in peer.site]
        more = {"BENCH_REDIS": address or ""}
        run = Run(stack, environment(disk / "environment", REQUIREMENTS), disk, more)
        costs = {size: {peer: _cost(run, peer, size, rounds) for peer in peers} for size in SIZES}
        lost = {peer: _lost(run, peer, times) for peer in peers}
        rates = _rates(run, seconds) if shutil.which("wrk") else {}

        absent = "" if address else " There was no redis-server, so its rows are absent."
        note = (
            "What a request takes beyond the same app without sessions, in process, median of rounds by"
            " turns; in brackets how many times as long as that app it takes. `untouched` does not ask for"
            " the session, `read` asks for one key, `write` sets one. The state is 10 keys of 100 characters"
            " or 50 of 1,000. Files are on a disk; Redis is on this machine and saves nothing. A cookie"
            " session of 50 KB is one that browsers drop."
            f" The peers: {', '.join(REQUIREMENTS)}.{absent}"
        )
        sections = {
            "Bars": bars.held([*_cheap(costs), *_whole(lost, CLIENTS * times)]),
            **{f"Overhead, {size} of state": _overhead(found) for size, found in costs.items()},
            f"Nothing lost: {CLIENTS} tabs of one browser, {times} requests each": _losses(
                lost, CLIENTS * times
            ),
        }
        if rates:
            sections["Over loopback: one worker of uvicorn, 8 connections, 1 KB of state"] = _served(rates)
        given = {"rounds": rounds, "seconds": seconds, "times": times}
        return write("web", "Web sessions", sections, folder=disk, note=note, given=given)


# -- what is measured -----------------------------------------------------------------------------


def _cost(run: Run, peer: Peer, size: str, rounds: int) -> Cost | str:
    keys, chars = SIZES[size]
    try:
        with run.child(peer, size.replace(" ", "")) as child:
            given = {"keys": keys, "chars": chars, "rounds": rounds, "calls": CALLS, "seconds": PATIENCE}
            told = child.ask("overhead", within=600, **given)
    except Failed as failure:
        return f"failed: {failure}"
    taken: dict[str, list[float]] = told["taken"]
    found: Cost = {}
    for path in PATHS:
        base, app = taken[f"base {path}"], taken[f"app {path}"]
        beyond = median(after - before for before, after in zip(base, app, strict=True))
        found[path] = beyond, median(after / before for before, after in zip(base, app, strict=True))
    return found


def _lost(run: Run, peer: Peer, times: int) -> dict[str, dict[str, Any] | str]:
    paths = {"n += 1": "/add/n", "keys of their own": "/add/k{client}"}
    if peer.ours:
        paths |= {"incr": "/incr/i", "exclusive": "/alone/e"}
    found: dict[str, dict[str, Any] | str] = {}
    with run.child(peer, "lost") as child:
        for what, path in paths.items():
            try:
                found[what] = child.ask("lost", within=300, path=path, clients=CLIENTS, times=times)
            except Failed as failure:
                found[what] = f"failed: {failure}"
    return found


def _rates(run: Run, seconds: float) -> dict[str, dict[str, float | str]]:
    """Requests a second by server and path."""
    found: dict[str, dict[str, float | str]] = {}
    keys, chars = SIZES["1 KB"]
    servers = [("no session", "starlettes:cookie", run.python, True)]
    servers += [(p.name, p.site, None if p.ours else run.python, False) for p in PEERS if p.site in SERVED]
    for name, site, python, base in servers:
        folder = run.folder / "served" / name.replace(" ", "-")
        with served(site, folder, python, run.more, base=base) as port:
            sent = "" if base else cookie(port, f"/fill/{keys}/{chars}")
            found[name] = {path: wrk(port, path, sent, seconds) for path in PATHS}
    return found


# -- what is told ---------------------------------------------------------------------------------


def _overhead(found: Mapping[Peer, Cost | str]) -> str:
    rows = []
    for peer, cost in found.items():
        cells = [cost, NONE, NONE] if isinstance(cost, str) else [_cell(*cost[path]) for path in PATHS]
        rows.append([peer.name, *cells])
    return plain(["", *(path[1:] for path in PATHS)], rows)


def _cell(beyond: float, times: float) -> str:
    said = duration(beyond) if beyond > 0 else f"-{duration(-beyond)}"
    return f"{said} ({three(times)}×)"


def _losses(lost: Mapping[Peer, Mapping[str, dict[str, Any] | str]], wanted: int) -> str:
    heads = ["n += 1", "keys of their own", "incr", "exclusive"]
    rows = [[peer.name, *(_loss(found.get(head), wanted) for head in heads)] for peer, found in lost.items()]
    return plain(["", *heads], rows)


def _loss(found: dict[str, Any] | str | None, wanted: int) -> str:
    if found is None or isinstance(found, str):
        return found or NONE
    silent = found["answered"] - found["kept"]
    said = [f"{found['kept']} of {wanted}"]
    said += [f"{found['refused']} told 409"] if found["refused"] else []
    said += [f"**{silent} lost in silence**"] if silent else []
    return "; ".join(said)


def _served(rates: Mapping[str, Mapping[str, float | str]]) -> str:
    rows = [
        [name, *(found[path] if isinstance(found[path], str) else f"{found[path]:,.0f} /s" for path in PATHS)]
        for name, found in rates.items()
    ]
    return plain(["", *(path[1:] for path in PATHS)], rows)


def _cheap(costs: Mapping[str, Mapping[Peer, Cost | str]]) -> list[Bar]:
    found = []
    for size, line in costs.items():
        for peer, cost in line.items():
            if not peer.ours or "process" not in peer.name or isinstance(cost, str):
                continue
            for path, limit in LIMITS[peer.framework].items():
                beyond = cost[path][0]
                what = f"{peer.name}: {path[1:]}, {size}"
                times = f"{three(max(0.0, beyond) / limit)}×"
                found.append(
                    Bar(what, duration(limit), duration(max(0.0, beyond)), times, "≤ 1.00×", beyond <= limit)
                )
    return found


def _whole(lost: Mapping[Peer, Mapping[str, dict[str, Any] | str]], wanted: int) -> list[Bar]:
    bars_of = []
    for peer, found in lost.items():
        for what, told in found.items():
            if not peer.ours or isinstance(told, str):
                continue
            silent = told["answered"] - told["kept"]
            all_kept = what == "n += 1" or told["kept"] == wanted
            bar = "none in silence" if what == "n += 1" else f"{wanted} of {wanted}"
            figure = f"{told['kept']} kept, {silent} lost"
            bars_of.append(Bar(f"{peer.name}: {what}", NONE, figure, NONE, bar, silent == 0 and all_kept))
    return bars_of
