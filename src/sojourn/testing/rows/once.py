"""What a backend promises about idempotency keys."""

import pytest

from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.scene import Scene

DIGEST, OTHER = b"\x00" * 32, b"\xff" * 32


def remember(
    scene: Scene, owner: int, operation: str, key: str, digest: bytes, object_id: str, now: int = NOW
) -> None:
    scene.write(lambda tx: tx.once.remember(owner, operation, key, digest, object_id, now))


def seen(scene: Scene, owner: int, operation: str, key: str, since: int = NOW) -> tuple[bytes, str] | None:
    return scene.read(lambda tx: tx.once.seen(owner, operation, key, since))


class OnceContract:
    def test_a_key_leads_to_what_it_did(self, scene: Scene) -> None:
        assert seen(scene, scene.ada, "addMessage", "key") is None
        remember(scene, scene.ada, "addMessage", "key", DIGEST, "msg-1")
        assert seen(scene, scene.ada, "addMessage", "key") == (DIGEST, "msg-1")

    def test_a_key_counts_from_when_it_was_used_and_at_that_moment_too(self, scene: Scene) -> None:
        remember(scene, scene.ada, "addMessage", "key", DIGEST, "msg-1")
        assert seen(scene, scene.ada, "addMessage", "key", NOW - HOUR) == (DIGEST, "msg-1")
        assert seen(scene, scene.ada, "addMessage", "key", NOW) == (DIGEST, "msg-1")
        assert seen(scene, scene.ada, "addMessage", "key", NOW + 1) is None

    def test_a_key_that_is_too_old_can_be_used_again(self, scene: Scene) -> None:
        remember(scene, scene.ada, "addMessage", "key", DIGEST, "msg-1")
        remember(scene, scene.ada, "addMessage", "key", OTHER, "msg-2", NOW + 2 * HOUR)
        assert seen(scene, scene.ada, "addMessage", "key", NOW + HOUR) == (OTHER, "msg-2")

    @pytest.mark.parametrize(
        ("operation", "key"),
        [("addMessage", "Key"), ("addMessage", "key "), ("addFiles", "key"), ("add", "Messagekey"), ("", "")],
    )
    def test_keys_are_apart_by_operation_and_to_the_letter(
        self, scene: Scene, operation: str, key: str
    ) -> None:
        remember(scene, scene.ada, "addMessage", "key", DIGEST, "msg-1")
        assert seen(scene, scene.ada, operation, key) is None
        remember(scene, scene.ada, operation, key, OTHER, "obj-2")
        assert seen(scene, scene.ada, operation, key) == (OTHER, "obj-2")
        assert seen(scene, scene.ada, "addMessage", "key") == (DIGEST, "msg-1")

    def test_keys_are_apart_by_owner(self, scene: Scene) -> None:
        remember(scene, scene.ada, "addMessage", "key", DIGEST, "msg-1")
        assert seen(scene, scene.bob, "addMessage", "key") is None
        remember(scene, scene.bob, "addMessage", "key", OTHER, "msg-2")
        assert seen(scene, scene.ada, "addMessage", "key") == (DIGEST, "msg-1")
        assert seen(scene, scene.ada + scene.bob + 1, "addMessage", "key") is None
