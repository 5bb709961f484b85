"""Words as an index knows them: cut, folded and stemmed as SQLite's FTS5 does with `porter unicode61`.

Porter's algorithm, in the revised form its author distributes.
"""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
"""Letters of scripts that put no space between words: each is taken as a word."""
_MARK = re.compile(r"[\u0300-\u036f]")
_LETTERS = 64
"""Bytes of the longest word that is stemmed."""


def words(text: str) -> list[str]:
    """The words of a text in order, lower-cased and without the accents of Latin letters."""
    if text.isascii():
        return _WORD.findall(text.lower())
    plain = unicodedata.normalize("NFC", text).lower().replace("ς", "σ")
    return [_folded(word) for word in _WORD.findall(_UNSPACED.sub(r" \1 ", _MARK.sub("", plain)))]


def _folded(word: str) -> str:
    if word.isascii():
        return word
    letters = (unicodedata.normalize("NFD", letter) for letter in word)
    return "".join(
        parts[0] if parts[0].isascii() else unicodedata.normalize("NFC", parts) for parts in letters
    )


def stem(word: str) -> str:
    """What the word has in common with its other forms; comparable, not readable."""
    # FTS5 counts bytes, so they are what is counted here.
    text = word if word.isascii() else word.encode().decode("latin-1")
    if not 3 <= len(text) <= _LETTERS:
        return text
    text = _without_plural(text)
    text = _without_past(text)
    if text[-1] == "y" and _has_vowel(text[:-1]):
        text = text[:-1] + "i"
    for endings, least in ((_SECOND, 1), (_THIRD, 1), (_FOURTH, 2)):
        text = _replaced(text, endings, least)
    if text[-1] == "e":
        rest = text[:-1]
        if _measure(rest) > 1 or (_measure(rest) == 1 and not _is_short(rest)):
            text = rest
    if text.endswith("ll") and _measure(text[:-1]) > 1:
        text = text[:-1]
    return text


_SECOND = dict(
    pair.split(":")
    for pair in """
    ational:ate tional:tion enci:ence anci:ance izer:ize logi:log bli:ble alli:al entli:ent eli:e
    ousli:ous ization:ize ation:ate ator:ate alism:al iveness:ive fulness:ful ousness:ous aliti:al
    iviti:ive biliti:ble
    """.split()
)
_THIRD = {
    "icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": "",
}  # fmt: skip
_FOURTH = dict.fromkeys(
    "al ance ence er ic able ible ant ement ment ent ion ou ism ate iti ous ive ize".split(), ""
)


def _shape(text: str) -> str:
    """`c` for each consonant and `v` for each vowel; y is a vowel after a consonant."""
    shape = ""
    for letter in text:
        vowel = letter in "aeiou" or (letter == "y" and shape.endswith("c"))
        shape += "v" if vowel else "c"
    return shape


def _measure(text: str) -> int:
    """How many times a vowel is followed by a consonant."""
    return _shape(text).count("vc")


def _has_vowel(text: str) -> bool:
    return any(letter in "aeiou" for letter in text) or "y" in text[1:]


def _is_short(text: str) -> bool:
    return _shape(text).endswith("cvc") and text[-1] not in "wxy"


def _without_plural(text: str) -> str:
    if text.endswith(("sses", "ies")) and len(text) > 3 and text != "sses":
        return text[:-2]
    return text[:-1] if text[-1] == "s" and text[-2] != "s" else text


def _without_past(text: str) -> str:
    if text.endswith("eed") and len(text) > 3:
        return text[:-1] if _measure(text[:-3]) > 0 else text
    for ending in ("ed", "ing"):
        if text.endswith(ending) and _has_vowel(text[: -len(ending)]):
            text = text[: -len(ending)]
            break
    else:
        return text
    if text.endswith(("at", "bl", "iz")):
        return text + "e"
    if len(text) > 1 and text[-1] == text[-2] and text[-1] not in "aeioulsz":
        return text[:-1]
    return text + "e" if _measure(text) == 1 and _is_short(text) else text


def _replaced(text: str, endings: dict[str, str], least: int) -> str:
    """The longest of the endings that fits decides, whether or not what is before it is long enough."""
    for length in range(min(7, len(text) - 1), 1, -1):
        ending = text[-length:]
        if ending in endings:
            rest = text[:-length]
            if _measure(rest) < least or (ending == "ion" and rest[-1] not in "st"):
                return text
            return rest + endings[ending]
    return text
