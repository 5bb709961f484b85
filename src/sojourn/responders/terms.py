"""The words of a question or a passage, as stems that can be compared.

Rough on purpose: it only decides which sentence to quote, never what is found.
"""

import re
import unicodedata

_WORD = re.compile(r"\w+(?:'\w+)?")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_ENDINGS = ("ing", "ed", "es", "s", "e")
_COMMON = frozenset(
    """
    a about above after again all also am an and any are as at be because been before being below
    between both but by can could did do does doing down each few for from further give had has have
    having he her here hers him his how i if in into is it its just know like me mean means more most my
    no nor not of off on once one only or other our out over own please same say says she should so some
    such tell than that the their them then there these they this those through to too under until up us
    very was we were what when where which while who whom why will with would you your der die das den
    dem des ein eine einer eines einem einen und oder ist sind war wie was wer wo wann warum le la les
    un une des du de et ou est sont que qui el los las una y es son qué cómo
    """.split()
)


def terms(text: str) -> list[str]:
    """The stems of the text's words in order, without common words unless there are no others."""
    words = _words(text)
    return [_stem(word) for word in words if word not in _COMMON] or [_stem(word) for word in words]


def stems(text: str) -> set[str]:
    """Every stem of the text, common words too."""
    return {_stem(word) for word in set(_words(text))}


def _words(text: str) -> list[str]:
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    words = [word.removesuffix("'s") for word in _WORD.findall(text)]
    if not _UNSPACED.search(text):
        return words
    return [piece for word in words for piece in (_pairs(word) if _UNSPACED.search(word) else (word,))]


def _pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(max(1, len(word) - 1))]


def _stem(word: str) -> str:
    if word.endswith(_ENDINGS):
        ending = next(ending for ending in _ENDINGS if word.endswith(ending))
        word = word[: -len(ending)] if len(word) - len(ending) >= 3 else word
    return word[:-1] + "i" if len(word) > 3 and word[-1] == "y" else word
