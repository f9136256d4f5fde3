"""The terms of one product's score, each with the facts behind it.

Totals are computed for all products at once (``ranker.evidence``); only the winners come here, where the same summands
are written out one by one.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kg_tools.products import Path, Triple
from ranker.coupling import Coupling
from ranker.evidence import Evidence, Indices, Origin, ReadRequest, Sharing, Vector, Weights
from ranker.graph_data import INTERACTED_WITH, GraphData
from ranker.ranking import Term, TermName
from ranker.sparse import Csr

NAMED_AT_MOST = 8
"""Terms with a path that one product shows; the rest of a name is one term without path."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A part of the score that rests on no fact, for every product that was scored.

    Attributes:
        name: of the term.
        about: what it is about, or None.
        values: float64 (C,), as the pool.
    """

    name: TermName
    about: str | None
    values: Vector


class Explainer:
    """Writes a score out as terms.

    Args:
        graph: the catalogue's graph.
        couplings: link relation -> pairs coupled by it.
        popularity: float64 (P,), g_p * log(1 + shoppers).
        weights: the gates.
    """

    def __init__(
        self, graph: GraphData, couplings: Mapping[str, Coupling], popularity: Vector, weights: Weights
    ) -> None:
        self._graph = graph
        self._couplings = couplings
        self._popularity = popularity
        self._weights = weights

    def terms(
        self, request: ReadRequest, evidence: Evidence, plain: Sequence[Plain], product: int, place: int
    ) -> tuple[Term, ...]:
        """All terms of one product, largest first by size; zero terms are left out.

        Args:
            request: as read.
            evidence: of the request.
            plain: parts of the score that rest on no fact.
            product: its index.
            place: its place in the pool that ``plain`` has values for.
        """
        slots, confidence = _row(self._graph.incidence, product)
        found = [
            *self._lifted(request, evidence, product),
            *(term for one in evidence.sharings for term in self._shared(one, slots, confidence, product)),
            *self._needs(evidence, slots, confidence, product),
            Term("popularity", float(self._popularity[product])),
            *(Term(one.name, float(one.values[place]), None, one.about) for one in plain),
        ]
        return _fold([term for term in found if term.value])

    def _iri(self, product: int) -> str:
        return self._graph.product_iris[product]

    def _lifted(self, request: ReadRequest, evidence: Evidence, product: int) -> Iterator[Term]:
        for number in np.flatnonzero(evidence.product == product).tolist():
            origin = evidence.origins[evidence.origin[number]]
            about = self._graph.product_ids[origin.earlier]
            if origin.way == "both":
                yield from self._coupled(origin, product, about)
            else:
                yield Term(origin.name, float(evidence.lift[number]), self._link(request, origin, product), about)

    def _coupled(self, origin: Origin, product: int, about: str) -> Iterator[Term]:
        """One term for each thing that both products are linked to; what can never be named comes as one sum."""
        shared, values = self._couplings[origin.relation].shared(origin.earlier, product)
        ends = (self._iri(origin.earlier), self._iri(product))
        named = shared[:NAMED_AT_MOST].tolist()
        for target, value in zip(named, values[:NAMED_AT_MOST].tolist(), strict=True):
            node = self._graph.link_targets[target]
            path = Path(tuple((end, origin.relation, node) for end in ends))
            yield Term(origin.name, origin.gate * value, path, about)
        yield Term(origin.name, origin.gate * float(values[NAMED_AT_MOST:].sum(dtype=np.float64)))

    def _link(self, request: ReadRequest, origin: Origin, product: int) -> Path:
        ends = (origin.earlier, product) if origin.way == "forward" else (product, origin.earlier)
        path: tuple[Triple, ...] = ((self._iri(ends[0]), origin.relation, self._iri(ends[1])),)
        if origin.name == "collaborative" and request.shopper is not None:
            path = ((request.shopper, INTERACTED_WITH, self._iri(origin.earlier)), *path)
        return Path(path)

    def _shared(self, sharing: Sharing, slots: Indices, confidence: Vector, product: int) -> Iterator[Term]:
        place = np.searchsorted(sharing.slots, slots)
        hit = np.flatnonzero(sharing.slots[np.minimum(place, len(sharing.slots) - 1)] == slots)
        for own, shared in zip(hit.tolist(), place[hit].tolist(), strict=True):
            earlier = int(sharing.earlier[shared])
            relation, node = self._graph.slots[int(slots[own])]
            path = Path(((self._iri(earlier), relation, node), (self._iri(product), relation, node)))
            value = float(sharing.values[shared] * confidence[own])
            yield Term(sharing.name, value, path, self._graph.product_ids[earlier])

    def _needs(self, evidence: Evidence, slots: Indices, confidence: Vector, product: int) -> Iterator[Term]:
        if not evidence.needs:
            return
        own = dict(zip(slots.tolist(), confidence.tolist(), strict=True))
        for need in evidence.needs:
            met = [
                (self._weights.need[self._graph.slot_relation[slot]] * own[slot], slot)
                for slot in need.slots
                if slot in own
            ]
            if met:
                value, slot = max(met)
                path = Path(((self._iri(product), *self._graph.slots[slot]),))
                yield Term("need", need.weight * float(value), path, need.phrase)


def _row(matrix: Csr, row: int) -> tuple[Indices, Vector]:
    """Columns and values of one row of a CSR matrix."""
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[part].astype(np.int64), matrix.data[part].astype(np.float64)


def _fold(terms: list[Term]) -> tuple[Term, ...]:
    """Keeps the largest terms with a path; the others that rest on facts become one term without path per name."""
    named = sorted((term for term in terms if term.path is not None), key=_by_size)
    rest: dict[TermName, float] = defaultdict(float)
    for term in named[NAMED_AT_MOST:]:
        rest[term.name] += term.value
    plain: list[Term] = []
    for term in terms:
        if term.path is None and term.name == "path":
            rest[term.name] += term.value
        elif term.path is None:
            plain.append(term)
    merged = [*named[:NAMED_AT_MOST], *plain, *(Term(name, value) for name, value in rest.items())]
    return tuple(sorted(merged, key=_by_size))


def _by_size(term: Term) -> tuple[float, str, str]:
    return -abs(term.value), term.name, term.about or ""
