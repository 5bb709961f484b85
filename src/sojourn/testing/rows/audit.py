"""What a backend promises an auditor: every file, every intent, every counter."""

import pytest

from sojourn.ports import Intent, Known, Placed, SessionRef
from sojourn.testing import drafts
from sojourn.testing.drafts import NOW
from sojourn.testing.scene import Scene


def placed(scene: Scene, ref: SessionRef, after: int = 0, limit: int = 100) -> list[Placed]:
    return scene.read(lambda tx: tx.audit.placed(ref, after, limit))


def known(scene: Scene, session_id: str) -> Known | None:
    return scene.read(lambda tx: tx.audit.known(session_id))


class AuditContract:
    def test_all_sessions_that_stand_are_named_once(self, scene: Scene) -> None:
        refs = [scene.session(), scene.session(scene.bob), scene.session(), scene.session()]
        scene.put_into(refs[0], "deleted")
        scene.put_into(refs[2], "erased")
        found: list[SessionRef] = []
        after = 0
        for _ in range(9):
            page = scene.read(lambda tx, at=after: tx.audit.sessions(at, 2))  # type: ignore[misc]
            if not page:
                break
            found += [ref for _, ref in page]
            after = page[-1][0]
        assert found == [refs[0], refs[1], refs[3]]

    def test_every_file_says_where_its_bytes_are(self, scene: Scene) -> None:
        ref = scene.session()
        large = scene.file(ref, digest="ab" * 32)
        small = drafts.file(drafts.new_id("fil"), size=5)
        scene.write(lambda tx: tx.files.add(ref, small, b"small", NOW))
        twin = scene.file(ref, digest="ab" * 32)
        scene.write(lambda tx: tx.files.delete(ref, small.id, NOW))
        rows = placed(scene, ref)
        assert [(row.file_id, row.blob, row.size, row.inside) for row in rows] == [
            (large.id, large.id, 700, False),
            (small.id, small.id, 5, True),
            (twin.id, large.id, 700, False),
        ]
        assert placed(scene, ref, 0, 2) == rows[:2]
        assert placed(scene, ref, rows[1].position, 2) == rows[2:]
        assert placed(scene, SessionRef(scene.bob, ref.id)) == []

    @pytest.mark.parametrize("condition", ["open", "closed", "deleted", "erased", "emptied", "absent"])
    def test_a_session_is_known_by_its_id(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        expected = Known(ref, stands=condition not in {"erased", "emptied"}, unfinished=condition == "erased")
        assert known(scene, ref.id) == (None if condition == "absent" else expected)

    def test_all_intents_are_told_an_erased_sessions_too(self, scene: Scene) -> None:
        full = scene.full()
        scene.write(lambda tx: tx.files.remove(full.ref, full.file.id, NOW))
        expected = [
            Intent(full.ref.id, full.file.id, "blob"),
            Intent(full.ref.id, full.file.id, "words"),
            full.coming,
        ]
        found = scene.read(lambda tx: tx.audit.intents(full.ref))
        assert sorted(found, key=lambda held: (held.id, held.kind)) == expected
        assert scene.read(lambda tx: tx.audit.intents(SessionRef(scene.bob, full.ref.id))) == []
        scene.erase(full.ref)
        assert scene.read(lambda tx: tx.audit.intents(full.ref)) == [full.coming]

    def test_what_is_counted_is_what_is_there(self, scene: Scene) -> None:
        full, other, gone = scene.full(), scene.session(scene.bob), scene.full()
        scene.file(other)
        scene.write(lambda tx: tx.files.delete(full.ref, full.file.id, NOW))
        scene.reserve(full.ref, kind="upload", name="a")
        scene.erase(gone.ref)
        assert scene.read(lambda tx: tx.audit.miscounts(9)) == []
        scene.write(lambda tx: tx.audit.recount())
        assert scene.read(lambda tx: tx.audit.miscounts(9)) == []
        assert scene.record(full.ref).file_bytes == 700
