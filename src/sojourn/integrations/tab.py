"""One open browser tab: its socket stays, and script after script runs for it. No framework."""

from collections.abc import Callable
from threading import Event, Lock

from sojourn.errors import SignedOut, SojournError
from sojourn.integrations.host import Host
from sojourn.integrations.mapping import SessionMapping
from sojourn.integrations.presence import Presence
from sojourn.integrations.visit import Arrival

_PATIENCE = 5.0
"""Seconds that a run waits for its socket to close; it ends in any case."""


class Run(Presence):
    """One run of a tab's script. With which token was settled when the tab's socket opened."""

    sent = True

    def __init__(self, host: Host, token: str | None, agent: str) -> None:
        super().__init__(host, None)
        self._token = token
        self._arrival = Arrival(True, "", token, False, "", {"user-agent": [agent]})

    @property
    def over(self) -> bool:
        """The token is dead, or was never issued: only a new socket can bring this tab another one."""
        try:
            self.look()
        except SignedOut:  # a pass, which ran out
            return True
        return self.late


class Tab:
    """Whose tab it is, for as long as its socket is open. Each run looks anew who and where that is."""

    def __init__(
        self,
        host: Host,
        token: str | None,
        *,
        agent: str = "",
        trouble: SojournError | None = None,
        leave: Callable[[], object] | None = None,
    ) -> None:
        self._host = host
        self._token = token
        self._agent = agent
        self._trouble = trouble
        self._leave = leave
        self.closed = Event()
        """The socket is closed."""
        self._lock = Lock()
        self._key: object = None
        self._run: tuple[Run, SessionMapping] | None = None

    def enter(self, key: object) -> SessionMapping | None:
        """The session's state in the run of this key, the same for all that the run asks; its visit is noted.

        None when the visitor of this tab is nobody any more. Raises `InsecureHttp` where no session can
        be kept.
        """
        if self._trouble is not None:
            raise type(self._trouble)(*self._trouble.args)
        with self._lock:
            if self._run is None or self._key is not key:
                run = Run(self._host, self._token, self._agent)
                self._key, self._run = key, (run, SessionMapping(run))
            run, mapping = self._run
        if run.over:
            return None
        try:
            run.note()
        except SignedOut:
            return None
        return mapping

    def leave(self) -> None:
        """Closes the socket, and waits until it is. The browser comes back, and is given a token then.

        A page that was told that its script has ended does not come back to run it again; so no run
        ends before its socket.
        """
        if self._leave is not None:
            self._leave()
            self.closed.wait(_PATIENCE)
