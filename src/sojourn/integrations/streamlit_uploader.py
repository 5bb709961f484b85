"""The uploader on a Streamlit page, and the files it has brought."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import streamlit as st
from msgspec import Struct

from sojourn.errors import NotFound
from sojourn.integrations.handles import Handles
from sojourn.integrations.mapping import SessionMapping
from sojourn.integrations.streamlit_upload import ROUTE, Order, state_key
from sojourn.models import File
from sojourn.sync import Session

_HERE = Path(__file__).parent
_HTML = '<div class="uploader"></div>'
_MB = 1024 * 1024


class UploadedFile(Struct, frozen=True):
    """A file of the session. It lies on disk: `open` reads it, as often as one likes."""

    file: File
    session: Session

    @property
    def id(self) -> str:
        return self.file.id

    @property
    def name(self) -> str:
        """As it was called where it came from; never a path to write to."""
        return self.file.name

    @property
    def size(self) -> int:
        return self.file.size

    @property
    def type(self) -> str:
        """The media type, judged by its content."""
        return self.file.media_type

    def open(self) -> BinaryIO:
        """Its bytes, as a binary file to be closed: `with file.open() as data`. Raises `NotFound`."""
        return self.session.files.open(self.file.id)


def brought(session: Session, key: str) -> list[UploadedFile]:
    """The files that the uploader of this key has brought and that are still there, in order."""
    found = []
    for id in session.state.get(state_key(key), []):
        try:
            found.append(UploadedFile(session.files.get(id), session))
        except NotFound:
            continue
    return found


def show(mapping: SessionMapping, label: str, order: Order, *, disabled: bool) -> list[UploadedFile]:
    """The uploader by our own route; what it has brought is shown in it, also after a reload."""
    session = Handles(mapping).session()
    mount = st.components.v2.component(
        "sojourn.uploader",
        html=_HTML,
        css=(_HERE / "streamlit_uploader.css").read_text("utf-8"),
        js=(_HERE / "streamlit_uploader.js").read_text("utf-8"),
    )
    name = f"sojourn.uploader.{order.key}"
    removed = (st.session_state.get(name) or {}).get("removed")
    files = brought(session, order.key)
    if removed is not None and removed in [file.id for file in files]:
        remove(session, order.key, removed)
        files = [file for file in files if file.id != removed]
    mount(
        key=name,
        data={
            "label": label,
            "route": ROUTE.removeprefix("/"),
            "order": order.sealed(mapping.presence.host.records.sign),
            "multiple": order.multiple,
            "accept": ",".join(order.suffixes),
            "most": order.most,
            "disabled": disabled,
            "files": [{"id": file.id, "name": file.name, "size": file.size} for file in files],
        },
        on_brought_change=_rerun,
        on_removed_change=_rerun,
    )
    return files


def show_streamlits(
    mapping: SessionMapping, label: str, order: Order, *, disabled: bool
) -> list[UploadedFile]:
    """Streamlit's own uploader, where there is no route of ours: each file passes through memory once."""
    session = Handles(mapping).session()
    name = f"sojourn.uploader.{order.key}"
    sent: Any = st.file_uploader(
        label,
        list(order.suffixes) or None,
        accept_multiple_files=order.multiple,
        key=name,
        disabled=disabled,
        max_upload_size=max(1, order.most // _MB),
    )
    held: dict[str, str] = st.session_state.setdefault(f"{name}.held", {})
    now = {file.file_id: file for file in (sent if isinstance(sent, list) else [sent] if sent else [])}
    for id in held.keys() - now.keys():
        remove(session, order.key, held.pop(id))
    for id in now.keys() - held.keys():
        file = session.files.add(now[id].name, now[id])
        held[id] = file.id
        session.state.append(state_key(order.key), file.id)
    return brought(session, order.key)


def remove(session: Session, key: str, id: str) -> None:
    """Takes a file away. One that is gone already is not an error."""
    session.state.update(state_key(key), lambda ids: [one for one in ids if one != id], default=[])
    try:
        session.files.delete(id)
    except NotFound:
        return


def order(
    mapping: SessionMapping, key: str, types: str | Sequence[str] | None, *, multiple: bool, most: int | None
) -> Order:
    """What the uploader may send; without `most`, in megabytes, as much as Streamlit itself would take."""
    said = [types] if isinstance(types, str) else list(types or ())
    presence = mapping.presence
    presence.look()
    limit = most if most is not None else int(st.get_option("server.maxUploadSize"))
    return Order(
        key=key,
        session_id=presence.ref.id if presence.ref else None,
        multiple=multiple,
        suffixes=tuple("." + suffix.lower().removeprefix(".") for suffix in said),
        most=limit * _MB,
    )


def _rerun() -> None:
    """A change runs the script again; that is all there is to do."""
