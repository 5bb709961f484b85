"""Source markers are found however the words are cut into pieces."""

from collections.abc import Iterable

from hypothesis import example, given
from hypothesis import strategies as st

from sojourn.responders.markers import LONGEST, Markers

TEXTS = st.lists(
    st.sampled_from(
        ["[1]", "[2]", "[7]", "[1, 2]", "[", "]", "(", "1", " ", "\n", "`", "```", "word", ",", "é"]
    ),
    max_size=16,
).map("".join)


def split(pieces: Iterable[str], known: int) -> list[str | int]:
    """What comes out, with neighbouring words joined."""
    markers = Markers(known)
    out: list[str | int] = []
    for item in [*(item for piece in pieces for item in markers.feed(piece)), *markers.finish()]:
        if isinstance(item, str) and out and isinstance(out[-1], str):
            out[-1] += item
        else:
            out.append(item)
    return out


@given(TEXTS, st.integers(1, 5))
@example("a\n\n[1]", 2)
@example("`a\n \n` [1] ``", 1)
@example("[1](x) [1]", 3)
def test_the_cuts_of_the_stream_change_nothing(text: str, size: int) -> None:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert split(pieces, 2) == split([text], 2)


@given(TEXTS)
def test_without_sources_every_word_stays(text: str) -> None:
    assert "".join(map(str, split(text, 0))) == text


def test_little_is_held_back() -> None:
    markers = Markers(1)
    text = " " * 5000 + "[" + "1" * 5000 + "`" * 5000 + "\n" * 5000
    given_out = 0
    for at, piece in enumerate(text, 1):
        given_out += sum(len(item) for item in markers.feed(piece) if isinstance(item, str))
        assert at - given_out <= LONGEST


def test_a_marker_loses_the_blanks_before_it_and_a_link_or_code_keeps_all() -> None:
    assert split(["so  [1]. `x[1]` [1](y)"], 1) == ["so", 1, ". `x[1]` [1](y)"]
    assert split(["```\nx [1]\n\n[1]\n````\n[1]"], 1) == ["```\nx [1]\n\n[1]\n````\n", 1]
