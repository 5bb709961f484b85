"""A process that appends as fast as it can and says what was acknowledged; it is killed at any moment.

Arguments: folder, user, session id, this writer's name, and the planted fault, if any.
"""

import sys

from sojourn import Sojourn
from sojourn.config import Settings


def main() -> None:
    folder, user, session_id, name, fault = sys.argv[1:6]
    store = Sojourn.open(f"sqlite:///{folder}", settings=Settings(durability="process"))
    session = store.user(user).sessions.get(session_id)
    print("ready", flush=True)
    for number in range(1_000_000):
        text = f"{name} {number}"
        if fault == "early":  # acknowledges before it is written
            print(text, flush=True)
        session.messages.append("user", text)
        if fault == "twice" and number % 10 == 0:  # writes again what stands already
            session.messages.append("user", text)
        if fault != "early":
            print(text, flush=True)


if __name__ == "__main__":
    main()
