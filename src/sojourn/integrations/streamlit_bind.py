"""A widget's value, kept in the session's state: loaded when the widget is first shown, saved at a change.

What a tab last knew of a key is kept in the tab, so an overwrite of what another tab has saved since is
seen. Streamlit may cut a script wherever it touches `st.session_state`, so nothing is half done there: what
was not saved yet is saved in the next run.
"""

from __future__ import annotations

import logging
from typing import Any

import streamlit as st

from sojourn import codec
from sojourn.core import changes
from sojourn.errors import StateConflict
from sojourn.integrations.handles import Handles
from sojourn.integrations.mapping import SessionMapping

log = logging.getLogger("sojourn")

_KNOWN = "sojourn.bound"

Kept = tuple[str | None, int, bytes]
"""The session (None: not made yet), the key's version in it (0: not set), and the body of its value."""

Known = tuple[str | None, int, bytes, bytes | None]
"""What was kept when the tab last looked, and the body of what the widget showed until then.

The page may send that once more: a run that was asked for before the page had the new value is no change.
"""


def sync(mapping: SessionMapping, key: str, default: Any) -> None:
    """Brings the widget's value and the session's together, before the widget is shown or as it changes.

    Where both were changed, the session's stays, the widget shows it, and the person is told.
    """
    presence = mapping.presence
    settings = presence.host.settings
    name = changes.key(settings, key)
    known: dict[str, Known] = st.session_state.setdefault(_KNOWN, {})
    kept = _kept(mapping, name, changes.encoded(settings, default))
    last = known.get(name)
    if name not in st.session_state:
        _load(known, name, kept, None)
        return
    value = st.session_state[name]
    mine = changes.encoded(settings, value)
    moved = last is not None and last[0] not in (None, kept[0])
    if moved or (last is None and kept[1] > 0):
        _load(known, name, kept, mine)
        return
    last = last or (*kept, None)
    if mine == kept[2]:
        known[name] = (*kept, None)
    elif mine in (last[2], last[3]):
        _load(known, name, kept, mine)
    else:
        try:
            version = Handles(mapping).session().state.compare_and_set(name, value, version=last[1])
        except StateConflict:
            _load(known, name, _kept(mapping, name, mine), mine)
            _tell(mapping, name)
        else:
            known[name] = (presence.ref.id if presence.ref else None, version, mine, None)


def _kept(mapping: SessionMapping, key: str, default: bytes) -> Kept:
    entry = Handles(mapping).session().state.entry(key)
    ref = mapping.presence.ref
    return ref.id if ref else None, entry.version if entry else 0, entry.body if entry else default


def _load(known: dict[str, Known], key: str, kept: Kept, shown: bytes | None) -> None:
    """Streamlit may cut the script before the first of the two, and not between them."""
    st.session_state[key] = codec.decode(kept[2])
    known[key] = (*kept, shown)


def _tell(mapping: SessionMapping, key: str) -> None:
    host = mapping.presence.host
    with host.lock:
        host.conflicts += 1
    log.warning("The session's key %r was changed in another tab; that value stays.", key)
    st.toast(f"“{key}” was changed in another tab meanwhile; that value is shown now.")
