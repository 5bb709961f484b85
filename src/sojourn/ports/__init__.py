"""What sojourn needs from the outside, as small protocols. A backend is a folder that implements some.

Stores answer None for what is absent; only the facade raises `NotFound`.
"""

from sojourn.ports.answers import Delta, Question, Responder
from sojourn.ports.blobs import Blob, Blobs, BlobWriter
from sojourn.ports.bus import Bus
from sojourn.ports.clock import Clock
from sojourn.ports.records import Operation, Records, Rule, Tx
from sojourn.ports.rows import (
    MOST_BRANCHES,
    MOST_MESSAGES,
    MOST_SESSIONS,
    DeviceGlance,
    Entry,
    KnownDevice,
    Listing,
    Owner,
    Position,
    Put,
    Scope,
    SessionGlance,
    SessionRef,
    Spot,
    Summary,
    Titled,
    Tomb,
    Upload,
)
from sojourn.ports.second import Rooms, Second
from sojourn.ports.verbs import (
    BranchRows,
    DeviceRows,
    EventRows,
    FileRows,
    LeaseRows,
    MessageRows,
    OnceRows,
    PictureRows,
    SessionRows,
    StateRows,
    StoreRows,
    SummaryRows,
    UserRows,
)
from sojourn.ports.words import Embedder, Index, Indexes, Reader

__all__ = [
    "MOST_BRANCHES",
    "MOST_MESSAGES",
    "MOST_SESSIONS",
    "Blob",
    "BlobWriter",
    "Blobs",
    "BranchRows",
    "Bus",
    "Clock",
    "Delta",
    "DeviceGlance",
    "DeviceRows",
    "Embedder",
    "Entry",
    "EventRows",
    "FileRows",
    "Index",
    "Indexes",
    "KnownDevice",
    "LeaseRows",
    "Listing",
    "MessageRows",
    "OnceRows",
    "Operation",
    "Owner",
    "PictureRows",
    "Position",
    "Put",
    "Question",
    "Reader",
    "Records",
    "Responder",
    "Rooms",
    "Rule",
    "Scope",
    "Second",
    "SessionGlance",
    "SessionRef",
    "SessionRows",
    "Spot",
    "StateRows",
    "StoreRows",
    "Summary",
    "SummaryRows",
    "Titled",
    "Tomb",
    "Tx",
    "Upload",
    "UserRows",
]
