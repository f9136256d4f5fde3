"""Words of a request found in titles, descriptions, brands and categories: the lexical part of the text term.

BM25 (Robertson & Zaragoza, 2009) over content words: words that every request has ("recommend", "suitable for an
adult") and words that say nothing about a product are left out on both sides, plural and case are folded. Vectors
know what is like what, words know what is named: model numbers, ingredients, sizes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kg_tools.phrases import STOP_WORDS, STOP_WORDS_ZH, tokenize
from kg_tools.products import GraphArrays
from ranker.bm25 import Bm25, TermCounts

_FRAME = """
additionally adult advice advise aged aligns along another anyone appeal appreciate around available away based
because before beneficial benefit benefits boost boosts cant choice choose come complement complements consider
considering could currently designed doesnt dont during easily effective effectively either enhance enhances enhancing
enjoy ensure especially exactly excellent feature featuring few fit fits focus focused focusing following function
further go guide hear hello help helpful helping helps hey hi hint hoping hunt hunting id idea ideal ideally im
include including individual interest interested interesting involve ive kind know let like ll lot lots love maintain
maintaining make makes many mention middle might mine more most much must myself need needed no not now occasion offer
offering offers often ok okay one only option or other our out over overall own passion passionate perfect perfectly
person personal pick picking point possibility possible possibly potential prefer preferably preference probably
process product promote promotes promoting provide provides providing purchase purpose question range rather really
reason recommendation regarding regular regularly related require required requirement right routine say scenario
scene search searching see seek seeking select selection serve several shop shopping since solution some somebody
someone sort specific specifically still strong strongly such suggest suggestion suit suitable suited support supports
sure take tell thank thanks through thus together try trying two type typical typically under up upon us usage use
used useful user using usual various want way week well whats while within without wonder wondering work working works
would
"""
FRAME_WORDS = STOP_WORDS | STOP_WORDS_ZH | frozenset(_FRAME.split())
"""Words of which a request is made whatever it is about; a title that holds one is no nearer to it."""


def content_words(text: str) -> list[str]:
    """The words of a text that can tell products apart, folded; Chinese by character."""
    return [token.text for token in tokenize(text) if token.text not in FRAME_WORDS]


class WordIndex:
    """Content words of every product. Never changes, so threads and rankers may share one.

    Args:
        texts: title and description, length P.
        names: names of brand, categories and the like, one string per product, length P.
        terms: the words of both, where counted already.
    """

    def __init__(self, texts: Sequence[str], names: Sequence[str], *, terms: TermCounts | None = None) -> None:
        self._names = tuple(names)
        self._bm25 = Bm25(_documents(texts, names) if terms is None else terms, split=content_words)

    def moved(self, old: NDArray[np.int64], texts: Sequence[str], names: Sequence[str]) -> "WordIndex":
        """The index of a changed catalogue, as built anew; only what reads otherwise than before is cut into words.

        Args:
            old: (P,), where each product of now stood, -1 for one whose text is new or another.
            texts: of now.
            names: of now.
        """
        renamed = [row >= 0 and self._names[row] != name for row, name in zip(old.tolist(), names, strict=True)]
        rows = np.where(np.array(renamed, bool), -1, old)
        if np.array_equal(rows, np.arange(len(self._names))):
            return self
        cut: list[int] = np.flatnonzero(rows < 0).tolist()
        documents = _documents([texts[one] for one in cut], [names[one] for one in cut])
        terms = self._bm25.terms.with_documents(rows, documents, content_words)
        return WordIndex(texts, names, terms=terms)

    def scores(self, phrase: str) -> NDArray[np.float64]:
        """How well each product names what the phrase names, shape (P,), 0 and more; 0 where no word is shared."""
        return self._bm25.scores(phrase)


def _documents(texts: Sequence[str], names: Sequence[str]) -> list[str]:
    return [f"{text} {name}" for text, name in zip(texts, names, strict=True)]


def names_of(arrays: GraphArrays) -> list[str]:
    """Names of the brand and category nodes of every product, one string each."""
    names: list[list[str]] = [[] for _ in arrays.product_ids]
    named = np.array([kind in ("brand", "category") for kind in arrays.node_kinds], bool)
    chosen = named[arrays.tails] if len(named) else np.zeros(0, bool)
    for head, tail in zip(arrays.heads[chosen].tolist(), arrays.tails[chosen].tolist(), strict=True):
        names[head].append(arrays.node_iris[tail].rsplit(":", 1)[-1])
    return [" ".join(parts) for parts in names]
