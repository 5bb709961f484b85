"""Brings files over HTTP to a disk of its own that is full before they are whole. Prints a line for each try.

Arguments: folder. What is answered, what is left of it, and whether the session goes on with room again.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.http.resuming import begin, bring, far, lying
from tests.http.test_uploads import file_part, form
from tests.http.visitors import app_of, mine, visited

from sojourn import AsyncSojourn, Settings

LARGE = b"y" * 12_000_000


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(folder)], check=True)
    data = folder / "data"
    settings = Settings(durability="process", ballast_bytes=0)
    with visited(app_of(AsyncSojourn.open(f"sqlite:///{data}", settings=settings))) as ada:
        session: dict[str, Any] = ada.session()
        path = mine(session["id"])
        kept = ada.upload(session["id"], "kept.bin", b"x" * 4_000_000)

        def left(what: str) -> None:
            record = ada.get(path).json()
            others = [name for name in lying(data, session["id"]) if name != kept["id"]]
            print(what, record["file_count"], record["file_bytes"], len(others), flush=True)

        answer = ada.put(f"{path}/files?name=large", content=LARGE)
        print("put", answer.status_code, answer.json()["code"], flush=True)
        left("after_put")
        kind = {"Content-Type": "multipart/form-data; boundary=cut"}
        body = form(file_part(b"a", b"x" * 100_000), file_part(b"b", LARGE))
        answer = ada.post(f"{path}/files", content=body, headers=kind)
        print("form", answer.status_code, answer.json()["code"], flush=True)
        left("after_form")
        upload = begin(ada, session["id"], len(LARGE))
        answer = bring(ada, upload, LARGE, 0)
        print("patch", answer.status_code, answer.json()["code"], flush=True)
        print("gets_on", 0 <= far(ada, upload) < len(LARGE), flush=True)
        words = ada.post(f"{path}/messages", json={"text": "Spring tides"})
        print("words", words.status_code, flush=True)
        ada.delete(f"{path}/files/{kept['id']}?erase=true")
        offset = far(ada, upload)
        answer = bring(ada, upload, LARGE[offset:], offset)
        print("goes_on", answer.status_code, flush=True)
        print("size", ada.get(f"{path}/files").json()["items"][0]["size"], flush=True)


if __name__ == "__main__":
    main()
