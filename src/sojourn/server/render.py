"""Records → what `schemas` promises."""

from typing import Any

from sojourn import models
from sojourn.config import Settings


def time(ms: int) -> str:
    """ISO 8601 in UTC, with milliseconds."""
    return models.moment(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time(ms: int | None) -> str | None:
    return None if ms is None else time(ms)


def session(record: models.Session) -> dict[str, Any]:
    return {
        "id": record.id,
        "title": record.title,
        "created_at": time(record.created_ms),
        "active_at": time(record.active_ms),
        "closed_at": _time(record.closed_ms),
        "deleted_at": _time(record.deleted_ms),
        "revision": record.revision,
        "last_seq": record.last_seq,
        "file_count": record.file_count,
        "file_bytes": record.file_bytes,
        "tags": record.tags,
        "topics": record.topics,
        "metadata": record.metadata,
        "client_key": record.client_key,
        "previous": record.previous,
        "pinned": record.pinned,
        "archived": record.archived,
        "ephemeral": record.ephemeral,
        "preview": record.preview or "",
    }


def message(record: models.Message) -> dict[str, Any]:
    return {
        "id": record.id,
        "seq": record.seq,
        "role": record.role,
        "parts": record.parts,  # their own tags and omissions are the wire's
        "text": record.text,
        "created_at": time(record.created_ms),
        "parent": record.parent,
        "metadata": record.metadata,
    }


def file(record: models.File) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "media_type": record.media_type,
        "size": record.size,
        "digest": record.digest,
        "created_at": time(record.created_ms),
        "text": record.text,
        "chunks": record.chunks,
        "problem": record.problem,
        "picture": record.picture,
        "deleted_at": _time(record.deleted_ms),
    }


def upload(record: models.Upload) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "size": record.size,
        "received": record.received,
        "created_at": time(record.created_ms),
        "expires_at": time(record.deadline_ms),
    }


def unpacked(record: models.Unpacked) -> dict[str, Any]:
    return {"archive": file(record.archive), "entries": [entry(found) for found in record.entries]}


def entry(record: models.Entry) -> dict[str, Any]:
    return {
        "name": record.name,
        "size": record.size,
        "file": None if record.file is None else file(record.file),
        "problem": record.problem,
        "detail": record.detail,
    }


def device(record: models.Device, current_id: str | None) -> dict[str, Any]:
    return {
        "id": record.id,
        "label": record.label,
        "created_at": time(record.created_ms),
        "seen_at": time(record.seen_ms),
        "expires_at": time(record.expires_ms),
        "current": record.id == current_id,
    }


def user(record: models.User) -> dict[str, Any]:
    return {"id": record.id, "name": record.name, "anonymous": record.name is None}


def limits(settings: Settings) -> dict[str, int]:
    names = ("file_bytes", "session_bytes", "session_files", "user_bytes", "user_files", "message_bytes")
    return {name: getattr(settings, name) for name in names}


def receipt(record: models.Receipt) -> dict[str, Any]:
    return {
        "session_id": record.session_id,
        "erased_at": time(record.erased_ms),
        "messages": record.messages,
        "files": record.files,
        "bytes": record.bytes,
        "state_keys": record.state_keys,
    }


def window(document: models.Document, chunks: list[models.Chunk]) -> dict[str, Any]:
    """Chunks, documents, hits and corpora are on the wire what they are as records."""
    return {"document": document, "items": chunks}
