"""A process whose files may not grow past a limit; says what happened, a line each. Argument: folder."""

import resource
import signal
import sys

from sojourn import Settings, Sojourn
from sojourn.errors import BackendError


def main() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = Sojourn.open(f"sqlite:///{sys.argv[1]}", settings=Settings(durability="power"))
    session = store.user("ada").sessions.create(title="Tides")
    doomed = store.user("ada").sessions.create(title="Doomed")
    doomed.messages.append("user", "to be erased")
    kept = [session.messages.append("user", "first").text]
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
    try:
        while len(kept) < 100_000:
            kept.append(session.messages.append("user", f"number {len(kept)} " + "x" * 2000).text)
    except BackendError as told:
        print("refused", type(told).__name__, told.status)
    print("reads", [message.text for message in session.messages.last(len(kept) + 5)] == kept)
    try:
        session.files.add("large.bin", b"y" * 2_000_000)
    except BackendError as told:
        print("upload", type(told).__name__, told.status)
    print("files", len(session.files.list()))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    kept.append(session.messages.append("user", "room again").text)
    print("writes", [message.text for message in session.messages.last(len(kept) + 5)] == kept)
    print("erases", doomed.erase().messages)
    store.close()


if __name__ == "__main__":
    main()
