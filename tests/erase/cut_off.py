"""Erases a session and dies by SIGKILL right before one of the steps. Arguments: folder, session id, step."""

import os
import signal
import sys
from typing import Any

from sojourn import Sojourn
from sojourn.core import lifecycle


def die(*args: Any, **kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    folder, session_id, step = sys.argv[1:4]
    store = Sojourn.open(f"sqlite:///{folder}")
    session = store.user("ada").sessions.get(session_id)
    engine = store._engine
    match step:
        case "forget":
            engine.records.forget = die  # type: ignore[method-assign]
        case "drop":
            engine.blobs.drop = die  # type: ignore[method-assign]
        case "empty":
            lifecycle.empty = die  # type: ignore[assignment]
        case "settle":
            engine.records.settle = die  # type: ignore[method-assign]
    session.erase()


if __name__ == "__main__":
    main()
