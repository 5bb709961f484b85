"""A process that opens a store and does what it is told, line by line. It may be killed at any moment.

Arguments: data folder. A line is `make TITLE`, `say ID TEXT`, `read ID`, `list` or `close`.
"""

import sys

from sojourn import Sojourn
from sojourn.config import Settings
from sojourn.errors import SojournError


def main() -> None:
    store = Sojourn.open(f"sqlite:///{sys.argv[1]}", settings=Settings(durability="process"))
    ada = store.user("ada")
    print("ready", flush=True)
    for line in sys.stdin:
        word, *rest = line.rstrip("\n").split(" ", 2)
        try:
            match word:
                case "make":
                    print(ada.sessions.create(title=rest[0], ephemeral=True).id, flush=True)
                case "say":
                    print(ada.sessions.get(rest[0]).messages.append("user", rest[1]).id, flush=True)
                case "read":
                    said = ada.sessions.get(rest[0]).messages.last()
                    print(",".join(message.text for message in said), flush=True)
                case "list":
                    print(",".join(record.title for record in ada.sessions.list()), flush=True)
                case "close":
                    store.close()
                    print("closed", flush=True)
        except SojournError as error:
            print(error.code, flush=True)


if __name__ == "__main__":
    main()
