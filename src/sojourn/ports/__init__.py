"""What sojourn needs from the outside, as small protocols. A backend is a folder that implements some.

Stores answer None for what is absent; only the facade raises `NotFound`.
"""

from sojourn.ports.answers import Delta, Question, Responder
from sojourn.ports.blobs import Blob, Blobs, BlobWriter
from sojourn.ports.clock import Clock
from sojourn.ports.records import Operation, Records, Tx
from sojourn.ports.rows import Entry, KnownDevice, Owner, Position, Scope, SessionRef, Tomb, Upload
from sojourn.ports.verbs import (
    DeviceRows,
    FileRows,
    MessageRows,
    OnceRows,
    SessionRows,
    StateRows,
    StoreRows,
    UserRows,
)
from sojourn.ports.words import Embedder, Index, Indexes, Reader

__all__ = [
    "Blob",
    "BlobWriter",
    "Blobs",
    "Clock",
    "Delta",
    "DeviceRows",
    "Embedder",
    "Entry",
    "FileRows",
    "Index",
    "Indexes",
    "KnownDevice",
    "MessageRows",
    "OnceRows",
    "Operation",
    "Owner",
    "Position",
    "Question",
    "Reader",
    "Records",
    "Responder",
    "Scope",
    "SessionRef",
    "SessionRows",
    "StateRows",
    "StoreRows",
    "Tomb",
    "Tx",
    "Upload",
    "UserRows",
]
