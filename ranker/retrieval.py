"""The first of two stages above 30,000 products: a few thousand candidates that may be among the best.

Every term of the score names products it can lift; their union is what the exact score is then computed for:

    lifts, slots, needs, words   summed over posting lists, most popular holders of a slot first; the best sums
    residual                     nearest by inner product to its gradient at the mean product vector
    texts                        nearest by inner product to the weighted sum of everything texts are compared with
    popularity                   the most popular

Nearest products come from an inverted file with scalar quantisation (Jégou et al., "Product Quantization for Nearest
Neighbor Search", TPAMI 2011; faiss). What it misses or misplaces costs recall, never exactness: survivors get the full
score. Selective requests do not come here: up to 30,000 allowed products are scored exactly.
"""

import importlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranker.evidence import Evidence, Indices, Vector, Weights
from ranker.graph_data import GraphData

SEARCHED_WIDTH = 64
"""Longer vectors are projected on their first principal directions before they are indexed."""
SAMPLE = 64
"""Vectors per list that the lists' centres are found with."""
FEW_NEW = 2_000
"""Products that came after an index was built are candidates of every request, up to so many; then it is built anew."""


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How wide the first stage casts its net.

    Attributes:
        above: requests that allow more products than this are answered in two stages.
        postings: entries read from posting lists, all slots together (each slot gives at least 1,000).
        kept: candidates by facts and words.
        nearest: candidates by product vector, and as many by text.
        popular: candidates by popularity.
        probes: lists searched per query; more find more and take longer.
    """

    above: int = 30_000
    postings: int = 400_000
    kept: int = 4_000
    nearest: int = 1_500
    popular: int = 500
    probes: int = 128


class VectorIndex:
    """Approximate search for the largest inner products. Safe to share between threads.

    Args:
        index: a trained faiss index.
        projection: float32 (d, D), applied to queries; D is the indexed width.
        product: int64 (n,), product number of each indexed vector now, -1 where it is gone.
        fresh: int64, product numbers that the index does not hold.
    """

    def __init__(self, index: Any, projection: NDArray[np.float32], product: Indices, fresh: Indices) -> None:  # noqa: ANN401 - as in _faiss
        self._index = index
        self._projection = projection
        self._product = product
        self.fresh = fresh

    @staticmethod
    def build(vectors: NDArray[np.float32], seed: int = 0) -> "VectorIndex":
        """Indexes vectors, float32 (P, d), P at least 1."""
        faiss = _faiss()
        count = len(vectors)
        projection = _principal_directions(vectors, seed)
        width, lists = projection.shape[1], max(int(math.sqrt(count)), 1)
        quantiser = faiss.IndexFlatIP(width)
        kind = faiss.ScalarQuantizer.QT_fp16
        index: Any = faiss.IndexIVFScalarQuantizer(quantiser, width, lists, kind, faiss.METRIC_INNER_PRODUCT)
        index.cp.niter, index.cp.seed, index.cp.min_points_per_centroid = 8, seed + 1, 1
        chosen = np.random.default_rng(seed).permutation(count)[: lists * SAMPLE]
        index.train(np.ascontiguousarray(vectors[np.sort(chosen)] @ projection))
        for start in range(0, count, 100_000):
            index.add(np.ascontiguousarray(vectors[start : start + 100_000] @ projection))
        return VectorIndex(index, projection, np.arange(count), np.zeros(0, np.int64))

    def moved(self, number: Indices, products: int) -> "VectorIndex | None":
        """The index of a changed catalogue; None if too much is new for it.

        Args:
            number: int64 (P_old,), number that each product has now, -1 where it is gone or its vector changed.
            products: P now.
        """
        product = np.where(self._product >= 0, number[self._product], -1)
        held = np.zeros(products, bool)
        held[product[product >= 0]] = True
        fresh = np.flatnonzero(~held)
        return None if len(fresh) > FEW_NEW else VectorIndex(self._index, self._projection, product, fresh)

    def nearest(self, query: NDArray[np.float32], count: int, probes: int, allowed: NDArray[np.bool_]) -> Indices:
        """Up to ``count`` allowed products with the largest inner products, and all fresh ones that are allowed."""
        faiss = _faiss()
        settings = faiss.SearchParametersIVF(nprobe=probes)
        if 10 * int(np.count_nonzero(allowed)) < 9 * len(allowed):
            passing = (self._product >= 0) & allowed[self._product]
            selector = faiss.IDSelectorBitmap(np.packbits(passing, bitorder="little"))
            settings = faiss.SearchParametersIVF(nprobe=probes, sel=selector)
        _, rows = self._index.search((query @ self._projection)[None].astype(np.float32), count, params=settings)
        found = self._product[rows[0][rows[0] >= 0]]
        found = np.concatenate([found[found >= 0], self.fresh])
        return found[allowed[found]]


@dataclass(frozen=True, slots=True)
class Indexes:
    """The vector indexes of a catalogue.

    Attributes:
        vectors: of product vectors; None without a residual.
        text: of text vectors; None without text.
    """

    vectors: VectorIndex | None
    text: VectorIndex | None

    @staticmethod
    def build(vectors: NDArray[np.float32] | None, text: NDArray[np.float32]) -> "Indexes":
        """Indexes product vectors, (P, width) or None, and text vectors, (P, T), T = 0 without text."""
        return Indexes(
            None if vectors is None else VectorIndex.build(vectors),
            VectorIndex.build(text) if text.shape[1] else None,
        )

    def moved(self, number: Indices, vectors: NDArray[np.float32], text: NDArray[np.float32]) -> "Indexes":
        """The indexes of a changed catalogue; one for which too much is new is built again.

        Args:
            number: int64 (P before,), number that each product has now, -1 where it is gone or its vectors changed.
            vectors: float32 (P, width), product vectors of now.
            text: float32 (P, T), text vectors of now.
        """
        products = len(vectors)
        return Indexes(
            self.vectors and (self.vectors.moved(number, products) or VectorIndex.build(vectors)),
            self.text and (self.text.moved(number, products) or VectorIndex.build(text)),
        )


class Retriever:
    """Finds candidates. Nothing changes after construction, so threads may share one.

    Args:
        graph: the catalogue's graph.
        popularity: float64 (P,), g_p * log(1 + shoppers).
        weights: the gates.
        indexes: of the catalogue's vectors.
        settings: how wide to cast.
    """

    def __init__(
        self, graph: GraphData, popularity: Vector, weights: Weights, indexes: Indexes, settings: RetrievalSettings
    ) -> None:
        self._popularity = popularity
        self._indexes = indexes
        self._settings = settings
        self._need_gate = weights.need[graph.slot_relation] if len(graph.slots) else np.zeros(0)
        self._by_popularity = np.argsort(-popularity, kind="stable")
        # Rows in order of popularity make every column list its most popular holders first.
        columns = graph.incidence[self._by_popularity].tocsc()
        columns.sort_indices()
        self._starts, self._holders, self._confidence = columns.indptr, columns.indices, columns.data

    def candidates(
        self,
        evidence: Evidence,
        allowed: NDArray[np.bool_],
        *,
        direction: NDArray[np.float32] | None,
        text: NDArray[np.float32] | None,
        named: Vector | None,
        least: int,
    ) -> Indices:
        """Product numbers for the second stage, rising.

        Args:
            evidence: of the request.
            allowed: bool (P,), which products may be returned.
            direction: float32 (width,), what the residual looks for in product vectors; None for nothing.
            text: float32 (T,), what the request looks for in texts; None for nothing.
            named: float64 (P,), what products gain for words they hold; None for no words.
            least: at least so many come back while there are as many allowed.
        """
        chosen = np.zeros(len(allowed), bool)
        chosen[self._by_facts(evidence, named, allowed)] = True
        near, probes = self._settings.nearest, self._settings.probes
        for index, query in ((self._indexes.vectors, direction), (self._indexes.text, text)):
            if index is not None:
                chosen[index.fresh] = True
                if query is not None:
                    chosen[index.nearest(query, near, probes, allowed)] = True
        chosen[self._most_popular(allowed, max(self._settings.popular, least))] = True
        return np.flatnonzero(chosen & allowed)

    def _by_facts(self, evidence: Evidence, named: Vector | None, allowed: NDArray[np.bool_]) -> Indices:
        """The products with the largest sum of popularity and what facts and words lift them by."""
        holders, values = self._postings(evidence)
        lifted = np.concatenate([evidence.product, holders])
        sums = np.bincount(lifted, np.concatenate([evidence.lift, values]), len(allowed))
        if named is not None:
            sums += named
        touched = np.flatnonzero(sums)
        touched = touched[allowed[touched]]
        if len(touched) <= self._settings.kept:
            return touched
        sums = sums[touched] + self._popularity[touched]
        return touched[np.argpartition(-sums, self._settings.kept)[: self._settings.kept]]

    def _postings(self, evidence: Evidence) -> tuple[Indices, Vector]:
        """Holders of the slots that the request asks for, and what each gains."""
        slots = [one.slots for one in evidence.sharings]
        values = [one.values for one in evidence.sharings]
        for need in evidence.needs:
            # A product that meets a need twice is overrated here; the exact score counts it once.
            slots.append(np.array(need.slots, np.int64))
            values.append(need.weight * self._need_gate[slots[-1]])
        if not slots:
            return np.zeros(0, np.int64), np.zeros(0)
        asked, inverse = np.unique(np.concatenate(slots), return_inverse=True)
        gains = np.bincount(inverse, np.concatenate(values), len(asked))
        starts = self._starts[asked].astype(np.int64)
        most = max(self._settings.postings // max(len(asked), 1), 1_000)
        counts = np.minimum(self._starts[asked + 1] - starts, most)
        at = np.arange(counts.sum()) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
        return self._by_popularity[self._holders[at]], np.repeat(gains, counts) * self._confidence[at]

    def _most_popular(self, allowed: NDArray[np.bool_], count: int) -> Indices:
        first = self._by_popularity[: 4 * count]
        found = first[allowed[first]]
        if len(found) < count:
            found = self._by_popularity[allowed[self._by_popularity]]
        return found[:count]


def _faiss() -> Any:  # noqa: ANN401 - faiss has no usable types
    """Imported when an index is first needed: only catalogues with two stages pay for it."""
    return importlib.import_module("faiss")


def _principal_directions(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """What to multiply vectors by to make them at most 64 long, shape (d, D)."""
    width = vectors.shape[1]
    if width <= SEARCHED_WIDTH:
        return np.eye(width, dtype=np.float32)
    chosen = np.random.default_rng(seed).permutation(len(vectors))[:20_000]
    sample = vectors[np.sort(chosen)].astype(np.float64)
    _, directions = np.linalg.eigh(sample.T @ sample)
    return np.ascontiguousarray(directions[:, : -SEARCHED_WIDTH - 1 : -1].astype(np.float32))
