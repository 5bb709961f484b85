"""Searches every byte below a folder for marks, in the forms a mark may hide in; prints each find.

A process of its own: opening a live database file in a process that uses it would drop its locks.
"""

import base64
import sys
import zlib
from pathlib import Path


def forms(mark: str) -> dict[str, bytes]:
    plain = mark.encode()
    encoded = {f"base64+{n}": base64.b64encode(b"\0" * n + plain)[4:-4] for n in range(3)}
    return {
        "utf-8": plain,
        "upper": mark.upper().encode(),
        "utf-16": mark.encode("utf-16-le"),
        "hex": plain.hex().encode(),
        "reversed": plain[::-1],
        **encoded,
    }


def inflated(data: bytes) -> bytes:
    """Every zlib stream that starts anywhere in the data."""
    found = []
    for start in range(len(data) - 1):
        if data[start] == 0x78 and (data[start] * 256 + data[start + 1]) % 31 == 0:
            try:
                found.append(zlib.decompressobj().decompress(data[start:], 1 << 20))
            except zlib.error:
                continue
    return b"".join(found)


def main() -> None:
    folder, marks = Path(sys.argv[1]), sys.argv[2:]
    for path in sorted(folder.rglob("*")):
        if any(mark in path.name for mark in marks):
            print(f"{path.name}: name")
        if not path.is_file():
            continue
        data = path.read_bytes()
        for where, content in (("", data), (" inflated", inflated(data))):
            for mark in marks:
                for form, searched in forms(mark).items():
                    if searched in content:
                        print(f"{path.relative_to(folder)}{where}: {form}: {mark}")


if __name__ == "__main__":
    main()
