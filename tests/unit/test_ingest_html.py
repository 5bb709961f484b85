"""HTML: the words a reader sees, and nothing that runs."""

from pathlib import Path

import pytest

from sojourn.ingest import READERS
from sojourn.models import Chunk

PAGE = """<!doctype html><html><head><title>Not text</title><style>p { color: red }</style>
<script>var secret = 1</script></head><body>
<h1>Guide</h1><p>Hello <b>bold</b> world,<br>next&nbsp;line &amp; more.</p>
<h2>Install <em>it</em></h2>
<p>Steps:</p><ul><li>one</li><li>two <ul><li>nested</li></ul></li></ul>
<pre>  kept
    as is</pre>
<table><tr><th>name<th>size</tr><tr><td>moon<td>small</tr></table>
<noscript>hidden</noscript><template>hidden</template><svg><text>hidden</text></svg>
<h1>Tides</h1>loose words <div>in a box<div>in another</div></div>
</body></html>"""


def read(folder: Path, content: bytes) -> list[Chunk]:
    path = folder / "page.html"
    path.write_bytes(content)
    return list(READERS["text/html"].read(path, "text/html"))


def test_words_stand_under_the_path_of_their_headings(tmp_path: Path) -> None:
    assert [(chunk.place.heading, chunk.text) for chunk in read(tmp_path, PAGE.encode())] == [
        ("Guide", "Hello bold world,\nnext line & more."),
        (
            "Guide › Install it",
            "Steps:\n\none\ntwo\nnested\n\n  kept\n    as is\n\nname | size\nmoon | small",
        ),
        ("Tides", "loose words\n\nin a box\n\nin another"),
    ]


@pytest.mark.parametrize(
    "page",
    [
        "<p>Größe</p>".encode(),
        "<p>Größe</p>".encode("utf-16"),
        b"<meta charset='iso-8859-2'><p>" + "Größe ł".encode("iso-8859-2"),
        "<p>Größe</p>".encode("cp1252"),
        b"<meta charset=rot13><p>" + "Größe".encode("cp1252"),
        b"<meta charset=no-such-thing><p>" + "Größe".encode("cp1252"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, page: bytes) -> None:
    assert read(tmp_path, page)[0].text.startswith("Größe")


def test_a_page_nested_very_deep_is_read(tmp_path: Path) -> None:
    page = b"<h1>Deep</h1>" + b"<div>" * 20_000 + b"words" + b"</div>" * 20_000 + b"<p>after"
    assert [chunk.text for chunk in read(tmp_path, page)] == ["words\n\nafter"]


def test_broken_markup_still_has_words(tmp_path: Path) -> None:
    found = read(tmp_path, b"<p>one <table><b>two</p></table></i><<<>><h2>three\0</h2><!-- four")
    assert {word for chunk in found for word in f"{chunk.text} {chunk.place.heading}".split()} >= {
        "one",
        "two",
        "three",
    }


def test_a_page_without_words_has_no_chunks(tmp_path: Path) -> None:
    assert read(tmp_path, b"<html><script>1</script></html>") == read(tmp_path, b"") == []
