"""What a client of tus sends."""

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx2
from tests.http.visitors import mine

TUS = {"Tus-Resumable": "1.0.0"}
RAW = "application/offset+octet-stream"


def named(name: str) -> str:
    """`Upload-Metadata` with a file's name."""
    return f"filename {b64encode(name.encode()).decode()}"


def summed(data: bytes, how: str = "sha256") -> dict[str, str]:
    return {"Upload-Checksum": f"{how} {b64encode(hashlib.new(how, data).digest()).decode()}"}


def begin(
    client: Any, session_id: str, size: int, name: str = "tides.bin", *, base: str = "", **headers: str
) -> str:
    """The path of a new upload."""
    asked = TUS | {"Upload-Length": str(size), "Upload-Metadata": named(name)} | headers
    answer = client.post(f"{base}{mine(session_id)}/uploads", headers=asked)
    assert answer.status_code == 201, answer.text
    where: str = answer.headers["Location"]
    return where


def begun(answer: bytes) -> str:
    """The id of an upload, from the answer to its creation as it comes over a line."""
    where = answer.decode().partition("ocation: ")[2].partition("\r\n")[0]
    return where.rpartition("/")[2]


def bring(client: Any, path: str, data: Any, offset: int, **headers: str) -> httpx2.Response:
    asked = TUS | {"Content-Type": RAW, "Upload-Offset": str(offset)} | headers
    answer: httpx2.Response = client.patch(path, content=data, headers=asked)
    return answer


def far(client: Any, path: str) -> int:
    """How many bytes of an upload are there."""
    answer = client.head(path, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


def lying(folder: Path, session_id: str) -> list[str]:
    """The bytes of a session that lie outside the records."""
    found = (folder / "sessions").glob(f"*/{session_id}/**/*")
    return [path.name for path in found if path.is_file() and not path.name.startswith("index.db")]
