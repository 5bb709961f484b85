"""The facade for asyncio. `sojourn.sync` is generated from it, name by name."""

from sojourn.aio.corpora import AsyncCorpora
from sojourn.aio.devices import AsyncDevices
from sojourn.aio.events import AsyncEvents
from sojourn.aio.files import AsyncFiles
from sojourn.aio.images import AsyncImages
from sojourn.aio.lease import AsyncLease
from sojourn.aio.messages import AsyncMessages
from sojourn.aio.reading import AsyncReading
from sojourn.aio.session import AsyncSession
from sojourn.aio.sessions import AsyncSessions
from sojourn.aio.state import AsyncState
from sojourn.aio.store import AsyncSojourn
from sojourn.aio.user import AsyncUser
from sojourn.aio.visit import AsyncVisit

__all__ = [
    "AsyncCorpora",
    "AsyncDevices",
    "AsyncEvents",
    "AsyncFiles",
    "AsyncImages",
    "AsyncLease",
    "AsyncMessages",
    "AsyncReading",
    "AsyncSession",
    "AsyncSessions",
    "AsyncSojourn",
    "AsyncState",
    "AsyncUser",
    "AsyncVisit",
]
