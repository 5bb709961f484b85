"""What a backend promises about state: one row per key, in the scope of a session or of a user."""

import pytest

from sojourn.ports import Entry, Scope, SessionRef
from sojourn.testing import drafts
from sojourn.testing.drafts import HOUR, NOW
from sojourn.testing.scene import READABLE, SHUT, UNREACHABLE, Scene

KEYS = ["", "A", "a", "a ", "a\u0301", "b", "x" * 200, "\u00e1", "\u4e2d", "\U0001f30a", "'; --"]
SCOPES = ["session", "user"]


def scope_of(scene: Scene, kind: str) -> Scope:
    return scene.session() if kind == "session" else scene.ada


def put(scene: Scene, scope: Scope, key: str, body: bytes, now: int = NOW) -> int:
    """The version that it became."""
    done = scene.write(lambda tx: tx.state.put(scope, key, body, now))
    assert done is not None
    return done.version


def remove(scene: Scene, scope: Scope, key: str) -> int:
    version = scene.write(lambda tx: tx.state.remove(scope, key, NOW))
    assert version is not None
    return version


def entry(scene: Scene, scope: Scope, key: str) -> Entry | None:
    return scene.read(lambda tx: tx.state.get(scope, key))


def held(scene: Scene, scope: Scope) -> dict[str, bytes]:
    """What `all` answers, which `count` must bear out."""
    entries = scene.read(lambda tx: tx.state.all(scope))
    assert len(entries) == scene.read(lambda tx: tx.state.count(scope))
    return {entry.key: entry.body for entry in entries}


class StateContract:
    @pytest.mark.parametrize("kind", SCOPES)
    @pytest.mark.parametrize("body", [b"", b"\x00", b"tides", bytes(range(256)) * 512])
    def test_a_value_is_kept_to_the_byte(self, scene: Scene, kind: str, body: bytes) -> None:
        scope = scope_of(scene, kind)
        version = put(scene, scope, "topic", body)
        assert entry(scene, scope, "topic") == Entry("topic", body, version)

    @pytest.mark.parametrize("kind", SCOPES)
    def test_a_key_that_was_not_set_is_none(self, scene: Scene, kind: str) -> None:
        scope = scope_of(scene, kind)
        assert entry(scene, scope, "topic") is None
        assert held(scene, scope) == {}

    @pytest.mark.parametrize("kind", SCOPES)
    def test_keys_that_look_alike_are_different_and_listed_by_code_point(
        self, scene: Scene, kind: str
    ) -> None:
        scope = scope_of(scene, kind)
        for key in reversed(KEYS):
            put(scene, scope, key, key.encode())
        assert held(scene, scope) == {key: key.encode() for key in KEYS}
        entries = scene.read(lambda tx: tx.state.all(scope))
        assert [entry.key for entry in entries] == sorted(KEYS)

    @pytest.mark.parametrize("kind", SCOPES)
    def test_the_last_value_stands(self, scene: Scene, kind: str) -> None:
        scope = scope_of(scene, kind)
        first = put(scene, scope, "topic", b"tides")
        second = put(scene, scope, "topic", b"moon")
        assert second > first
        assert entry(scene, scope, "topic") == Entry("topic", b"moon", second)

    @pytest.mark.parametrize("kind", SCOPES)
    def test_a_removed_key_is_gone_and_the_others_stay(self, scene: Scene, kind: str) -> None:
        scope = scope_of(scene, kind)
        put(scene, scope, "a", b"1")
        put(scene, scope, "b", b"2")
        remove(scene, scope, "a")
        assert entry(scene, scope, "a") is None
        assert held(scene, scope) == {"b": b"2"}

    @pytest.mark.parametrize("kind", SCOPES)
    def test_removing_what_is_not_there_is_no_refusal(self, scene: Scene, kind: str) -> None:
        scope = scope_of(scene, kind)
        put(scene, scope, "a", b"1")
        remove(scene, scope, "b")
        remove(scene, scope, "b")
        assert held(scene, scope) == {"a": b"1"}

    @pytest.mark.parametrize("kind", SCOPES)
    def test_versions_of_a_scope_rise_and_never_come_again(self, scene: Scene, kind: str) -> None:
        scope = scope_of(scene, kind)
        versions = [put(scene, scope, "a", b"1"), put(scene, scope, "b", b"1"), put(scene, scope, "a", b"1")]
        versions.append(remove(scene, scope, "a"))
        versions.append(put(scene, scope, "a", b"1"))
        versions.append(remove(scene, scope, "c"))
        versions.append(put(scene, scope, "c", b"1"))
        assert versions == sorted(set(versions))
        assert versions[0] > 0

    @pytest.mark.parametrize("kind", SCOPES)
    def test_a_write_tells_whether_the_key_is_new(self, scene: Scene, kind: str) -> None:
        scope = scope_of(scene, kind)

        def new(key: str) -> bool:
            done = scene.write(lambda tx: tx.state.put(scope, key, b"1", NOW))
            assert done is not None
            return done.new

        assert [new("a"), new("a"), new("b"), new("a")] == [True, False, True, False]
        remove(scene, scope, "a")
        assert [new("a"), new("b")] == [True, False]

    def test_scopes_are_apart(self, scene: Scene) -> None:
        mine, other, theirs = scene.session(), scene.session(), scene.session(scene.bob)
        scopes: list[Scope] = [mine, other, theirs, scene.ada, scene.bob]
        for number, scope in enumerate(scopes):
            put(scene, scope, "topic", b"%d" % number)
        for number, scope in enumerate(scopes):
            assert held(scene, scope) == {"topic": b"%d" % number}
        remove(scene, scene.ada, "topic")
        assert held(scene, mine) == {"topic": b"0"}
        assert held(scene, scene.bob) == {"topic": b"4"}


class StateConditionContract:
    @pytest.mark.parametrize("condition", READABLE)
    def test_state_can_be_read_while_its_session_is(self, scene: Scene, condition: str) -> None:
        ref = scene.put_into(scene.full().ref, condition)
        found = entry(scene, ref, "topic")
        assert found is not None
        assert found.body == b"tides"
        assert held(scene, ref) == {"topic": b"tides"}

    @pytest.mark.parametrize("condition", UNREACHABLE)
    def test_state_is_not_there_while_its_session_is(self, scene: Scene, condition: str) -> None:
        ref = scene.put_into(scene.full().ref, condition)
        assert entry(scene, ref, "topic") is None
        assert held(scene, ref) == {}

    @pytest.mark.parametrize("condition", SHUT)
    def test_a_write_is_none_while_the_session_is(self, scene: Scene, condition: str) -> None:
        full = scene.full()
        ref = scene.put_into(full.ref, condition)
        assert scene.write(lambda tx: tx.state.put(ref, "topic", b"moon", NOW)) is None
        assert scene.write(lambda tx: tx.state.put(ref, "new", b"moon", NOW)) is None
        assert scene.write(lambda tx: tx.state.remove(ref, "topic", NOW)) is None
        gone = condition in {"erased", "emptied"}
        assert held(scene, full.ref) == ({} if gone else {"topic": b"tides"})

    def test_a_user_that_is_not_there_has_no_state(self, scene: Scene) -> None:
        nobody = scene.ada + scene.bob + 1
        assert scene.write(lambda tx: tx.state.put(nobody, "theme", b"dark", NOW)) is None
        assert scene.write(lambda tx: tx.state.remove(nobody, "theme", NOW)) is None
        assert entry(scene, nobody, "theme") is None
        assert held(scene, nobody) == {}

    def test_a_write_moves_when_the_session_was_active_but_never_back(self, scene: Scene) -> None:
        ref = scene.session()
        put(scene, ref, "a", b"1", NOW + HOUR)
        assert scene.record(ref).active_ms == NOW + HOUR
        put(scene, ref, "a", b"2", NOW + 1)
        assert scene.record(ref).active_ms == NOW + HOUR
        scene.write(lambda tx: tx.state.remove(ref, "a", NOW + HOUR + 1))
        assert scene.record(ref).active_ms == NOW + HOUR + 1

    def test_state_of_a_user_outlives_their_sessions(self, scene: Scene) -> None:
        ref = scene.full().ref
        version = put(scene, scene.ada, "theme", b"dark")
        scene.erase(ref)
        assert entry(scene, scene.ada, "theme") == Entry("theme", b"dark", version)
        assert held(scene, SessionRef(scene.ada, drafts.new_id("ses"))) == {}
