"""What an index is asked, in SQL. FTS5 finds the chunks; `core` ranks them."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apsw

from sojourn.backends.sqlite.index_file import IndexFile
from sojourn.errors import Invalid
from sojourn.models import Chunk, Document, Hit, Place

_BITS = 24
_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
"""Letters of scripts that put no space between words: each is taken as a word."""

_CANDIDATES = f"""
    SELECT document.id, document.name, chunk.no & {(1 << _BITS) - 1}, chunk.text, -found.score,
        page, heading, "row", last_row, line
    FROM (SELECT rowid, bm25(word, 1.0, 2.0) AS score FROM word WHERE word MATCH ?
        ORDER BY score, rowid LIMIT ?) AS found
    JOIN chunk ON chunk.no = found.rowid JOIN document ON document.no = chunk.no >> {_BITS}
    ORDER BY found.score, chunk.no"""


class SqliteIndex:
    """One body of chunks in one file."""

    def __init__(self, locate: Callable[[], Path], synchronous: str = "FULL") -> None:
        self._file = IndexFile(locate, synchronous)

    def put(self, document_id: str, name: str, chunks: Sequence[Chunk]) -> None:
        """Replaces the document's chunks in one transaction; a document without any is not held."""
        if any(not 0 <= chunk.number < 1 << _BITS for chunk in chunks):
            raise Invalid(f"The number of a chunk is at most {(1 << _BITS) - 1}.", field="number")
        if not chunks:
            self.remove(document_id)
            return

        def change(connection: apsw.Connection) -> None:
            _delete(connection, document_id)
            words = sum(len(_WORD.findall(_spaced(chunk.text))) for chunk in chunks)
            no: int = connection.execute(
                "INSERT INTO document (id, name, chunks, words) VALUES (?, ?, ?, ?) RETURNING no",
                (document_id, name, len(chunks), words),
            ).get
            connection.executemany(
                "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (no << _BITS | chunk.number, chunk.text, p.page, p.heading, p.row, p.last_row, p.line)
                    for chunk in chunks
                    for p in (chunk.place,)
                ),
            )
            connection.executemany(
                "INSERT INTO word (rowid, text, heading) VALUES (?, ?, ?)",
                (
                    (no << _BITS | chunk.number, *_indexed(chunk.text, chunk.place.heading))
                    for chunk in chunks
                ),
            )

        self._file.write(change)

    def remove(self, document_id: str) -> None:
        """Leaves no word of the document in the file. Absent is not an error."""
        self._file.amend(lambda connection: _delete(connection, document_id))

    def documents(self) -> list[Document]:
        """In the order they came."""

        def ask(connection: apsw.Connection) -> list[Document]:
            rows: Any = connection.execute("SELECT id, name, chunks FROM document ORDER BY no")
            return [Document(*row) for row in rows]

        return self._file.read(ask, [])

    def document(self, document_id: str) -> Document | None:
        def ask(connection: apsw.Connection) -> Document | None:
            rows: Any = connection.execute(
                "SELECT id, name, chunks FROM document WHERE id = ?", (document_id,)
            )
            return next((Document(*row) for row in rows.fetchall()), None)

        return self._file.read(ask, None)

    def chunks(self, document_id: str, first: int, limit: int) -> list[Chunk]:
        """In order, from number `first` on."""

        def ask(connection: apsw.Connection) -> list[Chunk]:
            no = connection.execute("SELECT no FROM document WHERE id = ?", (document_id,)).get
            if no is None or first >= 1 << _BITS:
                return []
            rows = connection.execute(
                f"""SELECT no & {(1 << _BITS) - 1}, text, page, heading, "row", last_row, line FROM chunk
                    WHERE no >= ? AND no < ? ORDER BY no LIMIT ?""",
                (no << _BITS | max(first, 0), (no + 1) << _BITS, max(limit, 0)),
            )
            return [Chunk(number, text, Place(*place)) for number, text, *place in rows]

        return self._file.read(ask, [])

    def count(self, terms: Sequence[str]) -> tuple[int, float, dict[str, int]]:
        """Chunks held, their mean length in words, and in how many chunks each term stands."""

        def ask(connection: apsw.Connection) -> tuple[int, float, dict[str, int]]:
            chunks, words = connection.execute(
                "SELECT coalesce(sum(chunks), 0), coalesce(sum(words), 0) FROM document"
            ).get
            matches = "SELECT count(*) FROM word WHERE word MATCH ?"
            held = {term: int(connection.execute(matches, (_phrase(term),)).get) for term in terms}
            return chunks, words / max(chunks, 1), held

        return self._file.read(ask, (0, 0.0, dict.fromkeys(terms, 0)))

    def candidates(self, terms: Sequence[str], limit: int) -> list[Hit]:
        """The best chunks with any of the terms, by BM25 over this index alone."""
        if not terms:
            return []

        def ask(connection: apsw.Connection) -> list[Hit]:
            rows = connection.execute(_CANDIDATES, (" OR ".join(map(_phrase, terms)), max(limit, 0)))
            return [
                Hit(document_id, name, number, text, Place(*place), score)
                for document_id, name, number, text, score, *place in rows
            ]

        return self._file.read(ask, [])


def _delete(connection: apsw.Connection, document_id: str) -> None:
    """Takes a document out. Merging all segments is what removes its words from the index's own tables:
    FTS5's 'secure-delete' takes forty times as long and leaves some behind.
    """
    no = connection.execute("SELECT no FROM document WHERE id = ?", (document_id,)).get
    if no is None:
        return
    bounds = (no << _BITS, (no + 1) << _BITS)
    held: Any = connection.execute("SELECT no, text, heading FROM chunk WHERE no >= ? AND no < ?", bounds)
    connection.executemany(
        "INSERT INTO word (word, rowid, text, heading) VALUES ('delete', ?, ?, ?)",
        ((chunk, *_indexed(text, heading)) for chunk, text, heading in held.fetchall()),
    )
    connection.execute("INSERT INTO word (word) VALUES ('optimize')")
    connection.execute("DELETE FROM chunk WHERE no >= ? AND no < ?", bounds)
    connection.execute("DELETE FROM document WHERE no = ?", (no,))
    connection.execute("INSERT OR IGNORE INTO trace VALUES (?)", (no,))


def _indexed(text: str, heading: str | None) -> tuple[str, str]:
    return _spaced(text), _spaced(heading or "")


def _spaced(text: str) -> str:
    return text if text.isascii() else _UNSPACED.sub(r" \1 ", text)


def _phrase(term: str) -> str:
    """A term as FTS5 takes it: quoted, so nothing in it is syntax."""
    return '"' + _spaced(term).replace("\0", " ").replace('"', '""') + '"'
