"""Source markers such as `[2]` in words that arrive piece by piece."""

import re
from collections.abc import Iterator

LONGEST = 64
"""Characters that are held back at most, to see whether they become a marker."""

_TOKEN = re.compile(
    r"(?P<ticks>`+)"
    r"|(?P<gap>\n[ \t]*+\n)"
    r"|(?P<marker>(?<![ \t])[ \t]*+\[\d{1,3}(?:[ \t]*,[ \t]*\d{1,3}){0,7}\])(?!\()"
)
_UNFINISHED = re.compile(r"(?:`+|(?:\n[ \t]*)+|[ \t]*\[[\d, \t]*\]?|[ \t]+)\Z")


class Markers:
    """Splits a stream into words (`str`) and the numbers of sources (`int`), in order.

    A marker may be cut anywhere by the stream. Markers of unknown sources, in code, or
    that are the text of a link stay words. The blanks before a marker go with it.
    """

    def __init__(self, known: int) -> None:
        self._known = known
        self._held = ""
        self._fence = 0

    def feed(self, piece: str) -> Iterator[str | int]:
        text = self._held + piece
        tail = _UNFINISHED.search(text, max(0, len(text) - LONGEST))
        cut = len(text) if tail is None else tail.start()
        self._held = text[cut:]
        yield from self._split(text[:cut])

    def finish(self) -> Iterator[str | int]:
        """What was still held back."""
        held, self._held = self._held, ""
        yield from self._split(held)

    def _split(self, text: str) -> Iterator[str | int]:
        start = 0
        for match in _TOKEN.finditer(text):
            numbers = self._numbers(match)
            if numbers:
                if match.start() > start:
                    yield text[start : match.start()]
                yield from numbers
                start = match.end()
        if start < len(text):
            yield text[start:]

    def _numbers(self, match: re.Match[str]) -> list[int]:
        if match["ticks"] is not None:
            length = len(match["ticks"])
            if self._fence == 0:
                self._fence = length
            elif length == self._fence or length > self._fence >= 3:
                self._fence = 0
        elif match["gap"] is not None:
            self._fence = self._fence if self._fence >= 3 else 0
        elif self._fence == 0:
            numbers = [int(number) for number in re.findall(r"\d+", match["marker"])]
            return numbers if all(1 <= number <= self._known for number in numbers) else []
        return []
