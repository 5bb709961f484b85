"""Brings files over HTTP to a disk of its own that is full before they are whole. Prints a line for each try.

Arguments: folder. What is answered, what is left of it, and whether the session goes on with room again.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.faults.brimful import free
from tests.http.resuming import begin, bring, far, lying
from tests.http.test_uploads import file_part, form
from tests.http.visitors import app_of, mine, visited

from sojourn import AsyncSojourn, Settings

LARGE = bytes(14_000_000)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(folder)], check=True)
    data = folder / "data"
    settings = Settings(durability="process", ballast_bytes=0)
    with visited(app_of(AsyncSojourn.open(f"sqlite:///{data}", settings=settings))) as ada:
        session: dict[str, Any] = ada.session()
        path = mine(session["id"])
        kept = ada.upload(session["id"], "kept.bin", b"\0" * 4_000_000)

        def held() -> tuple[int, int, int]:
            record = ada.get(path).json()
            return record["file_count"], record["file_bytes"], len(lying(data, session["id"]))

        answer = ada.put(f"{path}/files?name=large", content=LARGE)
        print("put", answer.status_code, answer.json()["code"], flush=True)
        print("after_put", *held(), flush=True)
        kind = {"Content-Type": "multipart/form-data; boundary=cut"}
        body = form(file_part(b"a", b"x" * 100_000), file_part(b"b", LARGE))
        answer = ada.post(f"{path}/files", content=body, headers=kind)
        print("form", answer.status_code, answer.json()["code"], flush=True)
        print("after_form", *held(), flush=True)
        upload = begin(ada, session["id"], len(LARGE))
        bring(ada, upload, LARGE[:1_000_000], 0)
        answer = bring(ada, upload, LARGE[1_000_000:], 1_000_000)
        print("patch", answer.status_code, answer.json()["code"], flush=True)
        print("acknowledged", far(ada, upload), flush=True)
        words = ada.post(f"{path}/messages", json={"text": "Spring tides"})
        print("words", words.status_code, flush=True)
        ada.delete(f"{path}/files/{kept['id']}?erase=true")
        offset = far(ada, upload)
        answer = bring(ada, upload, LARGE[offset:], offset)
        print("goes_on", answer.status_code, flush=True)
        print("size", ada.get(f"{path}/files").json()["items"][0]["size"], flush=True)

        done, clean, taken = held(), True, False
        for less in range(0, 400_000, 25_000):  # whole on the disk, and then no room for its row
            answer = ada.put(f"{path}/files?name=brim", content=LARGE[: free(folder) - less])
            taken = answer.status_code == 201
            if taken:
                break
            clean &= held() == done
        print("brim", clean and taken, flush=True)


if __name__ == "__main__":
    main()
