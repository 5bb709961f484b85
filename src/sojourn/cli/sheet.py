"""One session on one sheet."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from sojourn import codec, models
from sojourn.cli.screen import safe, say, say_table, several, size, when
from sojourn.errors import Invalid
from sojourn.models import Citation, FileRef, Message, Part, Text, ToolCall, ToolResult
from sojourn.ports import Entry

if TYPE_CHECKING:
    from sojourn.sync import Session

_FILES = 100
"""Files that are listed; JSON has all of them."""
_CHARS = 2000
"""Of one message or one value; JSON has it whole."""


def session_json(session: "Session", last: int, page_items: int) -> dict[str, Any]:
    """The record, state, newest messages and all files, in the forms that the HTTP API gives them.

    Files are read `page_items` at a time.
    """
    from sojourn.server import render

    entries = session.state.entries()
    return {
        "session": render.session(session.record),
        "state": {
            "values": {entry.key: _plain(entry) for entry in entries},
            "versions": {entry.key: entry.version for entry in entries},
        },
        "messages": [render.message(message) for message in session.messages.last(last)],
        "files": [render.file(file) for file in _files(session, page_items)],
    }


def say_session(session: "Session", last: int, page_items: int) -> None:
    """Prints the sheet."""
    _say_record(session.record)
    _say_state(session.state.entries())
    _say_messages(session.messages.last(last), session.record.last_seq)
    _say_files(list(islice(_files(session, page_items), _FILES)), session.record.file_count)


def _say_record(record: models.Session) -> None:
    say(safe(record.title) or "(no title)")
    facts = {
        "session": record.id,
        "created": when(record.created_ms),
        "last active": when(record.active_ms),
        "closed": when(record.closed_ms),
        "archived": "yes" if record.archived else "",
        "pinned": "yes" if record.pinned else "",
        "in the trash": when(record.deleted_ms),
        "tags": ", ".join(record.tags),
        "topics": ", ".join(record.topics),
        "metadata": _json(record.metadata) if record.metadata else "",
        "client key": record.client_key or "",
        "previous": record.previous or "",
        "revision": str(record.revision),
    }
    for name, fact in facts.items():
        if fact:
            say(f"  {name:<13}{safe(fact)}")


def _say_state(entries: list[Entry]) -> None:
    if entries:
        say(f"\nState, {several(len(entries), 'key')}")
    for entry in entries:
        say(f"  {safe(entry.key)} = {safe(_cut(_json(_plain(entry))))}")


def _say_messages(messages: list[Message], count: int) -> None:
    if messages:
        say(f"\nMessages, {len(messages)} of {count}")
    for message in messages:
        say(f"  #{message.seq} {safe(message.role)}, {when(message.created_ms)}")
        words = _cut("".join(_words(part) for part in message.parts))
        for line in words.splitlines():
            say(f"    {safe(line)}")


def _say_files(files: list[models.File], count: int) -> None:
    if not files:
        return
    say(f"\nFiles, {len(files)} of {count}")
    rows = [
        (
            file.id,
            size(file.size),
            file.media_type,
            file.text,
            file.name + (f": {file.problem}" if file.problem else ""),
        )
        for file in files
    ]
    say_table(("file", "size", "type", "words", "name"), rows)


def _words(part: Part) -> str:
    """What stands for the part in a text."""
    match part:
        case Text(text):
            return text
        case Citation(number=number, document_name=name):
            return f"[{number}: {name}]"
        case FileRef(file_id):
            return f"[file {file_id}]"
        case ToolCall(name=name):
            return f"[calls {name}]"
        case ToolResult(call_id):
            return f"[result of {call_id}]"
        case _:
            return f"[{part.provider}'s own]"


def _plain(entry: Entry) -> Any:
    """The value as JSON has it. What only the application can build is named by its size."""
    try:
        return msgspec.to_builtins(codec.decode(entry.body), str_keys=True)
    except (Invalid, TypeError, ValueError):
        return f"({several(len(entry.body), 'byte')} of a kind that only the application knows)"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _cut(text: str) -> str:
    return text if len(text) <= _CHARS else f"{text[:_CHARS]}… ({len(text) - _CHARS} more characters)"


def _files(session: "Session", page_items: int) -> Iterator[models.File]:
    """Page by page."""
    cursor: str | None = None
    while True:
        page = session.files.list(limit=page_items, cursor=cursor)
        yield from page
        cursor = page.next
        if cursor is None:
            return
