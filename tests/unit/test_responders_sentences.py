"""Sentences end where people say they end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.responders.sentences import LONGEST, sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Mary Smith wrote it.",
        "It rises by approx. 3 metres, e.g. At Brest in March.",
        "See Fig. S1 and eq. 4 for details.",
        "J. R. Ewing and K. Moore agree.",
        "The pH was 7.4 at noon.",
        "Siehe Abs. 3, z.B. Der dritte Satz gilt ab dem 3. Mai 2024.",
        "The U.S. Coast Guard measures it.",
        "Moore et al. (2020) found this.",
        "They met at 5 p.m. on Friday.",
        "He waited ... and waited.",
        "He asked “Why?” and left.",
        "Version 2.0 of node.js is out.",
    ],
)
def test_an_abbreviation_a_number_or_an_initial_does_not_end_a_sentence(text: str) -> None:
    assert split(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rained. The tide rose.", ["It rained.", "The tide rose."]),
        ("Really? Yes! Good…  So be it", ["Really?", "Yes!", "Good…", "So be it"]),
        ("It began in 2020. The rest is known.", ["It began in 2020.", "The rest is known."]),
        ("He said “no.” She left.", ["He said “no.”", "She left."]),
        ("Boats, nets etc. The harbour is full.", ["Boats, nets etc.", "The harbour is full."]),
        ("The answer is no. The reason is plain.", ["The answer is no.", "The reason is plain."]),
        ("潮は高い。月が近い。", ["潮は高い。", "月が近い。"]),
        ("A title\n\nThe text of it.", ["A title", "The text of it."]),
        ("Two things:\n- one\n- two", ["Two things:", "- one", "- two"]),
        ("1. Cast off.\n2. Set sail.", ["1. Cast off.", "2. Set sail."]),
        ("a line\nthat goes on. Next.", ["a line\nthat goes on.", "Next."]),
    ],
)
def test_sentences_end_at_stops_paragraphs_and_list_items(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_what_has_no_end_is_cut_between_words() -> None:
    text = "word " * 1000
    parts = split(text)
    assert len(parts) > 1
    assert all(len(part) <= LONGEST for part in parts)
    assert " ".join(parts) == text.strip()


@given(st.text(st.sampled_from("aB 1.!?\n\t“”。-#…)|é漢"), max_size=300))
def test_spans_are_in_order_trimmed_and_lose_nothing_but_white_space(text: str) -> None:
    spans = sentences(text)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
