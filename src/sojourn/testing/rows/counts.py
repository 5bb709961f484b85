"""What a backend promises about the numbers it gives of itself."""

import pytest

from sojourn.testing.drafts import NOW
from sojourn.testing.scene import Scene

NOUNS = ("users", "sessions", "messages", "files", "bytes", "tombstones")


def counts(scene: Scene) -> dict[str, int]:
    return scene.read(lambda tx: tx.store.counts())


class CountContract:
    def test_a_store_without_sessions_counts_its_users_and_nothing_else(self, scene: Scene) -> None:
        assert counts(scene) == {**dict.fromkeys(NOUNS, 0), "users": 2}
        assert tuple(counts(scene)) == NOUNS

    def test_everybodys_things_are_counted_once(self, scene: Scene) -> None:
        full = scene.full()
        bobs = scene.session(scene.bob)
        scene.say(bobs, "One")
        scene.file(bobs, size=7)
        assert counts(scene) == {
            "users": 2,
            "sessions": 2,
            "messages": 4,
            "files": 2,
            "bytes": full.file.size + 7,
            "tombstones": 0,
        }

    @pytest.mark.parametrize("condition", ["closed", "deleted"])
    def test_closed_sessions_and_those_in_the_trash_count(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        before = counts(scene)
        scene.put_into(full.ref, condition)
        assert counts(scene) == before

    @pytest.mark.parametrize("condition", ["erased", "emptied"])
    def test_of_what_is_erased_only_the_tombstone_counts(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        scene.put_into(full.ref, condition)
        assert counts(scene) == {**dict.fromkeys(NOUNS, 0), "users": 2, "tombstones": 1}

    def test_a_file_that_was_removed_counts_no_more(self, scene: Scene) -> None:
        full = scene.full()
        scene.write(lambda tx: tx.files.remove(full.ref, full.file.id, NOW))
        assert counts(scene)["files"] == counts(scene)["bytes"] == 0
