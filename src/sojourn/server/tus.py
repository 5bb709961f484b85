"""The words of tus 1.0.0, by which uploads go on where they broke off: headers in, headers out.

Of its extensions: creation, also with the first bytes; termination, expiration, checksum. A method that
hides behind another (`X-HTTP-Method-Override`) is not looked for.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Coroutine
from email.utils import formatdate
from typing import Annotated, Any, ClassVar, Literal

from fastapi import Header, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sojourn.aio.uploads import Checksum
from sojourn.config import KIB, Settings
from sojourn.errors import Invalid, LimitExceeded, SojournError
from sojourn.models import Upload
from sojourn.server.guard import Guarded

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
OFFSET = "application/offset+octet-stream"
METADATA_BYTES = 4 * KIB

_ALGORITHMS: dict[str, tuple[Literal["sha1", "sha256"], int]] = {
    "sha1": ("sha1", 20),
    "sha256": ("sha256", 32),
}
"""Names of checksums, and the bytes of their digests."""

Resumes = Annotated[str | None, Header(alias="Tus-Resumable")]
Length = Annotated[str | None, Header(alias="Upload-Length")]
Metadata = Annotated[str | None, Header(alias="Upload-Metadata")]
Offset = Annotated[str | None, Header(alias="Upload-Offset")]
Sum = Annotated[str | None, Header(alias="Upload-Checksum")]


ASKED = ("Tus-Resumable", "Upload-Checksum", "Upload-Length", "Upload-Metadata", "Upload-Offset")
"""Headers that a page of another origin may send."""
TOLD = (
    "Location",
    "Sojourn-File",
    "Tus-Checksum-Algorithm",
    "Tus-Extension",
    "Tus-Max-Size",
    "Tus-Resumable",
    "Tus-Version",
    "Upload-Expires",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
)
"""Headers that it may read."""


class OtherVersion(SojournError):
    """Uploads are taken by version 1.0.0 of tus: the header Tus-Resumable must say so."""

    code: ClassVar[str] = "tus_version"
    status: ClassVar[int] = 412


class ChecksumMismatch(SojournError):
    """The bytes are not what their checksum says; none of them was kept."""

    code: ClassVar[str] = "checksum_mismatch"
    status: ClassVar[int] = 460


def version(said: str | None) -> None:
    """Raises `OtherVersion` for any but the one."""
    if said != VERSION:
        raise OtherVersion


def abilities(settings: Settings) -> dict[str, str]:
    """The headers that say what can be done."""
    return {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(settings.file_bytes),
        "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
    }


def described(upload: Upload) -> dict[str, str]:
    """The headers that say what an upload is, and how far."""
    name = b64encode(upload.name.encode()).decode()
    more = {"Upload-Length": str(upload.size), "Upload-Metadata": f"filename {name}"}
    return state(upload) | more


def state(upload: Upload) -> dict[str, str]:
    """The headers that say how far it is."""
    offset = {"Upload-Offset": str(upload.received)}
    if upload.file is not None:
        return offset | {"Sojourn-File": upload.file.id}
    return offset | {"Upload-Expires": formatdate(upload.deadline_ms / 1000, usegmt=True)}


def number(said: str, field: str) -> int:
    """Raises `Invalid`, naming the header."""
    if not (said.isascii() and said.isdecimal() and len(said) < 19):
        raise Invalid(f"{field} is not a number of bytes.", field=field)
    return int(said)


def kind(request: Request) -> str:
    """The Content-Type. What is packed on the way is refused."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(415, "A file is kept as it comes: send it without a Content-Encoding.")
    return request.headers.get("content-type", "").strip().lower()


def brings_bytes(request: Request) -> bool:
    """Whether the first bytes come along with a creation."""
    if kind(request) == OFFSET:
        return True
    if "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0":
        raise HTTPException(415, f"The first bytes must come as {OFFSET}.")
    return False


def file_name(metadata: str | None) -> str:
    """`filename` of `Upload-Metadata`: pairs of a key and a value in base64, with commas between them."""
    if len(metadata or "") > METADATA_BYTES:
        raise LimitExceeded(f"Upload-Metadata may have {METADATA_BYTES} bytes.", limit=METADATA_BYTES)
    found: dict[str, str] = {}
    for pair in (metadata or "").split(",") if metadata else ():
        key, _, value = pair.strip().partition(" ")
        if not key or key in found:
            raise Invalid("Upload-Metadata has a key that is empty or stands twice.", field="Upload-Metadata")
        found[key] = _decoded(value.strip(), "Upload-Metadata").decode("utf-8", "replace")
    return found.get("filename", "")


def checksum(said: str | None) -> Checksum | None:
    if said is None:
        return None
    name, _, digest = said.strip().partition(" ")
    if name not in _ALGORITHMS:
        raise HTTPException(400, f"Checksums are made by {' or '.join(_ALGORITHMS)}.")
    algorithm, size = _ALGORITHMS[name]
    found = _decoded(digest.strip(), "Upload-Checksum")
    if len(found) != size:
        raise Invalid(f"A digest of {name} has {size} bytes.", field="Upload-Checksum")
    return algorithm, found


def _decoded(said: str, field: str) -> bytes:
    try:
        return b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(f"{field} is not in base64.", field=field) from None


class Resumable(Guarded):
    """A route whose every answer, a problem too, says which version of tus it speaks."""

    def _speaking(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def run(request: Request) -> Response:
            response = await inner(request)
            response.headers["Tus-Resumable"] = VERSION
            if response.status_code == OtherVersion.status:
                response.headers["Tus-Version"] = VERSION
            return response

        return run

    get_route_handler = _speaking
