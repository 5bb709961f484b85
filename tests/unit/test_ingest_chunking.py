"""Chunks: small enough to cite, large enough to be understood, and each at its place."""

from hypothesis import given
from hypothesis import strategies as st

from sojourn.ingest.chunking import MOST, Block, chunks, pieces
from sojourn.models import Place

SENTENCE = "The tide rises twice a day, and each time a little later than the day before. "


def texts(*blocks: Block) -> list[str]:
    return [chunk.text for chunk in chunks(blocks)]


def test_short_paragraphs_share_a_chunk() -> None:
    blocks = [Block(f"Paragraph {number}.", Place(line=number)) for number in range(1, 5)]
    (chunk,) = chunks(blocks)
    assert chunk.text == "Paragraph 1.\n\nParagraph 2.\n\nParagraph 3.\n\nParagraph 4."
    assert (chunk.number, chunk.place) == (0, Place(line=1))


def test_lines_of_a_list_stay_under_each_other() -> None:
    blocks = [
        Block("Bring:", Place()),
        Block("a tent", Place(), "item"),
        Block("a rope", Place(), "item"),
        Block("Then go.", Place()),
    ]
    assert texts(*blocks) == ["Bring:\n\na tent\na rope\n\nThen go."]


def test_a_long_text_is_cut_after_sentences_into_chunks_of_800_to_1200_characters() -> None:
    found = texts(Block(SENTENCE * 100, Place()))
    assert all(text.endswith("day before.") for text in found)
    assert all(800 <= len(text) <= 1200 for text in found[:-1])
    assert " ".join(found) == (SENTENCE * 100).strip()


def test_a_chunk_never_crosses_a_page_or_a_heading() -> None:
    blocks = [
        Block("On the first page.", Place(page=1, heading="Tides")),
        Block("On the second.", Place(page=2, heading="Tides")),
        Block("Under another heading.", Place(page=2, heading="Moon")),
    ]
    assert [(chunk.text, chunk.place) for chunk in chunks(blocks)] == [
        (block.text, block.place) for block in blocks
    ]


def test_each_chunk_knows_the_line_it_begins_on() -> None:
    lines = [f"{number}: {SENTENCE.strip()}" for number in range(1, 101)]
    found = list(chunks([Block("\n".join(lines), Place(line=1))]))
    assert len(found) > 5
    assert all(chunk.text.startswith(f"{chunk.place.line}: ") for chunk in found)


def test_lines_are_right_after_a_small_block_was_joined_with_a_large_one() -> None:
    lines = [f"{number}: {SENTENCE.strip()}" for number in range(10, 60)]
    blocks = [Block("3: A title", Place(line=3)), Block("\n".join(lines), Place(line=10))]
    found = list(chunks(blocks))
    assert found[0].place.line == 3
    assert all(chunk.text.startswith(f"{chunk.place.line}: ") for chunk in found)


def test_a_text_without_any_space_is_cut_all_the_same() -> None:
    assert "".join(pieces("x" * 100_000)) == "x" * 100_000
    assert max(map(len, pieces("x" * 100_000))) <= MOST


def test_japanese_is_cut_after_sentences() -> None:
    sentence = "潮の満ち引きは一日に二回起こる。"
    assert all(part.endswith("。") for part in pieces(sentence * 300))


def test_room_at_the_beginning_makes_no_empty_chunk() -> None:
    assert texts(Block(" " * 5000 + "words" + " " * 5000, Place())) == ["words"]


def test_a_huge_block_is_one_text_still() -> None:
    lines = "\n".join(f"line {number} of a very long list" for number in range(5000))
    found = texts(Block(lines, Place()))
    assert "\n".join(found) == lines and "\n\n" not in "".join(found)


def test_nothing_comes_of_nothing() -> None:
    assert texts() == texts(Block("", Place()), Block(" \n ", Place())) == []


@given(
    st.lists(
        st.tuples(
            st.text(max_size=60), st.integers(1, 60), st.sampled_from([1, 2]), st.sampled_from(["", "item"])
        ),
        max_size=8,
    )
)
def test_no_word_is_lost_and_no_chunk_too_long(
    drawn: list[tuple[str, int, int, str]],
) -> None:
    blocks = [Block(" ".join([text] * times), Place(page=page), kind) for text, times, page, kind in drawn]
    found = list(chunks(blocks))
    assert "".join("".join(chunk.text.split()) for chunk in found) == "".join(
        "".join(block.text.split()) for block in blocks
    )
    assert all(0 < len(chunk.text) <= MOST for chunk in found)
    assert [chunk.number for chunk in found] == [*range(len(found))]
