"""BM25 over short texts, the word-matching rival of section 2 (Robertson & Zaragoza, 2009)."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ranker.sparse import csr_matrix

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Lower-case runs of letters and digits."""
    return _WORD.findall(text.casefold())


class Bm25:
    """score(q, d) = sum over words of idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean length)).

    Args:
        texts: the documents.
        k1: how soon repetition stops counting.
        b: how much long documents are held back, 0..1.
        split: cuts texts and queries into words.
    """

    def __init__(
        self,
        texts: Sequence[str],
        *,
        k1: float = 1.2,
        b: float = 0.75,
        split: Callable[[str], list[str]] = words,
    ) -> None:
        self._split = split
        counts = [Counter(split(text)) for text in texts]
        self._vocabulary = {word: number for number, word in enumerate(sorted(set().union(*counts)))}
        rows = np.repeat(np.arange(len(counts)), [len(count) for count in counts])
        columns = np.array([self._vocabulary[word] for count in counts for word in count], dtype=np.int64)
        frequency = np.array([times for count in counts for times in count.values()], dtype=np.float64)
        lengths = np.array([count.total() for count in counts], dtype=np.float64)
        held = k1 * (1 - b + b * lengths / max(float(lengths.mean()) if len(lengths) else 1.0, 1e-9))
        holders = np.bincount(columns, minlength=len(self._vocabulary))
        idf = np.log1p((len(texts) - holders + 0.5) / (holders + 0.5))
        weight = idf[columns] * frequency * (k1 + 1) / (frequency + held[rows])
        self._weights = csr_matrix((weight, (rows, columns)), shape=(len(texts), len(self._vocabulary))).tocsc()

    def scores(self, query: str) -> NDArray[np.float64]:
        """Score of every document, shape (documents,)."""
        known = [self._vocabulary[word] for word in self._split(query) if word in self._vocabulary]
        if not known:
            return np.zeros(self._weights.shape[0])
        return np.asarray(self._weights[:, known].sum(axis=1)).ravel()
