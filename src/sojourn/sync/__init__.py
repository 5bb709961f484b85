# Generated from src/sojourn/aio/__init__.py by tools/generate_sync.py. Change that file, then run it.
"""The facade for asyncio. `sojourn.sync` is generated from it, name by name."""

from sojourn.sync.corpora import Corpora
from sojourn.sync.devices import Devices
from sojourn.sync.events import Events
from sojourn.sync.files import Files
from sojourn.sync.images import Images
from sojourn.sync.lease import Lease
from sojourn.sync.messages import Messages
from sojourn.sync.reading import Reading
from sojourn.sync.session import Session
from sojourn.sync.sessions import Sessions
from sojourn.sync.state import State
from sojourn.sync.store import Sojourn
from sojourn.sync.user import User
from sojourn.sync.visit import Visit

__all__ = [
    "Corpora",
    "Devices",
    "Events",
    "Files",
    "Images",
    "Lease",
    "Messages",
    "Reading",
    "Session",
    "Sessions",
    "Sojourn",
    "State",
    "User",
    "Visit",
]
