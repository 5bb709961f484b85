"""Plain text and Markdown: what is read, and where it says it stands."""

import codecs
from pathlib import Path

import pytest

from sojourn.ingest import READERS
from sojourn.models import Chunk, Place


def read(folder: Path, content: str | bytes, media_type: str = "text/plain") -> list[Chunk]:
    path = folder / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(READERS[media_type].read(path, media_type))


def places(chunks: list[Chunk]) -> list[tuple[str, Place]]:
    return [(chunk.text, chunk.place) for chunk in chunks]


# -- plain text ---------------------------------------------------------------------------------


def test_a_form_feed_ends_a_page(tmp_path: Path) -> None:
    assert places(read(tmp_path, "one\fstill\ntwo\n\fthree")) == [
        ("one", Place(page=1, line=1)),
        ("still\ntwo", Place(page=2, line=1)),
        ("three", Place(page=3, line=3)),
    ]


def test_a_text_without_form_feeds_has_no_pages(tmp_path: Path) -> None:
    assert places(read(tmp_path, "\n\nA paragraph\nof two lines.\n\nAnother.\n")) == [
        ("A paragraph\nof two lines.\n\nAnother.", Place(line=3))
    ]


def test_an_underlined_line_is_a_heading_with_its_path(tmp_path: Path) -> None:
    text = "Guide\n=====\n\nHello.\n\nInstall\n-------\n\nRun it.\n\n\nTides\n=====\n\nTwice a day.\n"
    assert places(read(tmp_path, text)) == [
        ("Hello.", Place(heading="Guide", line=4)),
        ("Run it.", Place(heading="Guide › Install", line=9)),
        ("Twice a day.", Place(heading="Tides", line=15)),
    ]


@pytest.mark.parametrize(
    "text", ["One line.\nTwo lines.\n----------\n", "a | b\n---\n" * 40, "=====\n\nText"]
)
def test_a_rule_under_more_than_a_title_makes_no_heading(tmp_path: Path, text: str) -> None:
    if text.startswith("a |"):
        text = "A line that is much longer than the rule below it, so no title\n---\n"
    assert all(chunk.place.heading is None for chunk in read(tmp_path, text))


def test_a_heading_over_nothing_is_text_itself(tmp_path: Path) -> None:
    found = read(tmp_path, "To come\n=======\n\nAlso to come\n============\n")
    assert [chunk.text for chunk in found] == ["To come", "Also to come"]


@pytest.mark.parametrize(
    "encoded",
    [
        "Größe: 5 €, naïve".encode(),
        "Größe: 5 €, naïve".encode("utf-8-sig"),
        codecs.BOM_UTF16_LE + "Größe: 5 €, naïve".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "Größe: 5 €, naïve".encode("utf-16-be"),
        "Größe: 5 €, naïve".encode("utf-16-le"),
        codecs.BOM_UTF32_LE + "Größe: 5 €, naïve".encode("utf-32-le"),
        "Größe: 5 €, naïve".encode("cp1252"),
    ],
)
def test_the_usual_encodings_are_told_apart(tmp_path: Path, encoded: bytes) -> None:
    assert [chunk.text for chunk in read(tmp_path, encoded)] == ["Größe: 5 €, naïve"]


def test_an_accent_far_down_decides_too(tmp_path: Path) -> None:
    late = "plain\n\n" * 200_000 + "café"
    assert read(tmp_path, late.encode("latin-1"))[-1].text.endswith("café")
    assert read(tmp_path, late)[-1].text.endswith("café")


def test_windows_and_old_mac_line_ends_are_line_ends(tmp_path: Path) -> None:
    assert [chunk.text for chunk in read(tmp_path, "a\r\nb\r\n\r\nc\rd")] == ["a\nb\n\nc\nd"]


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    found = read(tmp_path, bytes(range(256)) * 50 + b"\0" * 1000 + b"end")
    assert found and all("\0" not in chunk.text for chunk in found)


def test_an_empty_file_has_no_words(tmp_path: Path) -> None:
    assert read(tmp_path, "") == read(tmp_path, " \n\f\n ") == []


# -- Markdown -----------------------------------------------------------------------------------

GUIDE = """---
title: not text
---
# Guide

Hello *there*, see [the site](https://example.com) and ![a tide table](x.png).

## Install

Run `pip` so:

```sh
pip install sojourn
```

- first
- second
  goes on

| name | size |
|---|---|
| moon | small |

# Tides
"""


def test_markdown_is_read_without_its_marks_under_the_path_of_its_headings(tmp_path: Path) -> None:
    assert places(read(tmp_path, GUIDE, "text/markdown")) == [
        ("Hello there, see the site and a tide table.", Place(heading="Guide", line=6)),
        (
            "Run pip so:\n\npip install sojourn\n\nfirst\nsecond\ngoes on\n\nname | size\nmoon | small",
            Place(heading="Guide › Install", line=10),
        ),
        ("Tides", Place(heading="Tides", line=24)),
    ]


def test_a_second_heading_of_a_level_leaves_the_first(tmp_path: Path) -> None:
    text = "# A\n\n## B\n\n### C\n\nc\n\n## D\n\nd\n\nE\n=\n\ne\n"
    found = read(tmp_path, text, "text/markdown")
    assert [chunk.place.heading for chunk in found] == ["A › B › C", "A › D", "E"]


def test_a_long_section_keeps_its_heading_and_its_lines(tmp_path: Path) -> None:
    text = "# Tides\n\n" + "\n\n".join(f"{number}. " + "word " * 60 for number in range(1, 60, 2))
    found = read(tmp_path, text.replace(". ", " is a number, "), "text/markdown")
    assert len(found) > 5 and {chunk.place.heading for chunk in found} == {"Tides"}
    assert all(chunk.text.startswith(f"{(chunk.place.line or 0) - 2} is") for chunk in found)


def test_raw_html_in_markdown_is_not_shown(tmp_path: Path) -> None:
    found = read(tmp_path, "Hello <b>you</b>\n\n<script>alert(1)</script>\n", "text/markdown")
    assert [chunk.text for chunk in found] == ["Hello you"]


def test_markdown_nested_as_deep_as_it_likes_ends(tmp_path: Path) -> None:
    text = (
        "> " * 3000
        + "deep\n\n"
        + "- " * 2000
        + "deep\n\n"
        + "[" * 20_000
        + "\n\n"
        + "*a **b " * 3000
        + "\n\nend"
    )
    assert read(tmp_path, text, "text/markdown")[-1].text.endswith("end")
