"""What people and programs read of a command. Whatever a user wrote passes through `safe`."""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import click
from msgspec import to_builtins
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sojourn.models import moment

_JOINERS = "\u200c\u200d"
"""They belong to words and to emoji, and do nothing else."""
_UNITS = ("kB", "MB", "GB", "TB")
_WIDE = 10_000
"""Columns of whatever is not a terminal: nothing is cut for a file or a pipe."""


def safe(text: str) -> str:
    """The text with everything a terminal might obey, or hide, written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _JOINERS or _space(c) else _escaped(c) for c in text)


def _space(char: str) -> bool:
    return unicodedata.category(char) == "Zs"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def console(*, stderr: bool = False) -> Console:
    """A rich console that takes no text for markup."""
    made = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not made.is_terminal:
        made.width = _WIDE
    return made


def say(text: str = "") -> None:
    """One line to standard output. The caller has made it safe."""
    click.echo(text)


def complain(sentence: str) -> None:
    """One sentence to standard error: why it failed."""
    note(f"Error: {sentence}")


def note(sentence: str) -> None:
    """One sentence to standard error that is no complaint."""
    click.echo(safe(sentence.strip()), err=True)


def say_json(value: Any) -> None:
    """One JSON document to standard output, in ASCII: no text in it can steer a terminal."""
    click.echo(json.dumps(to_builtins(value, str_keys=True), indent=2))


def say_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table under its headings; on a narrow terminal the last column is cut, never an id."""
    cells = [[Text(safe(cell)) for cell in row] for row in rows]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for number, name in enumerate(columns):
        widest = max([len(name), *(row[number].cell_len for row in cells)])
        last = number == len(columns) - 1
        table.add_column(name, no_wrap=True, overflow="ellipsis", min_width=None if last else widest)
    for row in cells:
        table.add_row(*row)
    console().print(table)


def when(ms: int | None) -> str:
    """A time to the second, in UTC."""
    return "" if ms is None else f"{moment(ms):%Y-%m-%d %H:%M:%S}Z"


def size(count: int) -> str:
    """Bytes in the unit that fits them."""
    if count < 1000:
        return f"{count} B"
    power = min((len(str(count)) - 1) // 3, len(_UNITS))
    return f"{count / 1000**power:.1f} {_UNITS[power - 1]}"


def several(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
