"""Where the sentences of a text begin and end.

A full stop ends one only when what stands before it is no abbreviation, initial or
list number, and what follows looks like a beginning.
"""

import re

Span = tuple[int, int]

LONGEST = 400
"""Characters; what runs on longer is cut between two words."""

_ABBREVIATIONS = frozenset(
    """
    approx apr aug bd bsp bzgl bzw ca cf dec dept dr eds esp est evtl feb fig figs ggf gov incl jan jul
    jun lt max min mio mr mrs ms mt nov oct prof resp sen sep sept sog sr st vgl vs zzgl
    """.split()
)
_BEFORE_NUMBERS = frozenset("abb abs art ch eq eqs ex no nos nr op p par pp ref refs sec tab vol".split())
_MAY_END = frozenset("a.m al co corp etc inc jr ltd p.m usw".split())
"""They may well be the last word: a capital letter after them decides."""

_END = re.compile(
    r"(?<![.!?…])(?P<stop>[.!?…]++)[\"'”’»)\]]*+(?=\s)"
    r"|[。！？]+[」』”）]*|[।؟]+(?=\s|$)"
    r"|\n[ \t]*\n|\n(?=[ \t]*(?:[-*•–#|]|\d{1,3}[.)])[ \t|#])"
)
_LAST_TOKEN = re.compile(r"[\w.’'-]*$")
_DOTTED = re.compile(r"(?:[^\W\d]\.)*[^\W\d]")
_NEXT = re.compile(r"\s+[\"'“‘«(\[]*(\S+)")
_LIST_NUMBER = re.compile(r"(?:^|\n)[ \t]*\d{1,3}$")
_MONTH = re.compile(r"(?:Jan|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)")


def sentences(text: str) -> list[Span]:
    """The spans of the sentences, in order, without the white space around them; none is empty."""
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match["stop"] is None or _ends(text, start, match):
            _add(spans, text, start, match.end())
            start = match.end()
    _add(spans, text, start, len(text))
    return spans


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    following = _NEXT.match(text, match.end())
    if following is None:
        return True
    after = following[1]
    if after[0].islower() or match["stop"] != ".":
        return not after[0].islower()
    before = text[max(start, match.start() - 40) : match.start()]
    token = _LAST_TOKEN.search(before)
    word = token[0].lower() if token else ""
    if word in _MAY_END:
        return after[0].isupper()
    if word in _ABBREVIATIONS or (word in _BEFORE_NUMBERS and after[0].isdigit()):
        return False
    if word.isdigit():
        ordinal = len(word) <= 2 and _MONTH.match(after) is not None
        return not ordinal and _LIST_NUMBER.search(before) is None
    return _DOTTED.fullmatch(word) is None


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST:
        cut = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        cut = cut if cut > start else start + LONGEST
        spans.append((start, cut))
        start = cut + 1 if text[cut].isspace() else cut
    if end > start:
        spans.append((start, end))
