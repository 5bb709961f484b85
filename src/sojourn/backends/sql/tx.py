"""The verbs of a transaction, over one connection."""

from sojourn.backends.sql.audit import Audit
from sojourn.backends.sql.branches import Branches
from sojourn.backends.sql.connection import Connection
from sojourn.backends.sql.devices import Devices
from sojourn.backends.sql.events import Events
from sojourn.backends.sql.files import Files
from sojourn.backends.sql.intents import Intents
from sojourn.backends.sql.leases import Leases
from sojourn.backends.sql.messages import Messages
from sojourn.backends.sql.once import Once
from sojourn.backends.sql.pictures import Pictures
from sojourn.backends.sql.seals import Seals
from sojourn.backends.sql.sessions import Sessions
from sojourn.backends.sql.state import State
from sojourn.backends.sql.store import Store
from sojourn.backends.sql.summaries import Summaries
from sojourn.backends.sql.users import Users
from sojourn.config import Settings


class SqlTx:
    """Made once for a connection, used for every transaction on it."""

    def __init__(self, connection: Connection, seals: Seals, settings: Settings) -> None:
        self.users = Users(connection, seals)
        self.devices = Devices(connection, seals)
        self.sessions = Sessions(connection, seals)
        self.state = State(connection, seals)
        self.messages = Messages(connection, seals)
        self.branches = Branches(connection)
        self.summaries = Summaries(connection, seals)
        self.files = Files(connection, seals)
        self.pictures = Pictures(connection, seals, self.files)
        self.intents = Intents(connection, seals)
        self.once = Once(connection, seals)
        self.events = Events(connection, settings)
        self.leases = Leases(connection, seals)
        self.store = Store(connection)
        self.audit = Audit(connection)
