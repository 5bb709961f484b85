"""A process that takes a lease again and again; inside it counts up in a way that only one at a time may.

Arguments: folder, session id, a file that stands while somebody is inside, how often.
Prints the fence of each holding.
"""

import os
import sys
import time

from sojourn import LeaseHeld, Sojourn
from sojourn.config import Settings


def main() -> None:
    folder, session_id, inside, times = sys.argv[1:5]
    store = Sojourn.open(f"sqlite:///{folder}", settings=Settings(durability="process"))
    session = store.user("ada").sessions.get(session_id)
    done = 0
    while done < int(times):
        try:
            with store.lease("count", seconds=30) as lease:
                os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
                session.state.set(count=session.state.get("count", 0) + 1)
                os.unlink(inside)  # noqa: PTH108
                print(lease.fence)
                done += 1
        except LeaseHeld:
            time.sleep(0.0005)
    store.close()


if __name__ == "__main__":
    main()
