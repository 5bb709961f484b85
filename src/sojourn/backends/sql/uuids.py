"""UUIDs: kept as 16 bytes, handed out as text."""

from binascii import hexlify
from collections.abc import Sequence


def uuid(raw: bytes) -> str:
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def uuids(raws: Sequence[bytes]) -> list[str]:
    """The same of many, at a quarter of the price."""
    # All as one text with a dash after each two bytes, 40 characters an id; then three of its dashes
    # go, and what stands behind each id parts it from the next.
    text = bytearray(hexlify(b"".join(raws), "-", 2) + b" ")
    del text[34::40]
    del text[29::39]
    del text[4::38]
    text[36::37] = b" " * len(raws)
    return text.decode().split()


def raw_id(uuid: str) -> bytes:
    return bytes.fromhex(uuid.replace("-", ""))
