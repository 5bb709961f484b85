"""The standard streams, as a shell may hand them over: closed, cut off, or in a narrow encoding."""

import io
import os
import sys


def prepare() -> None:
    """Makes every stream one that can be written to.

    Where a stream was closed, the next file that is opened would take its number, and whatever a
    process started from here prints would end up in that file: so the void takes it first.
    What the encoding lacks is written as an escape.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or _writer(1)
    sys.stderr = sys.stderr or _writer(2)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def hush() -> None:
    """Sends what is still to be written into the void: whoever read it has gone."""
    void = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(void, number)


def _writer(number: int) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.FileIO(number, "w", closefd=False), "utf-8")
