"""What a backend promises about leases: one holder at a time, and a fence for each holding."""

import pytest

from sojourn.ports import Tx
from sojourn.testing.clock import FakeClock
from sojourn.testing.forms import Form
from sojourn.testing.rows.sharing import THREADS, beside
from sojourn.testing.scene import Scene

SECOND = 1000


class GivenUp(Exception):
    """An operation gives up after it has written."""


class Clerk:
    """Asks for leases, at the time of a clock that stands still."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.clock = FakeClock()

    def acquire(self, holder: str, name: str = "sweep", seconds: int = 30) -> int | None:
        now = self.clock.now()
        return self.scene.write(lambda tx: tx.leases.acquire(name, holder, now, now + seconds * SECOND))

    def take(self, holder: str, name: str = "sweep", seconds: int = 30) -> int:
        fence = self.acquire(holder, name, seconds)
        assert fence is not None
        return fence

    def renew(self, fence: int, name: str = "sweep", seconds: int = 30) -> bool:
        now = self.clock.now()
        return self.scene.write(lambda tx: tx.leases.renew(name, fence, now, now + seconds * SECOND))

    def release(self, fence: int, name: str = "sweep") -> None:
        self.scene.write(lambda tx: tx.leases.release(name, fence))

    def holds(self, fence: int, name: str = "sweep") -> bool:
        now = self.clock.now()
        return self.scene.read(lambda tx: tx.leases.holds(name, fence, now))


class LeaseContract:
    def test_one_holds_a_lease_at_a_time(self, scene: Scene) -> None:
        clerk = Clerk(scene)
        fence = clerk.take("one")
        assert clerk.acquire("two") is None
        assert clerk.holds(fence)
        clerk.release(fence)
        assert not clerk.holds(fence)
        assert clerk.take("two") > fence

    def test_leases_of_other_names_are_other_leases_to_the_letter(self, scene: Scene) -> None:
        clerk = Clerk(scene)
        names = ["sweep", "Sweep", "sweep ", "\u00e9", "e\u0301"]
        fences = [clerk.take("one", name) for name in names]
        assert fences == sorted(set(fences))
        for name, fence in zip(names, fences, strict=True):
            assert [clerk.holds(fence, other) for other in names] == [other == name for other in names]
            assert not clerk.renew(fence, "another")

    def test_a_lease_that_runs_out_comes_free_at_that_moment(self, scene: Scene) -> None:
        clerk = Clerk(scene)
        fence = clerk.take("one", seconds=30)
        clerk.clock.advance(ms=30 * SECOND - 1)
        assert clerk.holds(fence)
        assert clerk.acquire("two") is None
        clerk.clock.advance(ms=1)
        assert not clerk.holds(fence)
        assert clerk.take("two") > fence

    def test_a_heartbeat_holds_it_for_longer(self, scene: Scene) -> None:
        clerk = Clerk(scene)
        fence = clerk.take("one", seconds=30)
        for _ in range(5):
            clerk.clock.advance(seconds=20)
            assert clerk.renew(fence)
            assert clerk.acquire("two") is None
        clerk.clock.advance(seconds=30)
        assert not clerk.renew(fence)
        assert clerk.take("two") > fence

    def test_a_heartbeat_never_shortens(self, scene: Scene) -> None:
        clerk = Clerk(scene)
        fence = clerk.take("one", seconds=30)
        assert clerk.renew(fence, seconds=1)
        clerk.clock.advance(seconds=29)
        assert clerk.holds(fence)

    def test_whoever_comes_late_is_told_and_harms_nobody(self, scene: Scene) -> None:
        clerk = Clerk(scene)
        stale = clerk.take("one")
        clerk.clock.advance(seconds=31)
        fence = clerk.take("two")
        assert not clerk.holds(stale)
        assert not clerk.renew(stale)
        clerk.release(stale)
        assert clerk.holds(fence)
        assert clerk.acquire("one") is None

    def test_a_late_write_is_refused_in_its_own_transaction(self, scene: Scene) -> None:
        clerk = Clerk(scene)
        ref = scene.session()
        stale = clerk.take("one")
        clerk.clock.advance(seconds=31)
        fence = clerk.take("two")
        now = clerk.clock.now()

        async def write(tx: Tx, fence: int) -> None:
            await tx.state.put(ref, "by", b"%d" % fence, now)
            if not await tx.leases.holds("sweep", fence, now):
                raise GivenUp

        scene.write(lambda tx: write(tx, fence))
        with pytest.raises(GivenUp):
            scene.write(lambda tx: write(tx, stale))
        found = scene.read(lambda tx: tx.state.get(ref, "by"))
        assert found is not None
        assert found.body == b"%d" % fence

    def test_its_holder_may_ask_again_and_keeps_the_fence(self, scene: Scene) -> None:
        clerk = Clerk(scene)
        fence = clerk.take("one", seconds=30)
        clerk.clock.advance(seconds=20)
        assert clerk.take("one", seconds=30) == fence
        clerk.clock.advance(seconds=20)
        assert clerk.holds(fence)
        clerk.clock.advance(seconds=20)
        assert clerk.take("one") > fence

    def test_a_fence_is_given_once(self, scene: Scene) -> None:
        clerk = Clerk(scene)
        given: list[int] = []
        for turn in range(30):
            fence = clerk.take(f"holder {turn}", f"name {turn % 3}", seconds=1)
            given.append(fence)
            if turn % 2:
                clerk.release(fence, f"name {turn % 3}")
            clerk.clock.advance(seconds=2)
        assert given == sorted(set(given))

    def test_giving_back_what_is_not_held_is_no_error(self, scene: Scene) -> None:
        clerk = Clerk(scene)
        clerk.release(7)
        fence = clerk.take("one")
        clerk.release(fence)
        clerk.release(fence)
        assert not clerk.renew(fence)

    def test_what_is_undone_was_never_held(self, scene: Scene) -> None:
        clerk = Clerk(scene)
        now = clerk.clock.now()

        async def give_up(tx: Tx) -> None:
            assert await tx.leases.acquire("sweep", "one", now, now + SECOND) is not None
            raise GivenUp

        with pytest.raises(GivenUp):
            scene.write(give_up)
        assert clerk.acquire("two") is not None

    def test_of_several_threads_one_gets_it(self, scene: Scene) -> None:
        now = FakeClock().now()

        def ask(run: Form, thread: int) -> int | None:
            return run.write(lambda tx: tx.leases.acquire("sweep", f"{thread}", now, now + SECOND))

        assert [fence is None for fence in beside(scene, ask)].count(False) == 1
        assert THREADS > 1
