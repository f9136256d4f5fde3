"""The terms of one product's score, each with the facts behind it.

Totals are computed for all products at once (``ranker.terms``); only the winners come here, where the same formula is
written out summand by summand.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kg_tools.products import Path, Triple
from ranker.graph_data import BOUGHT_ALONGSIDE, INTERACTED_WITH, GraphData
from ranker.neighbours import Neighbours
from ranker.ranking import Term, TermName
from ranker.sparse import Csr

NAMED_AT_MOST = 8
"""Terms with a path that one product shows; the rest of a name is one term without path."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The gates as plain numbers.

    Attributes:
        collaborative: g_c.
        decay: d, per step back in the history.
        path: relation number -> gate.
        link: link name and direction -> gate.
        need: relation number -> gate.
        popularity: g_p.
        shared_with_liked: for one attribute shared with one liked product.
        text: for cosine 1 between a need's words and a text.
        text_of_liked: for cosine 1 between two products' texts.
    """

    collaborative: float
    decay: float
    path: NDArray[np.float64]
    link: dict[str, float]
    need: NDArray[np.float64]
    popularity: float
    shared_with_liked: float = 1.0
    text: float = 0.0
    text_of_liked: float = 0.0


@dataclass(frozen=True, slots=True)
class PlacedNeed:
    """A stated need found in the graph.

    Attributes:
        phrase: the shopper's words.
        slots: slots that meet it.
        weight: importance, negative for a thing to avoid.
    """

    phrase: str
    slots: tuple[int, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A request in product and slot numbers.

    Attributes:
        history: latest first, each product once.
        ages: recency weights a_i, same length.
        liked: product indices.
        disliked: product indices.
        needs: needs that the graph can meet.
        shopper: IRI, None for a stranger.
        without_path: term name and subject -> its value for all products, shape (P,): text, residual.
    """

    history: tuple[int, ...]
    ages: NDArray[np.float32]
    liked: tuple[int, ...]
    disliked: tuple[int, ...]
    needs: tuple[PlacedNeed, ...]
    shopper: str | None
    without_path: Sequence[tuple[TermName, str | None, NDArray[np.float64]]] = field(default_factory=tuple)


class Explainer:
    """Writes a score out as terms.

    Args:
        graph: the catalogue's graph.
        neighbours: item-item weights.
        links: link name and direction -> matrix, from ``terms.link_matrices``.
        weights: the gates.
    """

    def __init__(self, graph: GraphData, neighbours: Neighbours, links: dict[str, Csr], weights: Weights) -> None:
        self._graph = graph
        self._neighbours = neighbours
        self._links = links
        self._weights = weights

    def terms(self, request: ReadRequest, product: int) -> tuple[Term, ...]:
        """All terms of one product, largest first by size; zero terms are left out."""
        found = [
            *self._collaborative(request, product),
            *self._shared(request, product),
            *self._linked(request, product),
            *self._needs(request, product),
            *self._resemblance("liked", request.liked, product, 1.0),
            *self._resemblance("disliked", request.disliked, product, -1.0),
        ]
        popularity = self._weights.popularity * float(np.log1p(self._neighbours.shoppers[product]))
        found.append(Term("popularity", popularity))
        found += [Term(name, float(values[product]), None, about) for name, about, values in request.without_path]
        return _fold([term for term in found if term.value])

    def _iri(self, product: int) -> str:
        return self._graph.product_iris[product]

    def _alongside(self, earlier: int, product: int) -> float:
        row = self._neighbours.index[earlier] == product
        return float(self._neighbours.weight[earlier][row].sum())

    def _collaborative(self, request: ReadRequest, product: int) -> Iterator[Term]:
        for age, earlier in enumerate(request.history):
            value = self._weights.collaborative * self._weights.decay**age * self._alongside(earlier, product)
            if value:
                path: tuple[Triple, ...] = ((self._iri(earlier), BOUGHT_ALONGSIDE, self._iri(product)),)
                if request.shopper is not None:
                    path = ((request.shopper, INTERACTED_WITH, self._iri(earlier)), *path)
                yield Term("collaborative", value, Path(path), self._graph.product_ids[earlier])

    def _has(self, product: int) -> dict[int, float]:
        """Slots of a product with their confidence."""
        matrix = self._graph.incidence
        row = slice(matrix.indptr[product], matrix.indptr[product + 1])
        return {int(slot): float(value) for slot, value in zip(matrix.indices[row], matrix.data[row], strict=True)}

    def _shared(self, request: ReadRequest, product: int) -> Iterator[Term]:
        own = self._has(product)
        asked: dict[int, float] = defaultdict(float)
        witness: dict[int, tuple[float, int]] = {}
        for age, earlier in zip(request.ages, request.history, strict=True):
            for slot, confidence in self._has(earlier).items():
                if slot in own:
                    part = float(age) * confidence
                    asked[slot] += part
                    witness[slot] = max(witness.get(slot, (0.0, earlier)), (part, earlier))
        for slot, sum_of_parts in asked.items():
            gate = float(self._weights.path[self._graph.slot_relation[slot]]) * float(self._graph.rarity[slot])
            earlier = witness[slot][1]
            path = self._meeting(earlier, slot, product)
            yield Term("path", gate * sum_of_parts * own[slot], path, self._graph.product_ids[earlier])

    def _meeting(self, earlier: int, slot: int, product: int) -> Path:
        relation, node = self._graph.slots[slot]
        return Path(((self._iri(earlier), relation, node), (self._iri(product), relation, node)))

    def _linked(self, request: ReadRequest, product: int) -> Iterator[Term]:
        for name, matrix in self._links.items():
            forward, relation = name.startswith(">"), name[2:]
            for age, earlier in zip(request.ages, request.history, strict=True):
                value = self._weights.link[name] * float(age) * float(matrix[earlier, product])
                if value:
                    ends = (earlier, product) if forward else (product, earlier)
                    path = Path(((self._iri(ends[0]), relation, self._iri(ends[1])),))
                    yield Term("path", value, path, self._graph.product_ids[earlier])

    def _needs(self, request: ReadRequest, product: int) -> Iterator[Term]:
        own = self._has(product)
        for need in request.needs:
            met = [
                (self._weights.need[self._graph.slot_relation[slot]] * own[slot], slot)
                for slot in need.slots
                if slot in own
            ]
            if met:
                value, slot = max(met)
                relation, node = self._graph.slots[slot]
                path = Path(((self._iri(product), relation, node),))
                yield Term("need", need.weight * float(value), path, need.phrase)

    def _resemblance(self, name: TermName, others: Sequence[int], product: int, sign: float) -> Iterator[Term]:
        own = self._has(product)
        for other in others:
            about = self._graph.product_ids[other]
            for slot, confidence in self._has(other).items():
                if slot in own:
                    gate = self._weights.shared_with_liked * float(self._graph.rarity[slot]) / len(others)
                    value = sign * gate * confidence * own[slot]
                    yield Term(name, value, self._meeting(other, slot, product), about)
            value = self._weights.collaborative * self._alongside(other, product) / len(others)
            if value and sign > 0:
                path = Path(((self._iri(other), BOUGHT_ALONGSIDE, self._iri(product)),))
                yield Term(name, value, path, about)


def _fold(terms: list[Term]) -> tuple[Term, ...]:
    """Keeps the largest terms with a path; the others of each name become one term without path."""
    by_size = sorted(terms, key=lambda term: (-abs(term.value), term.name, term.about or ""))
    named = [term for term in by_size if term.path is not None]
    rest: dict[TermName, float] = defaultdict(float)
    for term in named[NAMED_AT_MOST:]:
        rest[term.name] += term.value
    folded = [term for term in by_size if term.path is None] + [Term(name, value) for name, value in rest.items()]
    merged = named[:NAMED_AT_MOST] + folded
    return tuple(sorted(merged, key=lambda term: (-abs(term.value), term.name, term.about or "")))
