"""What a value must be before it comes near a store. Every refusal names the field."""

import unicodedata
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from msgspec import msgpack

from sojourn import codec
from sojourn.errors import Invalid, LimitExceeded, NotFound


def text(value: object, field: str, most: int, *, least: int = 0) -> str:
    """The string, if it is one, is storable, and has `least` to `most` characters."""
    if not isinstance(value, str):
        raise Invalid(f"{field} must be text, not {type(value).__name__}.", field=field)
    if not least <= len(value) <= most:
        if len(value) > most:
            raise LimitExceeded(
                f"{field} has {len(value)} characters; {most} are allowed.", field=field, limit=most
            )
        raise Invalid(f"{field} must not be empty.", field=field)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Invalid(
                f"{field} holds half of a surrogate pair, which is not text.", field=field
            ) from None
    if "\0" in value:
        raise Invalid(f"{field} holds a NUL character.", field=field)
    return value


def words(values: Iterable[object], field: str, *, most: int, chars: int) -> tuple[str, ...]:
    """A few short strings, each once, in the order they came."""
    if isinstance(values, str):
        raise Invalid(f"{field} must be a list of texts.", field=field)
    kept = tuple(
        dict.fromkeys(text(value, f"{field}[{n}]", chars, least=1) for n, value in enumerate(values))
    )
    if len(kept) > most:
        raise LimitExceeded(f"{field} has {len(kept)} entries; {most} are allowed.", field=field, limit=most)
    return kept


def mapping(value: object, field: str, most: int) -> dict[str, Any]:
    """A JSON object of at most `most` bytes when encoded."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise Invalid(f"{field} must be an object with text keys.", field=field)
    tree(value, field, 32)
    size = len(codec.encode(value))
    if size > most:
        raise LimitExceeded(f"{field} takes {size} bytes; {most} are allowed.", field=field, limit=most)
    return value


def tree(value: Any, field: str, max_depth: int) -> None:
    """Refuses what JSON cannot say, what lies too deep, and whole numbers beyond 64 bits."""
    codec.json_bounds(value, max_depth=max_depth, where=field)
    try:
        msgpack.encode(value)
    except OverflowError:
        raise Invalid(f"{field} holds a whole number beyond 64 bits.", field=field) from None


def name(value: object, noun: str) -> str:
    """An id that sojourn may have made. What cannot be one is `NotFound`, like one that is not there."""
    if not isinstance(value, str) or not 0 < len(value) <= 64 or not value.isascii():
        raise NotFound(f"There is no such {noun}.")
    return value


def uuid(value: object, field: str) -> str:
    """A UUID, in its usual lower-case form."""
    written = text(value, field, 64)
    try:
        if written.isascii():  # digits of other scripts would count as well
            return str(UUID(written))
    except ValueError:
        raise Invalid(f"{field} must be a UUID.", field=field) from None
    raise Invalid(f"{field} must be a UUID.", field=field)


def whole(value: object, field: str, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(f"{field} must be a whole number.", field=field)
    if not least <= value <= most:
        raise Invalid(f"{field} must be from {least} to {most}.", field=field)
    return value


def yes_or_no(value: object, field: str) -> bool:
    """True or False, and nothing that merely counts as one."""
    if not isinstance(value, bool):
        raise Invalid(f"{field} must be true or false.", field=field)
    return value


_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_NAME_BYTES = 255


def file_name(value: str | None) -> str:
    """A name to show a person: the last part of a path, without what hides or turns text, ≤ 255 bytes.

    It is never part of a path on a disk. Nothing left of it is not an error: it becomes `unnamed`.
    """
    name = unicodedata.normalize("NFC", (value or "").encode("utf-8", "replace").decode())
    name = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in _HIDDEN).strip(" .")
    if len(name.encode()) > _NAME_BYTES:
        stem, dot, ending = name.rpartition(".")
        ending = dot + ending if dot and len(ending.encode()) <= 16 else ""
        room = _NAME_BYTES - len(ending.encode())
        stem = (stem if ending else name).encode()[:room].decode(errors="ignore")
        while stem and (unicodedata.combining(stem[-1]) or stem[-1] == "\u200d"):
            stem = stem[:-1]
        name = stem + ending
    return name or "unnamed"
