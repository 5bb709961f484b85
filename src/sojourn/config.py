"""Settings: one frozen record, every field with its default, checked once.

Sources, later ones win: the defaults, a TOML file, `SOJOURN_…` variables, arguments.
Sizes are bytes, times are seconds.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from sojourn.errors import ConfigError

MINUTE, HOUR, DAY = 60, 3600, 86400
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

IDEMPOTENCY_MS = DAY * 1000
"""How long an Idempotency-Key is known."""

EVENT_STEP = 64
"""After so many entries of a change log what is due to go is looked for."""
EVENT_SLICE = 256
"""The most that goes then, unless more came at once."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be set. Unknown names are refused."""

    # -- durability
    durability: Literal["power", "process"] = "power"
    """`power`: an acknowledged write survives a power cut. `process`: it survives a killed process."""
    sealed: bool = True
    """Content is encrypted with a key per session. Decided when a store is made, then fixed."""
    ballast_bytes: int = 4 * MIB
    """Room on the disk that is held back, so that erasing works when it is full. 0 is none."""
    network_folder: bool = False
    """Lets the data folder lie on a network file system, where locks may fail and writes be lost."""
    busy_seconds: float = 5.0
    """How long a write waits for its turn before `Unavailable`."""

    # -- sessions and devices
    sessions: Literal["kept", "ephemeral"] = "kept"
    """What a new session is when nobody says: kept, or gone with the processes that serve the store."""
    ephemeral_seconds: int = DAY
    """An ephemeral session ends after so long without a write."""
    runtime_folder: str | None = None
    """Where ephemeral sessions lie; None finds a place of this machine that forgets, memory if it can."""
    idle_seconds: int | None = None
    """A session closes after so long without a write; None is never."""
    device_seconds: int = 30 * DAY
    """How long a device of a registered user stays signed in."""
    anonymous_seconds: int = 7 * DAY
    """How long an anonymous visitor's device lives."""
    client_key_idle_seconds: int = 30 * MINUTE
    """The idle limit of sessions found by `client_key`."""
    tombstone_seconds: int = 30 * DAY
    """How long an erased session still answers 410 to its owner."""

    # -- the change log
    event_count: int = 10_000
    """How many entries of a user's change log are kept; a few more may be, until they are trimmed."""
    event_seconds: int = 30 * DAY
    """How long an entry is kept."""

    # -- limits
    message_bytes: int = 1 * MIB
    message_depth: int = 64
    state_keys: int = 1000
    state_key_chars: int = 200
    state_value_bytes: int = 256 * KIB
    title_chars: int = 300
    tags: int = 32
    tag_chars: int = 64
    metadata_bytes: int = 16 * KIB
    client_key_chars: int = 200
    page_items: int = 200
    """The most that one page of a list may hold."""
    file_bytes: int = 2 * GIB
    session_bytes: int = 8 * GIB
    session_files: int = 10_000
    user_bytes: int = 32 * GIB
    """All sessions of one user together. Files in the trash count, and so does what is on its way."""
    user_files: int = 100_000
    small_bytes: int = 64 * KIB
    """Files of at most so many bytes lie sealed in the records."""
    image_bytes: int = 256 * MIB
    """The most that a picture may have to be decoded."""
    image_pixels: int = 100_000_000
    """The most pixels of one frame."""
    image_seconds: float = 20.0
    """How long decoding one picture may take."""
    image_workers: int = 2
    """Processes that decode pictures, started when there are any to decode."""
    session_messages: int = 1_000_000
    """How many messages one conversation may have, in all its branches; a store can number 1,048,575."""
    session_branches: int = 1000
    """How often one conversation may go on from an earlier place; a store can number 1,023.
    A read costs the forks on its way."""
    upload_seconds: int = 6 * HOUR
    """An upload to which no byte came for so long is given up."""
    transfer_seconds: float = 6 * HOUR
    """How long one request may take to bring its bytes."""
    upload_rate_bytes: int = 1 * KIB
    """The fewest bytes of a request that must come in a second, on the average of `upload_grace_seconds`."""
    upload_grace_seconds: float = 30.0
    """How long a request may bring nothing, or less than that."""
    trash_seconds: int = 30 * DAY
    """How long a file stays in the trash before a sweep erases it."""
    read_seconds: int = 120
    """How long a Reader may take over one file."""
    read_chunks: int = 200_000
    """The most chunks one file may have."""
    query_chars: int = 2000
    search_hits: int = 50


_CASTS: dict[Any, Any] = {"true": True, "1": True, "false": False, "0": False}


def settings(file: Path | None = None, env: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from a TOML file, then the environment, then arguments.

    Raises `ConfigError` naming the field when a name is unknown or a value does not fit.
    """
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values.update(tomllib.loads(file.read_text("utf-8")))
        except (OSError, ValueError) as problem:
            raise ConfigError(f"The settings file {file} cannot be read: {problem}") from problem
    for name in Settings.__struct_fields__:
        text = (os.environ if env is None else env).get(f"SOJOURN_{name.upper()}")
        if text is not None:
            values[name] = _CASTS.get(text.lower(), text) if name == "sealed" else text
    values.update(given)
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as problem:
        raise ConfigError(f"A setting is not valid: {problem}") from problem
