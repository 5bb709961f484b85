"""Tables: every value beside its column's name, every chunk with its rows."""

from pathlib import Path

import pytest

from sojourn.errors import ReaderFailed
from sojourn.ingest import READERS
from sojourn.models import Chunk, Place


def read(folder: Path, content: str | bytes) -> list[Chunk]:
    path = folder / "table.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(READERS["text/csv"].read(path, "text/csv"))


def test_each_value_stands_beside_its_columns_name(tmp_path: Path) -> None:
    (chunk,) = read(tmp_path, 'name,city\nAda,"London, UK"\nBob,\n')
    assert chunk.text == "name: Ada\ncity: London, UK\n\nname: Bob"
    assert chunk.place == Place(row=1, last_row=2)


def test_a_chunk_holds_a_handful_of_rows_and_no_row_is_missing(tmp_path: Path) -> None:
    found = read(tmp_path, "id,word\n" + "".join(f"{number},tide\n" for number in range(1, 10_001)))
    assert all(len(chunk.text.split("\n\n")) <= 5 for chunk in found)
    rows = [
        (row, text)
        for chunk in found
        for row, text in zip(
            range(chunk.place.row or 0, (chunk.place.last_row or 0) + 1),
            chunk.text.split("\n\n"),
            strict=True,
        )
    ]
    assert rows == [(number, f"id: {number}\nword: tide") for number in range(1, 10_001)]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    lines = [["name", "price"], ["bread, dark", "1.50"], ["milk", "0.99"]]
    text = "\n".join(separator.join(f'"{cell}"' if "," in cell else cell for cell in line) for line in lines)
    (chunk,) = read(tmp_path, text)
    assert chunk.text == "name: bread, dark\nprice: 1.50\n\nname: milk\nprice: 0.99"


def test_a_decimal_comma_is_no_separator(tmp_path: Path) -> None:
    (chunk,) = read(tmp_path, "name;price;old\nbread;1,50;2,00\nmilk;0,99;1,10\n")
    assert chunk.text.startswith("name: bread\nprice: 1,50\nold: 2,00")


def test_rows_of_uneven_length_lose_no_word(tmp_path: Path) -> None:
    (chunk,) = read(tmp_path, "a,b\n1\n1,2,3\n")
    assert chunk.text == "a: 1\n\na: 1\nb: 2\ncolumn 3: 3"


def test_a_row_without_words_counts_and_an_empty_line_does_not(tmp_path: Path) -> None:
    found = read(tmp_path, "a,b\nx,1\n\n,\ny,2\n")
    assert [(chunk.text, chunk.place.row) for chunk in found] == [("a: x\nb: 1", 1), ("a: y\nb: 2", 3)]


@pytest.mark.parametrize(
    ("first", "names"),
    [
        ("country,2019,2020", ["country", "2019", "2020"]),
        (",x,y", ["column 1", "x", "y"]),
        ("3,4,5", ["column 1", "column 2", "column 3"]),
        ("same,same,other", ["column 1", "column 2", "column 3"]),
    ],
)
def test_a_line_of_names_is_told_from_a_row(tmp_path: Path, first: str, names: list[str]) -> None:
    *_, last = read(tmp_path, f"{first}\n7,8,9\n")
    assert last.text.split("\n\n")[-1] == "\n".join(
        f"{name}: {value}" for name, value in zip(names, "789", strict=True)
    )


def test_a_cell_of_several_lines_stays_one_value(tmp_path: Path) -> None:
    (chunk,) = read(tmp_path, 'name,note\nAda,"first\n\nsecond"\nBob,x\n')
    assert chunk.text.split("\n\n") == ["name: Ada\nnote: first second", "name: Bob\nnote: x"]


def test_a_row_that_is_too_long_makes_several_chunks_of_the_same_row(tmp_path: Path) -> None:
    found = read(tmp_path, "id,text\n1,short\n2," + "many words " * 500 + "\n3,short\n")
    assert {chunk.place.row for chunk in found} == {1, 2, 3}
    assert all(chunk.place.row == chunk.place.last_row and len(chunk.text) <= 1200 for chunk in found)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_usual_encodings_are_told_apart(tmp_path: Path, encoding: str) -> None:
    (chunk,) = read(tmp_path, "größe;preis\nlang;5 €\n".encode(encoding))
    assert chunk.text == "größe: lang\npreis: 5 €"


def test_very_many_columns_end(tmp_path: Path) -> None:
    found = read(tmp_path, ",".join(map(str, range(100_000))) + "\n")
    assert found and found[-1].text.endswith("column 100000: 99999")


def test_a_quote_that_is_never_closed_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(ReaderFailed, match=r"^Line \d+ of this table is not valid\.$"):
        read(tmp_path, 'a,b\n1,"never closed\n' + "x,y\n" * 500_000)


@pytest.mark.parametrize("content", [b"", b"\n\n", b",,\n,,\n", b"\0\0\0"])
def test_a_table_without_words_has_no_chunks(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content) == []


def test_a_table_of_names_alone_has_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, "name,city\n") == []
