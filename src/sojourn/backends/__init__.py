"""Backends by the scheme of an address. A third party adds one by the entry point `sojourn.backends`."""

from importlib import import_module
from importlib.metadata import entry_points

from msgspec import Struct

from sojourn.config import Settings
from sojourn.errors import ConfigError
from sojourn.ports import Blobs, Bus, Clock, Indexes, Records, Second

_OWN = {"sqlite": "sojourn.backends.sqlite", "memory": "sojourn.backends.fleeting"}


class Parts(Struct, frozen=True):
    """What one store is made of."""

    records: Records
    blobs: Blobs
    indexes: Indexes
    bus: Bus
    clock: Clock
    second: Second | None = None
    """For ephemeral sessions; None where there can be none, or where they need no store of their own."""
    fleeting: bool = False
    """All of it is gone with its process: ephemeral sessions are in it too."""


def connect(url: str, settings: Settings, clock: Clock | None) -> Parts:
    """The parts of the store at this address; opens nothing. Raises `ConfigError`."""
    scheme, separator, _ = url.partition("://")
    name = _OWN.get(scheme) if separator else None
    if name is None:
        for entry in entry_points(group="sojourn.backends", name=scheme):
            name = entry.value
    if name is None:
        known = ", ".join(f"{scheme}://" for scheme in _OWN)
        raise ConfigError(f"No backend for the address {url!r}; known are {known}.")
    parts = import_module(name).connect(url, settings, clock)
    assert isinstance(parts, Parts)
    return parts
