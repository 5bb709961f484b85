"""One ranking over several indexes."""

from collections.abc import Sequence
from math import log

from msgspec.structs import replace

from sojourn.core.words import stem, words
from sojourn.models import Hit
from sojourn.ports import Index

STOP = frozenset(
    "a an the of in to is are was were be i my me you it its that this what which who how do does did can could should would why when where with for from on at by and or not no if so as some one ones only then there their they them he she his her her's we our us your have has had will just than too very any all".split()
)


def search(indexes: Sequence[tuple[str | None, Index]], query: str, k: int) -> list[Hit]:
    ws = list(dict.fromkeys(w for w in words(query)))
    kept = [w for w in ws if w not in STOP] or ws
    terms = list({stem(w): w for w in kept}.values())[:32]
    counts = [index.count(terms) for _, index in indexes]
    n = sum(c[0] for c in counts)
    avg = sum(c[0] * c[1] for c in counts) / max(n, 1)
    df = {stem(t): sum(c[2][t] for c in counts) for t in terms}
    idf = {t: log(1 + (n - d + 0.5) / (d + 0.5)) for t, d in df.items()}
    out = []
    for name, index in indexes:
        for hit in index.candidates(terms, 60):
            ss = [stem(w) for w in words(hit.text)]
            L = len(ss)
            score = 0.0
            for t in idf:
                tf = ss.count(t)
                score += idf[t] * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * L / avg))
            out.append(replace(hit, score=score, corpus=name))
    out.sort(key=lambda h: (-h.score, h.corpus or "", h.document_id, h.chunk))
    return out[:k]
