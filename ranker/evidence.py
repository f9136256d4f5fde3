"""What the graph says for and against products on one request, laid out once as arrays.

The same summands are added up into scores (``Scorer``), written out as terms with their facts (``ranker.explaining``)
and followed to candidates (``ranker.retrieval``); a score is therefore the sum of its reasons by construction.
The formula is that of ``ranker.terms``:

    lift      what one earlier product lifts through one kind of link: collaborative terms, product links, and
              lists of links that share entries
    sharing   what a candidate gains for a slot that history or liked products have too
    need      what a candidate gains (or loses) for meeting a stated need
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranker.coupling import Coupling
from ranker.graph_data import BOUGHT_ALONGSIDE, GraphData
from ranker.neighbours import Neighbours
from ranker.ranking import TermName
from ranker.sparse import Csr

Vector = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weights:
    """The gates as plain numbers.

    Attributes:
        collaborative: g_c.
        decay: d, per step back in the history.
        path: relation number -> gate.
        link: link name and direction -> gate.
        coupling: link relation -> gate.
        need: relation number -> gate.
        popularity: g_p.
        shared_with_liked: for one attribute shared with one liked product.
        text: for cosine 1 between a need's words and a text.
        words: for BM25 of 1 between a need's words and a product's.
        text_of_liked: for cosine 1 between two products' texts.
        text_of_history: g_t, for cosine 1 between the history's texts and a text.
    """

    collaborative: float
    decay: float
    path: Vector
    link: dict[str, float]
    coupling: dict[str, float]
    need: Vector
    popularity: float
    shared_with_liked: float = 1.0
    text: float = 0.0
    words: float = 0.0
    text_of_liked: float = 0.0
    text_of_history: float = 0.0


@dataclass(frozen=True, slots=True)
class PlacedNeed:
    """A stated need found in the graph.

    Attributes:
        phrase: the shopper's words.
        slots: slots that meet it, each once.
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
        ages: float32, recency weights a_i, same length.
        liked: product indices, each once.
        disliked: product indices, each once.
        needs: needs that the graph can meet.
        shopper: IRI, None for a stranger.
    """

    history: tuple[int, ...] = ()
    ages: NDArray[np.float32] | tuple[float, ...] = ()
    liked: tuple[int, ...] = ()
    disliked: tuple[int, ...] = ()
    needs: tuple[PlacedNeed, ...] = ()
    shopper: str | None = None


class Origin(NamedTuple):
    """Where lifts come from.

    Attributes:
        name: of the term.
        earlier: the product that lifts.
        relation: IRI of the link.
        way: whether the link starts at the earlier product, ends there, or both link to the same things.
        gate: what a weight of 1 would lift.
    """

    name: TermName
    earlier: int
    relation: str
    way: Literal["forward", "backward", "both"]
    gate: float


@dataclass(frozen=True, slots=True)
class Sharing:
    """What a candidate gains per slot, times its own confidence of having it.

    Attributes:
        name: of the term.
        slots: int64 (n,), each once, rising.
        values: float64 (n,), negative for disliked.
        earlier: int64 (n,), the product that has the slot too (the one that counts most for it).
    """

    name: TermName
    slots: Indices
    values: Vector
    earlier: Indices


@dataclass(frozen=True, slots=True)
class Evidence:
    """All summands of one request that rest on facts.

    Attributes:
        origins: where lifts come from.
        origin: int64 (n,), number of each lift's origin.
        product: int64 (n,), the product it lifts.
        lift: float64 (n,), by how much; never 0.
        sharings: per slot, for the history and for each liked and disliked product.
        needs: as read.
    """

    origins: tuple[Origin, ...]
    origin: Indices
    product: Indices
    lift: Vector
    sharings: tuple[Sharing, ...]
    needs: tuple[PlacedNeed, ...]


def entries(matrix: Csr, rows: Indices) -> tuple[Indices, NDArray[np.int32], NDArray[np.float32]]:
    """The entries of some rows of a CSR matrix (columns of a CSC one): place in ``rows``, other index, value."""
    starts = matrix.indptr[rows].astype(np.int64)
    counts = matrix.indptr[rows + 1] - starts
    place = np.repeat(np.arange(len(rows)), counts)
    at = np.arange(len(place)) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
    return place, matrix.indices[at], matrix.data[at]


class EvidenceReader:
    """Lays out the evidence of requests.

    Args:
        graph: the catalogue's graph.
        neighbours: item-item weights.
        links: link name and direction -> matrix, from ``terms.link_matrices``.
        couplings: link relation -> pairs coupled by it.
        weights: the gates.
    """

    def __init__(
        self,
        graph: GraphData,
        neighbours: Neighbours,
        links: Mapping[str, Csr],
        couplings: Mapping[str, Coupling],
        weights: Weights,
    ) -> None:
        self._graph = graph
        self._neighbours = neighbours
        self._couplings = couplings
        self._links = {name: matrix for name, matrix in links.items() if weights.link[name] and matrix.nnz}
        self._weights = weights

    def read(self, request: ReadRequest) -> Evidence:
        """The evidence of one request."""
        lifts = [one for one in self._lifts(request) if len(one[1])]
        origins: list[Origin] = []
        numbers: list[Indices] = []
        for origin, products, _ in lifts:
            numbers.append(np.full(len(products), len(origins)))
            origins.append(origin)
        return Evidence(
            origins=tuple(origins),
            origin=np.concatenate(numbers) if lifts else np.zeros(0, np.int64),
            product=np.concatenate([one[1] for one in lifts]) if lifts else np.zeros(0, np.int64),
            lift=np.concatenate([one[2] for one in lifts]) if lifts else np.zeros(0),
            sharings=tuple(one for one in self._sharings(request) if len(one.slots)),
            needs=request.needs,
        )

    def _lifts(self, request: ReadRequest) -> Iterator[tuple[Origin, Indices, Vector]]:
        for age, earlier in enumerate(request.history):
            decay = self._weights.decay**age
            yield self._alongside("collaborative", earlier, self._weights.collaborative * decay)
            for relation, coupling in self._couplings.items():
                origin = Origin("path", earlier, relation, "both", self._weights.coupling[relation] * decay)
                yield _lift(origin, coupling.index[earlier], coupling.weight[earlier])
        for name, matrix in self._links.items():
            way = "forward" if name.startswith(">") else "backward"
            for age, earlier in zip(request.ages, request.history, strict=True):
                origin = Origin("path", earlier, name[2:], way, self._weights.link[name] * float(age))
                row = slice(matrix.indptr[earlier], matrix.indptr[earlier + 1])
                yield _lift(origin, matrix.indices[row], matrix.data[row])
        for other in request.liked:
            yield self._alongside("liked", other, self._weights.collaborative / len(request.liked))

    def _alongside(self, name: TermName, earlier: int, gate: float) -> tuple[Origin, Indices, Vector]:
        origin = Origin(name, earlier, BOUGHT_ALONGSIDE, "forward", gate)
        return _lift(origin, self._neighbours.index[earlier], self._neighbours.weight[earlier])

    def _sharings(self, request: ReadRequest) -> Iterator[Sharing]:
        if request.history:
            gates = self._weights.path[self._graph.slot_relation] if len(self._weights.path) else np.zeros(0)
            yield self._shared("path", request.history, request.ages, gates)
        each = np.full(len(self._graph.slots), self._weights.shared_with_liked)
        sides: tuple[tuple[TermName, tuple[int, ...], float], ...]
        sides = (("liked", request.liked, 1.0), ("disliked", request.disliked, -1.0))
        for name, products, sign in sides:
            for product in products:
                yield self._shared(name, (product,), (sign / len(products),), each)

    def _shared(
        self, name: TermName, products: tuple[int, ...], parts: NDArray[np.float32] | tuple[float, ...], gates: Vector
    ) -> Sharing:
        rows = np.array(products, dtype=np.int64)
        place, slot, confidence = entries(self._graph.incidence, rows)
        part = np.asarray(parts, np.float64)[place] * confidence
        # By slot, then by size: the first entry of a slot names the product that counts most for it.
        order = np.lexsort((-rows[place], -np.abs(part), slot))
        slots, first, inverse = np.unique(slot[order], return_index=True, return_inverse=True)
        values = np.bincount(inverse, part[order], len(slots)) * gates[slots] * self._graph.rarity[slots]
        counted = values != 0
        return Sharing(name, slots[counted].astype(np.int64), values[counted], rows[place[order][first]][counted])


def _lift(origin: Origin, index: NDArray[np.integer], weight: NDArray[np.float32]) -> tuple[Origin, Indices, Vector]:
    """The products with a weight (index -1 fills up), and what each gains."""
    values = origin.gate * weight.astype(np.float64)
    lifted = (index >= 0) & (values != 0)
    return origin, index[lifted].astype(np.int64), values[lifted]


class Scorer:
    """Adds up evidence.

    Args:
        graph: the catalogue's graph.
        popularity: float64 (P,), g_p * log(1 + shoppers).
        weights: the gates.
    """

    def __init__(self, graph: GraphData, popularity: Vector, weights: Weights) -> None:
        self._incidence = graph.incidence
        self._slots = len(graph.slots)
        self._popularity = popularity
        self._need_gate = weights.need[graph.slot_relation] if len(graph.slots) else np.zeros(0)

    def scores(self, evidence: Evidence, pool: Indices | None) -> Vector:
        """Popularity and everything that rests on facts, shape (C,).

        A product's score does not depend on what else is in the pool.

        Args:
            evidence: of the request.
            pool: int64 (C,), product indices, rising, each once; None for the whole catalogue.
        """
        rows = self._incidence if pool is None else self._incidence[pool]
        total = self._popularity.copy() if pool is None else self._popularity[pool]
        total += self._lifted(evidence, pool)
        if evidence.sharings:
            slots = np.concatenate([one.slots for one in evidence.sharings])
            values = np.concatenate([one.values for one in evidence.sharings])
            total += rows @ np.bincount(slots, values, self._slots).astype(np.float32)
        for need in evidence.needs:
            total += need.weight * self._met(need, rows)
        return total

    def _lifted(self, evidence: Evidence, pool: Indices | None) -> Vector:
        if pool is None:
            return np.asarray(np.bincount(evidence.product, evidence.lift, len(self._popularity)), np.float64)
        if not len(pool):
            return np.zeros(0)
        place = np.minimum(np.searchsorted(pool, evidence.product), len(pool) - 1)
        hit = pool[place] == evidence.product
        return np.asarray(np.bincount(place[hit], evidence.lift[hit], len(pool)), np.float64)

    def _met(self, need: PlacedNeed, rows: Csr) -> Vector:
        """Largest over the need's slots of g_need * has, shape (C,)."""
        best = np.zeros(rows.shape[0])
        gate = np.zeros(self._slots)
        gate[list(need.slots)] = self._need_gate[list(need.slots)]
        hit = np.flatnonzero(gate[rows.indices])
        place = np.searchsorted(rows.indptr, hit, side="right") - 1
        np.maximum.at(best, place, gate[rows.indices[hit]] * rows.data[hit])
        return best
