"""BM25 over short texts, the word-matching rival of section 2 (Robertson & Zaragoza, 2009)."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranker.sparse import Csr, csr_matrix, vstack

Split = Callable[[str], list[str]]

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Lower-case runs of letters and digits."""
    return _WORD.findall(text.casefold())


@dataclass(frozen=True, slots=True)
class TermCounts:
    """How often each of D documents has each of V words.

    Attributes:
        vocabulary: word -> column. A word may be in no document any more.
        counts: float64 CSR (D, V).
    """

    vocabulary: dict[str, int]
    counts: Csr

    def with_documents(self, rows: NDArray[np.int64], texts: Sequence[str], split: Split) -> "TermCounts":
        """Counts of other documents, of which some stand here already.

        Args:
            rows: (D of now,), row of each document here, -1 for one that is to be cut.
            texts: the documents to be cut, in the order of the -1.
            split: cuts texts into words.
        """
        vocabulary = dict(self.vocabulary)
        fresh = [Counter(split(text)) for text in texts]
        for word in (word for count in fresh for word in count):
            vocabulary.setdefault(word, len(vocabulary))
        starts = np.cumsum([0, *(len(count) for count in fresh)])
        columns = np.array([vocabulary[word] for count in fresh for word in count], dtype=np.int64)
        times = np.array([times for count in fresh for times in count.values()], dtype=np.float64)
        width = len(vocabulary)
        kept = self.counts
        both = vstack(
            [
                csr_matrix((kept.data, kept.indices, kept.indptr), shape=(kept.shape[0], width)),
                csr_matrix((times, columns, starts), shape=(len(fresh), width)),
            ],
            format="csr",
        )
        places = rows.copy()
        places[rows < 0] = kept.shape[0] + np.arange(len(fresh))
        return TermCounts(vocabulary, both[places])


def count_terms(texts: Sequence[str], split: Split) -> TermCounts:
    """Counts of the words of some documents."""
    nothing = TermCounts({}, csr_matrix((0, 0), dtype=np.float64))
    return nothing.with_documents(np.full(len(texts), -1, np.int64), texts, split)


class Bm25:
    """score(q, d) = sum over words of idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean length)).

    Args:
        documents: the documents, as texts or counted already.
        k1: how soon repetition stops counting.
        b: how much long documents are held back, 0..1.
        split: cuts texts and queries into words.
    """

    def __init__(
        self,
        documents: Sequence[str] | TermCounts,
        *,
        k1: float = 1.2,
        b: float = 0.75,
        split: Split = words,
    ) -> None:
        self._split = split
        self.terms = documents if isinstance(documents, TermCounts) else count_terms(documents, split)
        counts = self.terms.counts
        number = counts.shape[0]
        lengths = np.asarray(counts.sum(axis=1), np.float64).ravel()
        held = k1 * (1 - b + b * lengths / max(float(lengths.mean()) if number else 1.0, 1e-9))
        holders = np.bincount(counts.indices, minlength=counts.shape[1])
        idf = np.log1p((number - holders + 0.5) / (holders + 0.5))
        weight = idf[counts.indices] * counts.data * (k1 + 1)
        weight /= counts.data + np.repeat(held, np.diff(counts.indptr))
        self._weights = csr_matrix((weight, counts.indices, counts.indptr), shape=counts.shape).tocsc()

    def scores(self, query: str) -> NDArray[np.float64]:
        """Score of every document, shape (documents,)."""
        vocabulary = self.terms.vocabulary
        known = [vocabulary[word] for word in self._split(query) if word in vocabulary]
        if not known:
            return np.zeros(self._weights.shape[0])
        return np.asarray(self._weights[:, known].sum(axis=1)).ravel()
