"""Whatever a library call is given: a typed error, nothing kept, and the next call works."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sojourn import Settings, Sojourn
from sojourn.errors import (
    Invalid,
    LimitExceeded,
    NotFound,
)
from sojourn.sync.session import Session

HUGE = "x" * 65_536
SETTINGS = Settings(durability="process")


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sojourn]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'data'}"
    with Sojourn.open(url, settings=SETTINGS) as store:
        yield store


@pytest.fixture
def session(store: Sojourn) -> Session:
    made = store.user("ada").sessions.create(title="Tides")
    made.messages.append("user", "kept")
    made.state.set(kept=1)
    return made


def untouched(session: Session) -> None:
    """What stood before still does, and nothing else."""
    assert [message.text for message in session.messages.last()] == ["kept"]
    assert session.state.all() == {"kept": 1}
    assert session.files.list().items == []
    assert not session.refresh().closed


def variants(id: str) -> dict[str, Any]:
    """What is nearly the id, and what is none."""
    return {
        "empty": "",
        "64 KiB": HUGE,
        "path": f"../{id}",
        "encoded path": f"%2e%2e%2f{id}",
        "doubly encoded": f"%252e{id}",
        "slash": f"{id}/",
        "two slashes": f"//{id}",
        "parameter": f"{id};x",
        "NUL": f"{id}\0",
        "encoded NUL": f"{id}%00",
        "half a pair": f"{id}\ud800",
        "upper case": id.upper(),
        "dot": f"{id}.",
        "blank": f"{id} ",
        "newline": f"{id}\n",
        "look-alike digits": "".join(chr(ord(c) + 0xFF10 - ord("0")) if c.isdigit() else c for c in id),
        "another prefix": "usr_" + id.partition("_")[2],
        "no prefix": id.partition("_")[2],
        "half": id[:-1],
        "a wildcard": id[:-1] + "%",
        "quoted": f"'{id}' OR 1=1 --",
        "number": 7,
        "negative": -1,
        "2^63": 2**63,
        "bytes": id.encode(),
        "nothing": None,
        "list": [id],
        "dict": {"id": id},
    }


NAMES = sorted(variants("ses_0"))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_id_finds_nothing(store: Sojourn, session: Session, name: str) -> None:
    file = session.files.add("notes.txt", b"Neap tides.")
    visit = store.visit(None)
    visit.start()
    (device,) = visit.user.devices.list()
    for id, call in (
        (session.id, store.user("ada").sessions.get),
        (session.id, visit.switch),
        (device.id, visit.user.devices.revoke),
        (file.id, session.files.get),
        (file.id, session.files.open),
        (file.id, session.files.chunks),
        (file.id, session.files.delete),
        (file.id, session.files.restore),
        (file.id, session.files.erase),
        (file.id, session.files.upload),
        (file.id, session.files.cancel),
    ):
        with pytest.raises(NotFound):
            call(variants(id)[name])
    assert not store.visit(visit.issued).signed_out
    session.files.erase(file.id)
    untouched(session)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("no prefix", "upper case")])
def test_what_is_no_message_finds_none(session: Session, name: str) -> None:
    message = session.messages.last()[0]
    wrong = variants(message.id)[name]
    for call in (session.messages.get, session.messages.retry, session.messages.rewind):
        with pytest.raises((NotFound, Invalid, LimitExceeded)):
            call(wrong)
    if wrong is not None:
        with pytest.raises((NotFound, Invalid, LimitExceeded)):
            session.messages.append("user", "x", id=wrong)
        with pytest.raises((NotFound, Invalid, LimitExceeded)):
            session.messages.append("user", "x", parent=wrong)
    untouched(session)


def test_another_users_ids_and_none_are_one_answer(store: Sojourn, session: Session) -> None:
    bob = store.user("bob")
    his = bob.sessions.create()
    file = session.files.add("notes.txt", b"Neap tides.")
    for call, foreign, absent in (
        (bob.sessions.get, session.id, "ses_" + "0" * 26),
        (his.files.get, file.id, "fil_" + "0" * 26),
        (his.messages.get, session.messages.last()[0].id, "00000000-0000-7000-8000-000000000000"),
    ):
        told = []
        for id in (foreign, absent):
            with pytest.raises(NotFound) as problem:
                call(id)
            told.append((type(problem.value), str(problem.value), problem.value.facts))
        assert told[0] == told[1]


class Text(str):
    """A subclass that claims to be another."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def encode(self, *args: Any) -> bytes:  # type: ignore[override]
        raise RuntimeError("never asked")


class Reducing:
    def __reduce__(self) -> Any:
        raise AssertionError("nothing of it is called")


def cyclic() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


def deep(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


BAD_VALUES: dict[str, Any] = {
    "an object": object(),
    "a reducing object": Reducing(),
    "a function": len,
    "a class": int,
    "a module": sys,
    "a generator": (n for n in ()),
    "itself": cyclic(),
    "10^5 deep": deep(100_000),
    "NaN": float("nan"),
    "infinity": [float("inf")],
    "a Decimal that is none": Decimal("NaN"),
    "half a pair": "\ud800",
    "half a pair in a key": {"\ud800": 1},
    "complex": 1j,
    "a memoryview of itself": {"a": object},
}


@pytest.mark.parametrize("name", BAD_VALUES)
def test_what_cannot_be_kept_is_refused_in_every_place(session: Session, name: str) -> None:
    value = BAD_VALUES[name]
    for change in (
        lambda: session.state.set(bad=value, good=1),
        lambda: session.state.append("list", value),
        lambda: session.state.merge("dict", {"a": value}),
        lambda: session.state.compare_and_set("bad", value, version=0),
        lambda: session.state.update("bad", lambda _: value),
        lambda: session.update(metadata={"bad": value}),
        lambda: session.messages.append("user", "x", metadata={"bad": value}),
    ):
        with pytest.raises((Invalid, LimitExceeded)):
            change()
    untouched(session)
    assert session.record.metadata == {}


@pytest.mark.parametrize(
    "key", ["", "x" * 100_000, "a\0b", "\udfff", 5, None, b"bytes", ("a",), 1.5], ids=range(9)
)
def test_a_key_is_a_short_text(session: Session, key: Any) -> None:
    for change in (
        lambda: session.state.set({key: 1}),
        lambda: session.state.get(key),
        lambda: session.state.incr(key),
        lambda: session.state.append(key, 1),
        lambda: session.state.delete(key),
        lambda: session.state.update(key, lambda value: 1),
        lambda: session.state.compare_and_set(key, 1, version=0),
    ):
        with pytest.raises((Invalid, LimitExceeded)):
            change()
    untouched(session)


def test_marker_keys_of_any_codec_are_plain_data(session: Session) -> None:
    value = {
        "__class__": "os.system", "__reduce__": ["x"], "$type": "a", "py/object": "b", "lc": 1,
        "type": "constructor", "~Notes": 3, "__proto__": {}, "\x00ext": 1,
    }  # fmt: skip
    session.state.set(value=value)
    assert session.state.get("value") == value


@pytest.mark.parametrize("text", ["2026-03-29T02:30:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"])
def test_a_naive_time_comes_back_naive(session: Session, text: str) -> None:
    moment = datetime.fromisoformat(text)
    session.state.set(at=moment)
    assert session.state.get("at") == moment
    assert session.state.get("at").tzinfo is None
    session.state.set(at=moment.replace(year=2026, tzinfo=UTC))
    assert session.state.get("at").tzinfo is not None


@pytest.mark.parametrize("seconds", [-1, 10**10, 1.5, float("nan"), "60", True, 2**63])
def test_a_limit_of_time_is_whole_seconds(store: Sojourn, seconds: Any) -> None:
    with pytest.raises(Invalid):
        store.user("ada").sessions.get_or_create(client_key="k", idle_seconds=seconds)
    assert store.user("ada").sessions.list().items == []


@pytest.mark.parametrize("seconds", [0, -1, 10**9, float("nan"), float("inf"), "30", None, [1]])
def test_a_lease_is_held_for_a_time(store: Sojourn, seconds: Any) -> None:
    with pytest.raises(Invalid):
        store.lease("nightly", seconds=seconds)


@pytest.mark.parametrize("limit", [0, -1, 10**9, 1.0, "5", None, True])
def test_a_count_is_a_whole_number_within_bounds(store: Sojourn, session: Session, limit: Any) -> None:
    for call in (
        lambda: store.user("ada").sessions.list(limit=limit),
        lambda: store.user("ada").sessions.search("Tides", limit=limit),
        lambda: session.messages.last(limit),
        lambda: session.messages.page(before=1, limit=limit),
        lambda: session.messages.after(0, limit=limit),
        lambda: session.files.list(limit=limit),
        lambda: session.search("tides", k=limit),
        lambda: store.user("ada").events.after(0, limit=limit),
        lambda: session.messages.branches(limit=limit),
    ):
        with pytest.raises(Invalid):
            call()


@pytest.mark.parametrize("cursor", ["", "x", HUGE, "a\0", "\ud800", 5, b"x", "é" * 40, None.__class__])
def test_a_cursor_that_no_list_gave_is_refused(store: Sojourn, session: Session, cursor: Any) -> None:
    for call in (
        lambda: store.user("ada").sessions.list(cursor=cursor),
        lambda: store.user("ada").sessions.search("Tides", cursor=cursor),
        lambda: session.files.list(cursor=cursor),
    ):
        with pytest.raises(Invalid):
            call()


@pytest.mark.parametrize("name", ["", "x" * 501, "a\0b", "\ud800", 5, None, b"ada", ["ada"]])
def test_a_users_name_is_a_text(store: Sojourn, name: Any) -> None:
    with pytest.raises((Invalid, LimitExceeded)):
        store.user(name)


@pytest.mark.parametrize("token", ["", "x", HUGE, "a\0b", "\ud800", "é", " ", "\n"])
def test_a_token_that_was_never_issued_is_a_newcomer(store: Sojourn, token: str) -> None:
    visit = store.visit(token)
    assert not visit.signed_out
    assert visit.user.record() is None


@pytest.mark.parametrize("role", ["", "owner", "USER", "user ", 5, None, ["user"], "x" * 10_000])
def test_a_role_is_one_of_four(session: Session, role: Any) -> None:
    with pytest.raises(Invalid):
        session.messages.append(role, "x")
    untouched(session)


@pytest.mark.parametrize("content", [5, None, b"bytes", [], [5], ["text"], {"text": "x"}, [None], "\ud800"])
def test_what_is_said_is_text_or_parts(session: Session, content: Any) -> None:
    with pytest.raises(Invalid):
        session.messages.append("user", content)
    untouched(session)
