"""Entries are taken out under a counter, and the last bytes come when the sum is right."""

import io
from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.archives import Part, built, deflated, zipped

from sojourn.errors import Invalid, LimitExceeded
from sojourn.ingest.archive import Archive, Entry, Limits, judge
from sojourn.ingest.archive.names import refusal

LARGE = bytes(range(256)) * 4096


def taken(archive: Archive, entry: Entry) -> tuple[bytes, str | None]:
    """What came, and the reason why no more did."""
    data = b""
    try:
        for piece in archive.open(entry):
            data += piece
    except Invalid as problem:
        return data, problem.facts["reason"]
    return data, None


def opened(*parts: Part) -> Archive:
    return judge(io.BytesIO(built(parts)), Limits(ratio=10_000))


LIES = {
    "declares 10, has a megabyte": (Part(data=LARGE, size=10), "archive.size"),
    "declares 10, has 11": (Part(data=b"x" * 11, size=10), "archive.size"),
    "declares 10, has 9": (Part(data=b"x" * 9, size=10), "archive.size"),
    "declares much, has little": (Part(data=LARGE, size=len(LARGE) + 1), "archive.size"),
    "has another sum": (Part(data=LARGE, checksum=1), "archive.checksum"),
    "has another sum, stored": (Part(data=LARGE, method=0, checksum=1), "archive.checksum"),
    "is cut off": (Part(data=LARGE, packed=deflated(LARGE)[:-5]), "archive.damaged"),
    "goes on behind its end": (Part(data=LARGE, packed=deflated(LARGE) + b"more"), "archive.damaged"),
    "goes on long behind its end": (
        Part(data=b"x", packed=deflated(b"x") + bytes(200_000)),
        "archive.damaged",
    ),
    "is not packed at all": (Part(data=LARGE, packed=b"\xff" * 1000), "archive.damaged"),
}


@pytest.mark.parametrize("case", LIES)
def test_a_lie_ends_the_reading_before_the_last_piece(case: str) -> None:
    part, reason = LIES[case]
    archive = opened(part, Part("behind.txt"))
    liar, behind = archive.files()
    data, why = taken(archive, liar)
    assert why == reason
    assert len(data) <= liar.size and data != part.data
    assert part.data.startswith(data)
    assert taken(archive, behind) == (b"words", None)


def test_a_refusal_names_the_entry() -> None:
    archive = opened(Part("lie.bin", LARGE, size=10))
    with pytest.raises(Invalid, match=r"“lie\.bin” has more than the 10 bytes it declares") as caught:
        list(archive.open(archive.files()[0]))
    assert caught.value.facts["entry"] == "lie.bin"


def test_what_grows_much_comes_in_pieces_of_a_bounded_size() -> None:
    zeros = bytes(9 << 20)
    archive = opened(Part(data=zeros))
    pieces = list(archive.open(archive.files()[0]))
    assert b"".join(pieces) == zeros
    assert max(map(len, pieces)) <= 1 << 18


def test_two_entries_may_be_read_in_turns() -> None:
    one, two = LARGE, LARGE[::-1]
    archive = opened(Part("one", one, method=0), Part("two", two))
    first, second = (archive.open(entry) for entry in archive.files())
    turns = list(zip_longest(first, second, fillvalue=b""))
    assert len(turns) > 3
    assert b"".join(left for left, _ in turns) == one
    assert b"".join(right for _, right in turns) == two


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


@given(st.dictionaries(NAMES, st.binary(max_size=2000), max_size=5), st.sampled_from([0, 8]))
def test_what_was_put_in_comes_out(files: dict[str, bytes], method: int) -> None:
    files = {name: data for name, data in files.items() if refusal(name, 1000) is None and name[-1] != "/"}
    if not any(files.values()):
        return
    archive = judge(io.BytesIO(zipped(files, method)), Limits(nested=True))
    whole = list(files.values())
    for entry in archive.entries:
        if entry.outcome == "file":
            assert taken(archive, entry) == (whole[entry.number], None)
        elif entry.outcome == "refused":
            assert entry.reason == "archive.duplicate"
        else:
            assert entry.outcome == "system" or whole[entry.number] == b""


SEEDS = [
    zipped({"a.txt": b"words " * 40, "b/": b"", "b/c.bin": LARGE[:1000], "инфо": b"x"}),
    built([Part("a", b"stored", method=0), Part("b", LARGE, extra=bytes(8))], comment=b"by hand"),
]


@given(st.data())
def test_damaged_bytes_end_in_an_answer(data: st.DataObject) -> None:
    seed = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(seed) - 1))
        match data.draw(st.sampled_from(["change", "cut", "insert", "full"])):
            case "change":
                seed[at] = data.draw(st.integers(0, 255))
            case "cut":
                del seed[at : at + data.draw(st.integers(1, 20))]
            case "insert":
                seed[at:at] = data.draw(st.binary(min_size=1, max_size=20))
            case "full":
                seed[at : at + 4] = b"\xff" * 4
        if not seed:
            break
    try:
        archive = judge(io.BytesIO(bytes(seed)))
    except (Invalid, LimitExceeded):
        return
    for entry in archive.entries:
        assert entry.name.encode() is not None
        if entry.outcome == "file":
            content, _ = taken(archive, entry)
            assert len(content) <= entry.size
