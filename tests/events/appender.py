"""A process that appends messages and says which were acknowledged. It may be killed at any moment.

Arguments: folder, session id, this writer's name, how many.
"""

import sys

from sojourn import Sojourn
from sojourn.config import Settings


def main() -> None:
    folder, session_id, name, count = sys.argv[1:5]
    store = Sojourn.open(f"sqlite:///{folder}", settings=Settings(durability="process"))
    session = store.user("ada").sessions.get(session_id)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(count)):
        print(session.messages.append("user", f"{name} {number}").id, flush=True)
    store.close()


if __name__ == "__main__":
    main()
