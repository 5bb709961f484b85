"""A lease is held by one at a time; whoever held it for too long is told, and cannot write late."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sojourn import AsyncSojourn, LeaseHeld, Sojourn
from sojourn.config import Settings
from sojourn.core import leases
from sojourn.errors import Invalid, LimitExceeded
from sojourn.ports import Tx
from sojourn.testing import FakeClock

HOLDER = Path(__file__).parent / "holder.py"
SETTINGS = Settings(durability="process")


@pytest.fixture(params=["sqlite", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}" if request.param == "sqlite" else "memory://"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(url: str, clock: FakeClock) -> Iterator[Sojourn]:
    with Sojourn.open(url, settings=SETTINGS, clock=clock) as store:
        yield store


def test_one_holds_it_at_a_time_and_then_the_next(store: Sojourn) -> None:
    with store.lease("nightly", seconds=30) as lease:
        with pytest.raises(LeaseHeld), store.lease("nightly", seconds=30):
            raise AssertionError
        with store.lease("weekly", seconds=30) as other:
            fence = other.fence
            assert fence > lease.fence
    with store.lease("nightly", seconds=30) as again:
        assert again.fence > fence


def test_what_is_not_held_has_no_fence(store: Sojourn) -> None:
    lease = store.lease("nightly", seconds=30)
    for use in (lambda: lease.fence, lease.renew, lease.check):
        with pytest.raises(LeaseHeld, match="not held"):
            use()


def test_it_comes_free_when_its_block_fails(store: Sojourn) -> None:
    with pytest.raises(ZeroDivisionError), store.lease("nightly", seconds=30):
        raise ZeroDivisionError
    with store.lease("nightly", seconds=30):
        assert True


def test_a_heartbeat_keeps_it(store: Sojourn, clock: FakeClock) -> None:
    with store.lease("nightly", seconds=30) as lease:
        for _ in range(5):
            clock.advance(seconds=29)
            lease.renew()
            lease.check()
            with pytest.raises(LeaseHeld), store.lease("nightly", seconds=30):
                raise AssertionError


def test_whoever_was_away_for_too_long_is_told(store: Sojourn, clock: FakeClock) -> None:
    with store.lease("nightly", seconds=30) as stale:
        clock.advance(seconds=30)
        with store.lease("nightly", seconds=30) as fresh:
            assert fresh.fence > stale.fence
            for late in (stale.renew, stale.check):
                with pytest.raises(LeaseHeld, match="ran out"):
                    late()
            fresh.check()


def test_leaving_late_takes_it_from_nobody(store: Sojourn, clock: FakeClock) -> None:
    first = store.lease("nightly", seconds=30)
    first.__enter__()
    clock.advance(seconds=30)
    with store.lease("nightly", seconds=30) as second:
        first.__exit__(None, None, None)
        second.check()
        with pytest.raises(LeaseHeld), store.lease("nightly", seconds=30):
            raise AssertionError


def test_a_late_write_is_refused_with_everything_in_its_operation(store: Sojourn, clock: FakeClock) -> None:
    session = store.user("ada").sessions.create()

    async def write(tx: Tx, fence: int) -> None:
        await tx.state.put(session._ref, "by", b"\xa1x", clock.now())
        await leases.held(tx, "nightly", fence, clock.now())

    with store.lease("nightly", seconds=30) as stale:
        clock.advance(seconds=31)
        with store.lease("nightly", seconds=30) as fresh:
            with pytest.raises(LeaseHeld):
                store._engine.drive.write(write, stale.fence)
            assert session.state.all() == {}
            store._engine.drive.write(write, fresh.fence)
            assert session.state.all() == {"by": "x"}


@pytest.mark.parametrize("seconds", [0, -1, 1e9, float("nan")])
def test_a_time_that_is_none_is_refused(store: Sojourn, seconds: float) -> None:
    with pytest.raises(Invalid):
        store.lease("nightly", seconds=seconds)


def test_a_name_that_is_none_is_refused(store: Sojourn) -> None:
    for name in ("", "a\0b", None, "\ud800"):
        with pytest.raises(Invalid):
            store.lease(name, seconds=1)  # type: ignore[arg-type]
    with pytest.raises(LimitExceeded):
        store.lease("x" * 501, seconds=1)


def test_tasks_take_turns(url: str) -> None:
    async def run() -> list[int]:
        fences: list[int] = []
        inside = 0

        async def work(store: AsyncSojourn) -> None:
            nonlocal inside
            while True:
                try:
                    async with store.lease("nightly", seconds=30) as lease:
                        inside += 1
                        assert inside == 1
                        await lease.renew()
                        await lease.check()
                        fences.append(lease.fence)
                        inside -= 1
                        return
                except LeaseHeld:
                    await asyncio.sleep(0.001)

        async with AsyncSojourn.open(url, settings=SETTINGS) as store:
            await asyncio.gather(*(work(store) for _ in range(8)))
        return fences

    fences = asyncio.run(run())
    assert fences == sorted(set(fences))
    assert len(fences) == 8


def test_two_processes_never_hold_it_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with Sojourn.open(f"sqlite:///{folder}", settings=SETTINGS) as store:
        session = store.user("ada").sessions.create()
        command = [sys.executable, str(HOLDER), str(folder), session.id, str(tmp_path / "inside"), "40"]
        processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        fences = []
        for process in processes:
            out, _ = process.communicate(timeout=120)
            assert process.returncode == 0
            fences.append([int(line) for line in out.split()])
        assert [len(given) for given in fences] == [40, 40]
        assert all(given == sorted(given) for given in fences)
        assert len({*fences[0], *fences[1]}) == 80
        assert session.state.get("count") == 80


def test_a_holder_that_is_killed_gives_it_up_when_its_time_is_over(tmp_path: Path) -> None:
    clock = FakeClock()
    script = (
        "import os, sys; from sojourn import Sojourn; from sojourn.testing import FakeClock\n"
        "store = Sojourn.open(sys.argv[1], clock=FakeClock())\n"
        "store.lease('nightly', seconds=30).__enter__()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    answer = subprocess.run([sys.executable, "-c", script, f"sqlite:///{tmp_path}"], capture_output=True)
    assert answer.returncode == -9, answer.stderr
    with Sojourn.open(f"sqlite:///{tmp_path}", settings=SETTINGS, clock=clock) as store:
        with pytest.raises(LeaseHeld), store.lease("nightly", seconds=30):
            raise AssertionError
        clock.advance(seconds=30)
        with store.lease("nightly", seconds=30) as lease:
            assert lease.fence == 2
