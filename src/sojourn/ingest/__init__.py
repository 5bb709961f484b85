"""Files → chunks. Each file is read in a process of its own, with limits: hostile input ends here."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType

import msgspec
from msgspec import Struct

from sojourn.config import Settings
from sojourn.errors import MissingExtra, ReaderFailed
from sojourn.ingest.csv import CsvReader
from sojourn.ingest.html import HtmlReader
from sojourn.ingest.markdown import MarkdownReader
from sojourn.ingest.media import media_type
from sojourn.ingest.pdf import PdfReader
from sojourn.ingest.text import TextReader
from sojourn.models import Chunk
from sojourn.ports import Reader

__all__ = ["media_type", "read", "readable"]

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        kind: reader
        for reader in (TextReader(), MarkdownReader(), HtmlReader(), PdfReader(), CsvReader())
        for kind in reader.media_types
    }
)
_LIBRARIES = {MarkdownReader: "markdown_it", HtmlReader: "selectolax", PdfReader: "pypdf"}

_SMALL = 1 << 16
"""Plain text of so many bytes is read right here: a process takes fifty times as long."""

_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT", "TMPDIR", "TEMP")
"""What an interpreter may need to start. The rest of the environment may hold secrets."""


class Order(Struct, frozen=True):
    """What the reading process is asked for; `most` chunks at most."""

    path: str
    media_type: str
    most: int
    seconds: int


class Outcome(Struct, frozen=True):
    """What it answers: chunks, or why there are none."""

    chunks: list[Chunk] = []
    problem: str | None = None


def readable(media_type: str) -> bool:
    """Whether there is a Reader for this kind."""
    return media_type in READERS


def read(path: Path, media_type: str, *, settings: Settings) -> list[Chunk]:
    """The words of a file, in order; an empty list when it has none.

    Raises `ReaderFailed` when it cannot be read as what it is, takes longer than
    `read_seconds` or makes more than `read_chunks`; `MissingExtra` when the library for its
    kind is not installed; `FileNotFoundError` when the file is not, or no longer, there.
    """
    reader = READERS.get(media_type)
    if reader is None:
        raise ReaderFailed(f"No Reader knows {media_type}. The bytes are kept.", media_type=media_type)
    library = _LIBRARIES.get(type(reader))
    if library is not None and importlib.util.find_spec(library) is None:
        raise MissingExtra(f"Reading {media_type} needs {library}: install sojourn[ingest].", library=library)
    order = Order(str(path.absolute()), media_type, settings.read_chunks, settings.read_seconds)
    small = path.stat().st_size <= _SMALL and isinstance(reader, TextReader)
    outcome = carry_out(order) if small else _apart(order)
    if outcome.problem is not None:
        path.stat()
        raise ReaderFailed(f"{outcome.problem} The bytes are kept.", media_type=media_type)
    return outcome.chunks


def carry_out(order: Order) -> Outcome:
    """Reads right here."""
    found = READERS[order.media_type].read(Path(order.path), order.media_type)
    try:
        chunks = list(islice(found, order.most + 1))
    except ReaderFailed as failure:
        return Outcome(problem=str(failure))
    if len(chunks) > order.most:
        return Outcome(problem=f"This file has more than {order.most} passages.")
    return Outcome(chunks=chunks)


def _apart(order: Order) -> Outcome:
    """Reads in a process that is gone when this returns."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))
    command = [sys.executable, "-P", "-s", "-X", "utf8", "-m", "sojourn.ingest"]
    try:
        done = subprocess.run(
            command,
            input=msgspec.json.encode(order),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=order.seconds,
            check=False,
        )
        if done.returncode == 0:
            return msgspec.msgpack.decode(done.stdout, type=Outcome)
    except subprocess.TimeoutExpired:
        return Outcome(problem=f"Reading this file takes longer than {order.seconds} seconds.")
    except OSError as problem:
        return Outcome(problem=f"No process could be started to read this file: {problem.strerror}.")
    except msgspec.MsgspecError:
        return Outcome(problem="Reading this file ended without an answer.")
    return Outcome(problem=f"This file cannot be read as {order.media_type}.")
