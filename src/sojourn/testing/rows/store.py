"""What a backend promises about the store itself: its name, its signatures, its end."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sojourn.ports import SessionRef, Tx
from sojourn.testing import drafts
from sojourn.testing.drafts import NOW
from sojourn.testing.scene import Scene


class StoreContract:
    def test_a_store_has_one_name(self, scene: Scene) -> None:
        assert isinstance(scene.records.store_id, str)
        assert len(scene.records.store_id) >= 6
        assert scene.records.store_id == scene.records.store_id

    def test_signatures_are_the_stores_own_and_of_one_purpose(self, scene: Scene) -> None:
        sign = scene.records.sign
        assert len(sign("cursor", b"data")) == 32
        assert sign("cursor", b"data") == sign("cursor", b"data")
        signed = {
            sign(purpose, data)
            for purpose, data in (
                ("cursor", b"data"), ("cursor", b"datb"), ("cursord", b"ata"), ("curso", b"rdata"), ("", b""),
                ("token", b"data"), ("\u00e9", b"data"), ("cursor", b""), ("cursor", b"data" * 10_000),
            )
        }  # fmt: skip
        assert len(signed) == 9

    def test_a_stamp_stands_while_nothing_is_committed(self, scene: Scene) -> None:
        """A store may move its stamp for reasons of its own, but not each time."""
        ref = scene.session()
        pairs = []
        for _ in range(3):
            stamp = scene.records.stamp()
            scene.read(lambda tx: tx.sessions.get(ref))
            with pytest.raises(ValueError, match="halfway"):
                scene.write(lambda tx: self._give_up(tx, ref))
            pairs.append((stamp, scene.records.stamp()))
        assert any(before == after for before, after in pairs)

    @staticmethod
    async def _give_up(tx: Tx, ref: SessionRef) -> None:
        await tx.state.put(ref, "a", b"1", NOW)
        raise ValueError("halfway")

    def test_a_stamp_never_comes_again_after_a_commit(self, scene: Scene) -> None:
        ref = scene.session()
        stamps = [scene.records.stamp()]
        for _ in range(5):
            scene.write(lambda tx: tx.state.put(ref, "a", b"1", NOW))
            stamps.append(scene.records.stamp())
        scene.write(lambda tx: tx.devices.add(scene.ada, drafts.device(), drafts.token()))
        stamps.append(scene.records.stamp())
        for number, stamp in enumerate(stamps):
            assert stamp not in stamps[:number]

    def test_all_threads_see_one_stamp(self, scene: Scene) -> None:
        ref = scene.session()
        for _ in range(2):
            scene.write(lambda tx: tx.state.put(ref, "a", b"1", NOW))
            with ThreadPoolExecutor(4) as pool:
                seen = [pool.submit(scene.records.stamp) for _ in range(8)]
            assert [one.result() for one in seen] == [scene.records.stamp()] * 8

    def test_closing_twice_is_no_error(self, scene: Scene) -> None:
        scene.session()
        scene.records.close()
        scene.records.close()
