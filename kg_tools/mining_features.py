"""Features found in titles and descriptions: words and word pairs that say something about a product.

A term is kept if it is neither rare nor everywhere, gathers in some category (a lift over its share of the
whole catalogue), and is used by several brands (otherwise it is the name of a product line). A pair must
also hold together: pointwise mutual information (Church and Hanks, 1990).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from kg_tools.mining_documents import MiningDocument
from kg_tools.mining_words import FUNCTION_WORDS, SALES_WORDS, UNITS
from kg_tools.words import singular

Term = tuple[str, ...]

_LEAST_PRODUCTS = 5
_LEAST_SHARE = 1 / 2500  # of the catalogue; above 12,500 products it is more than five
_MOST_SHARE = 0.1
_LIFT = 3.0
_SHARE_IN_CATEGORY = 0.08
_LEAST_IN_CATEGORY = 3
_ONE_BRAND = 0.7
_LEAST_BRANDS = 3
_PMI = 3.0  # bits: together eight times as often as by chance
_SWALLOWED = 0.8
_SHORTEST = 3  # letters of a word
_MOST_FEATURES = 3000

_NEVER_IN_A_TERM = FUNCTION_WORDS | UNITS
_NEVER_ALONE = _NEVER_IN_A_TERM | SALES_WORDS


def find_features(
    documents: Sequence[MiningDocument], *, taken: AbstractSet[Term] = frozenset()
) -> dict[str, list[str]]:
    """Find features.

    Args:
        documents: every product of the catalogue.
        taken: names of brands, categories, colours and the like as words; none of them is a feature.

    Returns:
        Product id -> features, in the order of the alphabet; products that state features themselves
        are left out.
    """
    most = max(int(len(documents) * _MOST_SHARE), _LEAST_PRODUCTS)
    least = max(_LEAST_PRODUCTS, math.ceil(len(documents) * _LEAST_SHARE))
    frequency = Counter(word for d in documents for word in {w for phrase in d.phrases for w in phrase})
    postings = _postings(documents, frequency, least)
    avoid = {tuple(map(singular, term)) for term in taken}
    measure = _Measure(documents)
    kept = {
        term: ids
        for term, ids in postings.items()
        if len(ids) <= most and tuple(map(singular, term)) not in avoid and measure.informative(ids)
    }
    kept = _that_hold_together(kept, frequency, len(documents))
    kept = _without_swallowed(kept)
    kept = _one_spelling(kept)
    best = sorted(kept, key=lambda term: (-len(kept[term]) * len(term), term))[:_MOST_FEATURES]
    found: dict[str, list[str]] = defaultdict(list)
    for term in sorted(best):
        for index in kept[term]:
            if not documents[index].states_features:
                found[documents[index].product_id].append(" ".join(term))
    return dict(found)


def _postings(documents: Sequence[MiningDocument], frequency: Mapping[str, int], least: int) -> dict[Term, list[int]]:
    """Term -> numbers of the documents that hold it; pairs only of words that are frequent themselves."""
    usable = {word for word, n in frequency.items() if n >= least and _usable(word)}
    postings: dict[Term, list[int]] = defaultdict(list)
    for index, document in enumerate(documents):
        terms: set[Term] = set()
        for phrase in document.phrases:
            said = [word if word in usable and word not in document.brand_words else "" for word in phrase]
            terms.update((word,) for word in said if len(word) >= _SHORTEST and word not in _NEVER_ALONE)
            terms.update(pair for pair in pairwise(said) if _says(pair))
        for term in terms:
            postings[term].append(index)
    return {term: ids for term, ids in postings.items() if len(ids) >= least}


def _usable(word: str) -> bool:
    return word.isalpha() and word not in _NEVER_IN_A_TERM


def _says(pair: Term) -> bool:
    """One word of a pair must be able to stand alone, the second may be a letter (``vitamin c``)."""
    first, second = pair
    return (
        len(first) >= _SHORTEST
        and (len(second) >= _SHORTEST or len(second) == 1)
        and first != second
        and not (first in _NEVER_ALONE and second in _NEVER_ALONE)
    )


class _Measure:
    """Where terms gather: over categories (wanted) and over brands (a product line, not wanted)."""

    def __init__(self, documents: Sequence[MiningDocument]) -> None:
        self._documents = documents
        self._in_category = Counter(c for document in documents for c in document.categories)
        self._branded = any(document.brands for document in documents)

    def informative(self, ids: Sequence[int]) -> bool:
        """Whether the documents with a term have something in common that is not their brand."""
        return self._gathers(ids) and not self._is_a_line(ids)

    def _gathers(self, ids: Sequence[int]) -> bool:
        if not self._in_category:
            return True
        counts = Counter(c for i in ids for c in self._documents[i].categories)
        total = len(self._documents)
        return any(
            n >= _LEAST_IN_CATEGORY
            and n >= _SHARE_IN_CATEGORY * len(ids)
            and n / len(ids) >= _LIFT * self._in_category[category] / total
            for category, n in counts.items()
        )

    def _is_a_line(self, ids: Sequence[int]) -> bool:
        if not self._branded:
            return False
        brands = Counter(brand for i in ids for brand in self._documents[i].brands)
        if len(brands) < _LEAST_BRANDS:
            return True
        return brands.most_common(1)[0][1] > _ONE_BRAND * brands.total()


def _that_hold_together(
    kept: Mapping[Term, list[int]], frequency: Mapping[str, int], documents: int
) -> dict[Term, list[int]]:
    def holds(term: Term, together: int) -> bool:
        if len(term) == 1:
            return True
        return math.log2(together * documents / math.prod(frequency[word] for word in term)) >= _PMI

    return {term: ids for term, ids in kept.items() if holds(term, len(ids))}


def _without_swallowed(kept: Mapping[Term, list[int]]) -> dict[Term, list[int]]:
    """Drop a word that hardly occurs outside one pair: ``aloe`` beside ``aloe vera``."""
    largest: dict[str, int] = defaultdict(int)
    for term, ids in kept.items():
        if len(term) == 2:
            for word in term:
                largest[word] = max(largest[word], len(ids))

    def swallowed(term: Term, count: int) -> bool:
        return len(term) == 1 and any(largest[word] >= _SWALLOWED * count for word in term)

    return {term: ids for term, ids in kept.items() if not swallowed(term, len(ids))}


def _one_spelling(kept: Mapping[Term, list[int]]) -> dict[Term, list[int]]:
    """Join singular and plural under the more frequent of them."""
    spellings: dict[Term, list[Term]] = defaultdict(list)
    for term in kept:
        spellings[tuple(map(singular, term))].append(term)
    return {
        min(terms, key=lambda t: (-len(kept[t]), t)): sorted({i for term in terms for i in kept[term]})
        for terms in spellings.values()
    }
