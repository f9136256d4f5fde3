"""The same ranker with facts taken out of its graph: how reasons are put to the test.

Nothing here reads a term's stated value. The facts are removed from what the ranker computes with (incidence, links,
item-item weights, coupled lists), a new ``GraphRanker`` is built on it, and it scores from the start. What was fixed
in training stays: gates, rarities, the scale of a list, product vectors. That is what a served shop does when its
owner removes a fact.
"""

import copy
from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kg_tools.products import Triple
from ranker.config import RankerConfig
from ranker.coupling import Coupling
from ranker.errors import RankerError
from ranker.fitting import Fitted
from ranker.graph_data import BOUGHT_ALONGSIDE, GraphData
from ranker.graph_ranker import GraphRanker
from ranker.neighbours import Neighbours
from ranker.sparse import Csr, csr_matrix

Cells = tuple[list[int], list[int]]
"""Rows and columns of matrix entries."""


class FactRemover:
    """Builds rankers of one fitted model on its graph less some facts.

    Args:
        graph: the graph the model was fitted on.
        text: float32 (P, T).
        fitted: the model.
        config: the settings it was fitted with.
    """

    def __init__(self, graph: GraphData, text: NDArray[np.float32], fitted: Fitted, config: RankerConfig) -> None:
        self.graph = graph if config.model.links else graph.without_links()
        self.fitted = fitted
        self._text = text
        self._config = config
        self._product = {iri: number for number, iri in enumerate(self.graph.product_iris)}
        self._slot = {slot: number for number, slot in enumerate(self.graph.slots)}
        self._target = {iri: number for number, iri in enumerate(self.graph.link_targets)}
        self._by_slot = self.graph.incidence.tocsc()
        self._by_target = {name: matrix.tocsc() for name, matrix in self.graph.link_lists.items()}
        self._by_product = {name: matrix.tocsc() for name, matrix in self.graph.links.items()}

    def ranker(self, removed: Iterable[Triple] = ()) -> GraphRanker:
        """The ranker without some facts; a fact named twice is removed once.

        Raises:
            RankerError: a triple is not a fact of the graph.
        """
        slots: Cells = ([], [])
        followers: Cells = ([], [])
        links: dict[str, tuple[list[int], list[str]]] = {}
        for subject, predicate, node in dict.fromkeys(removed):
            head = self._product.get(subject)
            if head is None:
                raise RankerError(f"{subject} is no product of this graph, so ({predicate}, {node}) cannot be removed.")
            if predicate == BOUGHT_ALONGSIDE:
                followers[0].append(head)
                followers[1].append(self._product.get(node, -1))
            elif predicate in self.graph.link_lists or predicate in self.graph.links:
                heads, nodes = links.setdefault(predicate, ([], []))
                heads.append(head)
                nodes.append(node)
            else:
                slots[0].append(head)
                slots[1].append(self._slot.get((predicate, node), -1))
        graph = replace(self.graph, incidence=without_entries(self.graph.incidence, slots))
        couplings = dict(self.fitted.model.couplings)
        for predicate, (heads, nodes) in links.items():
            graph = self._without_links(graph, predicate, heads, nodes)
            if predicate in couplings:
                cells = (heads, [self._target[node] for node in nodes])
                couplings[predicate] = _without_list_entries(couplings[predicate], cells)
        model = copy.copy(self.fitted.model)
        model.couplings = couplings
        return GraphRanker(
            graph,
            model,
            self._config,
            vectors=self.fitted.vectors,
            neighbours=_without_followers(self.fitted.neighbours, followers),
            text=self._text,
            encoder=None,
        )

    def has(self, triple: Triple) -> bool:
        """Whether a triple is a fact of the graph, as far as the ranker knows it."""
        return triple[0] in self._product and triple in self.facts(triple[0], triple[1])

    def facts_of(self, product: int) -> set[Triple]:
        """Every fact that a path to or from a product could use, in either direction."""
        iri = self.graph.product_iris[product]
        relations = {*self.graph.relations, *self.graph.link_lists, *self.graph.links, BOUGHT_ALONGSIDE}
        return {fact for relation in relations for fact in self.facts(iri, relation)}

    def facts(self, product: str, relation: str) -> list[Triple]:
        """The facts of one relation that a product stands in, at either end; each once, in a fixed order."""
        number, iris = self._product[product], self.graph.product_iris
        found: list[Triple] = []
        if relation == BOUGHT_ALONGSIDE:
            index = self.fitted.neighbours.index
            found += [(product, relation, iris[tail]) for tail in index[number] if tail >= 0]
            found += [(iris[head], relation, product) for head in np.nonzero(index == number)[0]]
        if relation in self.graph.relations:
            slots = [self.graph.slots[slot] for slot in _columns(self.graph.incidence, number)]
            found += [(product, *slot) for slot in slots if slot[0] == relation]
        if relation in self.graph.link_lists:
            targets = _columns(self.graph.link_lists[relation], number)
            found += [(product, relation, self.graph.link_targets[target]) for target in targets]
            found += [(head, relation, product) for head in self.holders(relation, product)]
        if relation in self.graph.links:
            found += [(product, relation, iris[tail]) for tail in _columns(self.graph.links[relation], number)]
            heads = _columns(self._by_product[relation], number)
            found += [(iris[head], relation, product) for head in heads]
        return list(dict.fromkeys(found))

    def holders(self, relation: str, node: str) -> list[str]:
        """The products that have a node as an attribute, or are linked to it."""
        if (relation, node) in self._slot:
            rows = _columns(self._by_slot, self._slot[relation, node])
        elif relation in self._by_target and node in self._target:
            rows = _columns(self._by_target[relation], self._target[node])
        else:
            return []
        return [self.graph.product_iris[row] for row in rows]

    def _without_links(self, graph: GraphData, predicate: str, heads: list[int], nodes: list[str]) -> GraphData:
        if predicate in graph.link_lists:
            columns = [self._target.get(node, -1) for node in nodes]
            shortened = without_entries(graph.link_lists[predicate], (heads, columns))
            graph = replace(graph, link_lists={**graph.link_lists, predicate: shortened})
        if predicate in graph.links:
            inside = [
                (head, self._product[node]) for head, node in zip(heads, nodes, strict=True) if node in self._product
            ]
            cells = ([head for head, _ in inside], [tail for _, tail in inside])
            graph = replace(graph, links={**graph.links, predicate: without_entries(graph.links[predicate], cells)})
        return graph


def without_entries(matrix: Csr, cells: Cells) -> Csr:
    """The matrix with some entries taken out.

    Raises:
        RankerError: an entry is not there.
    """
    if not cells[0]:
        return matrix
    data, indices = matrix.data.copy(), matrix.indices.copy()
    for row, column in zip(*cells, strict=True):
        start, end = matrix.indptr[row], matrix.indptr[row + 1]
        place = np.flatnonzero(indices[start:end] == column)
        if not len(place):
            raise RankerError(
                f"Product number {row} has no fact number {column} in this graph, so it cannot be removed."
            )
        data[start + place] = 0
    shortened = csr_matrix((data, indices, matrix.indptr.copy()), shape=matrix.shape)
    shortened.eliminate_zeros()
    return shortened


def _without_followers(neighbours: Neighbours, cells: Cells) -> Neighbours:
    if not cells[0]:
        return neighbours
    index, weight = neighbours.index.copy(), neighbours.weight.copy()
    for head, tail in zip(*cells, strict=True):
        hit = np.flatnonzero(index[head] == tail) if tail >= 0 else []
        if not len(hit):
            raise RankerError(f"Product number {tail} does not follow product number {head} in this graph.")
        index[head, hit], weight[head, hit] = -1, 0.0
    return Neighbours(index, weight, neighbours.shoppers)


def _without_list_entries(coupling: Coupling, cells: Cells) -> Coupling:
    """Coupled pairs counted again where a list became shorter; lists keep their scale.

    An entry that is too common to couple anything is in no scaled list, and nothing follows from taking it out.
    """
    scaled = [cell for cell in zip(*cells, strict=True) if cell[1] in _columns(coupling.lists, cell[0])]
    if not scaled:
        return coupling
    lists = without_entries(coupling.lists, ([row for row, _ in scaled], [column for _, column in scaled]))
    changed = np.unique([row for row, _ in scaled])
    touched = np.isin(coupling.index, changed)
    touched[changed] = coupling.index[changed] >= 0
    heads, places = np.nonzero(touched)
    weight = coupling.weight.copy()
    pairs = lists[heads].multiply(lists[coupling.index[heads, places]])
    weight[heads, places] = np.asarray(pairs.sum(axis=1)).ravel()
    return Coupling(lists, coupling.index, weight)


def _columns(matrix: Csr, row: int) -> Collection[int]:
    """Column numbers of a CSR row (row numbers of a CSC column)."""
    return matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]].tolist()
