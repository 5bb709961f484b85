"""What a backend promises about devices."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from sojourn.errors import Conflict
from sojourn.models import EPHEMERAL, Device
from sojourn.ports import DeviceGlance, KnownDevice
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.scene import UNREACHABLE, Scene


def enrol(scene: Scene, owner: int, **fields: object) -> tuple[Device, bytes]:
    """A device of the owner, and the hash of its token."""
    device, token = drafts.device(**fields), drafts.token()
    scene.write(lambda tx: tx.devices.add(owner, device, token))
    return device, token


def known(scene: Scene, token: bytes) -> KnownDevice:
    found = scene.read(lambda tx: tx.devices.find(token))
    assert found is not None
    return found


def rotate(scene: Scene, token: bytes, fresh: bytes, at: int = NOW) -> bool:
    return scene.write(lambda tx: tx.devices.rotate(token, fresh, at))


def glance(scene: Scene, token: bytes) -> DeviceGlance:
    found = scene.read(lambda tx: tx.devices.glance(token))
    assert found is not None
    return found


class DeviceContract:
    def test_a_token_leads_to_its_device_and_owner(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada, label="Ada\u2019s telephone \u2606")
        found = known(scene, token)
        assert (found.owner.no, found.owner.user.name) == (scene.ada, "ada")
        assert found.device == device
        assert found.ended is False

    def test_a_token_that_was_never_issued_is_none(self, scene: Scene) -> None:
        enrol(scene, scene.ada)
        assert scene.read(lambda tx: tx.devices.find(drafts.token())) is None
        assert scene.read(lambda tx: tx.devices.find(b"")) is None

    def test_a_token_leads_to_one_device(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        with pytest.raises(Conflict):
            scene.write(lambda tx: tx.devices.add(scene.bob, drafts.device(), token))
        assert known(scene, token).device == device

    def test_the_list_holds_the_owners_devices_last_seen_first(self, scene: Scene) -> None:
        seen = [enrol(scene, scene.ada, seen_ms=NOW + at)[0] for at in (20, 30, 10)]
        enrol(scene, scene.bob)
        listed = scene.read(lambda tx: tx.devices.list(scene.ada, NOW))
        assert listed == [seen[1], seen[0], seen[2]]

    def test_of_devices_seen_at_once_the_newest_comes_first(self, scene: Scene) -> None:
        first, second, third = (enrol(scene, scene.ada)[0] for _ in range(3))
        assert scene.read(lambda tx: tx.devices.list(scene.ada, NOW)) == [third, second, first]
        scene.write(lambda tx: tx.devices.touch(scene.ada, first.id, NOW + 1))
        listed = scene.read(lambda tx: tx.devices.list(scene.ada, NOW))
        assert [device.id for device in listed] == [first.id, third.id, second.id]

    def test_the_list_of_nobody_is_empty(self, scene: Scene) -> None:
        assert scene.read(lambda tx: tx.devices.list(scene.ada, NOW)) == []
        assert scene.read(lambda tx: tx.devices.list(scene.ada + scene.bob + 1, NOW)) == []

    def test_a_device_is_listed_until_its_expiry_and_not_at_it(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada, expires_ms=NOW + HOUR)
        assert scene.read(lambda tx: tx.devices.list(scene.ada, NOW + HOUR - 1)) == [device]
        assert scene.read(lambda tx: tx.devices.list(scene.ada, NOW + HOUR)) == []
        assert known(scene, token).ended is False

    def test_an_ended_device_is_known_as_ended_and_listed_no_more(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        other, _ = enrol(scene, scene.ada)
        assert scene.write(lambda tx: tx.devices.end(scene.ada, device.id, NOW))
        assert known(scene, token).ended is True
        assert scene.read(lambda tx: tx.devices.list(scene.ada, NOW)) == [other]

    def test_ending_twice_is_no_error(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        assert scene.write(lambda tx: tx.devices.end(scene.ada, device.id, NOW))
        assert scene.write(lambda tx: tx.devices.end(scene.ada, device.id, NOW + 1))
        assert known(scene, token).ended is True

    def test_nobody_ends_a_device_of_somebody_else(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        assert not scene.write(lambda tx: tx.devices.end(scene.bob, device.id, NOW))
        assert not scene.write(lambda tx: tx.devices.end(scene.ada, drafts.new_id("dev"), NOW))
        assert known(scene, token).ended is False

    def test_a_touch_moves_when_a_device_was_seen_and_nothing_else(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        scene.write(lambda tx: tx.devices.touch(scene.ada, device.id, NOW + 5))
        assert known(scene, token).device == replace(device, seen_ms=NOW + 5)

    def test_a_touch_that_comes_late_does_not_move_it_back(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        scene.write(lambda tx: tx.devices.touch(scene.ada, device.id, NOW + 5))
        scene.write(lambda tx: tx.devices.touch(scene.ada, device.id, NOW + 3))
        assert known(scene, token).device.seen_ms == NOW + 5

    def test_a_touch_does_not_bring_an_ended_device_back(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        scene.write(lambda tx: tx.devices.end(scene.ada, device.id, NOW))
        scene.write(lambda tx: tx.devices.touch(scene.ada, device.id, NOW + 5))
        assert known(scene, token).ended is True

    def test_a_rotated_device_has_another_token_and_the_old_one_is_known_as_ended(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada, session_id=None)
        session, fresh = scene.session(), drafts.token()
        scene.write(lambda tx: tx.devices.point(scene.ada, device.id, session.id))
        assert rotate(scene, token, fresh, NOW + 1)
        new, old = known(scene, fresh), known(scene, token)
        assert new.device == old.device == replace(device, session_id=session.id)
        assert (new.ended, new.rotated_ms) == (False, None)
        assert (old.ended, old.rotated_ms) == (True, NOW + 1)
        assert scene.read(lambda tx: tx.devices.list(scene.ada, NOW)) == [new.device]

    def test_an_old_token_rotates_nothing(self, scene: Scene) -> None:
        _, token = enrol(scene, scene.ada)
        fresh = drafts.token()
        rotate(scene, token, fresh)
        for stale in (token, drafts.token(), b""):
            assert not rotate(scene, stale, drafts.token())
        assert known(scene, fresh).ended is False

    def test_an_ended_device_is_not_rotated_and_ending_ends_all_its_tokens(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        fresh = drafts.token()
        rotate(scene, token, fresh)
        scene.write(lambda tx: tx.devices.end(scene.ada, device.id, NOW))
        assert not rotate(scene, fresh, drafts.token())
        assert known(scene, fresh).ended and known(scene, token).ended

    def test_a_token_of_another_device_takes_no_place(self, scene: Scene) -> None:
        _, token = enrol(scene, scene.ada)
        theirs, taken = enrol(scene, scene.bob)
        with pytest.raises(Conflict):
            rotate(scene, token, taken)
        assert known(scene, token).ended is False
        assert known(scene, taken).device == theirs

    def test_the_last_sixteen_old_tokens_are_known(self, scene: Scene) -> None:
        _, token = enrol(scene, scene.ada)
        tokens = [token, *(drafts.token() for _ in range(18))]
        for at, (before, after) in enumerate(pairwise(tokens)):
            assert rotate(scene, before, after, NOW + at)
        for forgotten in tokens[:2]:
            assert scene.read(lambda tx: tx.devices.find(forgotten)) is None  # noqa: B023
        assert [known(scene, one).ended for one in tokens[2:]] == [True] * 16 + [False]

    def test_nobody_touches_or_points_a_device_of_somebody_else(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        theirs = scene.session(scene.bob)
        scene.write(lambda tx: tx.devices.touch(scene.bob, device.id, NOW + 5))
        scene.write(lambda tx: tx.devices.point(scene.bob, device.id, theirs.id))
        scene.write(lambda tx: tx.devices.point_first(scene.bob, device.id, theirs.id))
        assert known(scene, token).device == device


class GlanceContract:
    """A glance says what `find` and `get` say, as far as nothing is unsealed."""

    def test_a_glance_at_a_device_says_what_its_row_says(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        assert glance(scene, token) == DeviceGlance(
            scene.ada, device.id, device.seen_ms, device.expires_ms, False, None
        )
        scene.write(lambda tx: tx.devices.touch(scene.ada, device.id, NOW + HOUR))
        scene.write(lambda tx: tx.devices.end(scene.ada, device.id, NOW))
        seen = glance(scene, token)
        assert (seen.seen_ms, seen.ended) == (NOW + HOUR, True)

    def test_a_token_that_was_never_issued_is_not_there(self, scene: Scene) -> None:
        enrol(scene, scene.ada)
        assert scene.read(lambda tx: tx.devices.glance(drafts.token())) is None

    def test_a_token_that_was_rotated_is_seen_as_ended(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        fresh = drafts.token()
        rotate(scene, token, fresh)
        assert [(glance(scene, one).id, glance(scene, one).ended) for one in (token, fresh)] == [
            (device.id, True),
            (device.id, False),
        ]

    @pytest.mark.parametrize("condition", ["open", "closed", "deleted", "erased", "emptied"])
    def test_a_glance_at_a_device_shows_its_session_as_it_is(self, scene: Scene, condition: str) -> None:
        device, token = enrol(scene, scene.ada)
        ref = scene.full().ref
        scene.write(lambda tx: tx.devices.point(scene.ada, device.id, ref.id))
        scene.put_into(ref, condition)
        seen = scene.read(lambda tx: tx.sessions.glance(ref))
        assert glance(scene, token).session == seen
        if condition in {"erased", "emptied"}:
            assert seen is None
            return
        record = scene.record(ref)
        assert seen is not None
        assert (seen.id, seen.active_ms, seen.closed_ms, seen.deleted_ms) == (
            record.id,
            record.active_ms,
            record.closed_ms,
            record.deleted_ms,
        )

    @pytest.mark.parametrize("condition", UNREACHABLE)
    def test_a_glance_at_a_session_is_its_owners_alone(self, scene: Scene, condition: str) -> None:
        ref = scene.put_into(scene.full().ref, condition)
        assert scene.read(lambda tx: tx.sessions.glance(ref)) is None

    def test_the_state_version_moves_with_the_state_and_with_nothing_else(self, scene: Scene) -> None:
        ref, other = scene.session(), scene.session()

        def version() -> int:
            seen = scene.read(lambda tx: tx.sessions.glance(ref))
            assert seen is not None
            return seen.state_version

        versions = [version()]
        scene.write(lambda tx: tx.state.put(ref, "a", b"1", NOW))
        versions.append(version())
        scene.write(lambda tx: tx.state.put(ref, "a", b"1", NOW))
        versions.append(version())
        scene.write(lambda tx: tx.state.remove(ref, "a", NOW))
        versions.append(version())
        assert versions == sorted(set(versions))
        scene.say(ref, "One")
        scene.change(ref, title="Tides")
        scene.write(lambda tx: tx.state.put(other, "a", b"1", NOW))
        scene.write(lambda tx: tx.state.put(scene.ada, "a", b"1", NOW))
        assert version() == versions[-1]


class CurrentSessionContract:
    def test_a_device_points_at_its_current_session(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        first, second = scene.session(), scene.session()
        scene.write(lambda tx: tx.devices.point(scene.ada, device.id, first.id))
        assert known(scene, token).device == replace(device, session_id=first.id)
        scene.write(lambda tx: tx.devices.point(scene.ada, device.id, second.id))
        assert known(scene, token).device == replace(device, session_id=second.id)

    def test_a_device_never_points_at_a_session_of_somebody_else(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        theirs = scene.session(scene.bob)
        scene.write(lambda tx: tx.devices.point(scene.ada, device.id, theirs.id))
        scene.write(lambda tx: tx.devices.point_first(scene.ada, device.id, theirs.id))
        assert known(scene, token).device.session_id is None

    def test_the_first_session_becomes_current_and_the_next_does_not(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        first, second = scene.session(), scene.session()
        scene.write(lambda tx: tx.devices.point_first(scene.ada, device.id, first.id))
        scene.write(lambda tx: tx.devices.point_first(scene.ada, device.id, second.id))
        assert known(scene, token).device.session_id == first.id

    @pytest.mark.parametrize(
        ("condition", "stands"), [("closed", True), ("deleted", False), ("erased", False), ("emptied", False)]
    )
    def test_a_current_session_stands_until_it_is_deleted_or_erased(
        self, scene: Scene, condition: str, stands: bool
    ) -> None:
        device, token = enrol(scene, scene.ada)
        first, second = scene.session(), scene.session()
        scene.write(lambda tx: tx.devices.point(scene.ada, device.id, first.id))
        scene.put_into(first, condition)
        scene.write(lambda tx: tx.devices.point_first(scene.ada, device.id, second.id))
        assert known(scene, token).device.session_id == (first if stands else second).id

    def test_a_device_is_aimed_at_a_session_of_another_store(self, scene: Scene) -> None:
        device, token = enrol(scene, scene.ada)
        assert scene.read(lambda tx: tx.devices.current(scene.ada, device.id)) is None
        elsewhere = EPHEMERAL + "0" * 25
        scene.write(lambda tx: tx.devices.aim(scene.ada, device.id, elsewhere))
        assert known(scene, token).device == replace(device, session_id=elsewhere)
        assert scene.read(lambda tx: tx.devices.current(scene.ada, device.id)) == elsewhere
        assert scene.read(lambda tx: tx.devices.current(scene.bob, device.id)) is None
        scene.write(lambda tx: tx.devices.aim(scene.bob, device.id, "ses_x"))
        assert known(scene, token).device.session_id == elsewhere

    def test_an_ephemeral_current_session_stays_until_the_device_is_pointed_elsewhere(
        self, scene: Scene
    ) -> None:
        device, token = enrol(scene, scene.ada)
        kept, elsewhere = scene.session(), EPHEMERAL + "0" * 25
        scene.write(lambda tx: tx.devices.aim(scene.ada, device.id, elsewhere))
        scene.write(lambda tx: tx.devices.point_first(scene.ada, device.id, kept.id))
        assert known(scene, token).device.session_id == elsewhere
        scene.write(lambda tx: tx.devices.point(scene.ada, device.id, kept.id))
        assert known(scene, token).device.session_id == kept.id
