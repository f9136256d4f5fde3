"""Facts as numbers, and batches of them with negatives, for knowledge-graph embedding.

Negatives differ from torch-geometric's ``KGEModel.random_sample``: they are of the right kind (a brand is replaced by
brands; Krompass et al., ISWC 2015), true triples among them are masked, and one batch, all of one relation, shares
its negatives (Zheng et al., SIGIR 2020), which makes hundreds of them cheap.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ranker.graph_data import GraphData
from ranker.sparse import Csr, csr_matrix

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Triples:
    """T facts in numbers; entities are the P products, then the other nodes.

    Attributes:
        head: int64 (T,), product.
        relation: int64 (T,), index into relations.
        tail: int64 (T,), entity.
        relations: predicate IRIs.
        nodes: IRI of each entity that is no product; entity P + i is ``nodes[i]``.
        products: P.
        ranges: for each relation, int64, the entities that may stand as its tail, sorted.
    """

    head: Integers
    relation: Integers
    tail: Integers
    relations: tuple[str, ...]
    nodes: tuple[str, ...]
    products: int
    ranges: tuple[Integers, ...]

    def __len__(self) -> int:
        return len(self.head)

    @property
    def entities(self) -> int:
        """Products and other nodes."""
        return self.products + len(self.nodes)

    def take(self, keep: NDArray[Any]) -> "Triples":
        """Some triples; entities, relations and ranges stay."""
        return Triples(
            self.head[keep],
            self.relation[keep],
            self.tail[keep],
            self.relations,
            self.nodes,
            self.products,
            self.ranges,
        )


def read_triples(graph: GraphData, *, links: bool) -> Triples:
    """The facts of a graph, each once: slots of products, and product links if asked for."""
    nodes = tuple(sorted({node for _, node in graph.slots}))
    number = {node: graph.products + place for place, node in enumerate(nodes)}
    slot_tail = np.array([number[node] for _, node in graph.slots], np.int64)
    coo = graph.incidence.tocoo()
    columns = [(coo.row, graph.slot_relation[coo.col], slot_tail[coo.col])]
    ranges = [np.unique(slot_tail[graph.slot_relation == relation]) for relation in range(len(graph.relations))]
    names = list(graph.relations)
    for name, matrix in sorted(graph.links.items()) if links else ():
        linked = matrix.tocoo()
        columns.append((linked.row, np.full(linked.nnz, len(names)), linked.col))
        ranges.append(np.arange(graph.products))
        names.append(name)
    head, relation, tail = (np.concatenate(parts).astype(np.int64) for parts in zip(*columns, strict=True))
    return Triples(head, relation, tail, tuple(names), nodes, graph.products, tuple(ranges))


@dataclass(frozen=True, slots=True)
class TripleBatch:
    """B triples of one relation with their shared negatives.

    Attributes:
        head: int64 (B,).
        relation: int64 (), the relation of all.
        tail: int64 (B,).
        other_heads: int64 (N,), products.
        other_tails: int64 (N',), entities of the relation's range.
        false_heads: bool (B, N), where (other head, relation, tail) is no fact.
        false_tails: bool (B, N'), where (head, relation, other tail) is no fact.
    """

    head: Tensor
    relation: Tensor
    tail: Tensor
    other_heads: Tensor
    other_tails: Tensor
    false_heads: Tensor
    false_tails: Tensor


class TripleBatches:
    """Draws batches, the same for the same seed.

    Args:
        triples: what to draw.
        batch: B, at most so many at once.
        negatives: N, false products, and as many false nodes, per batch.
        seed: of order and negatives.
    """

    def __init__(self, triples: Triples, *, batch: int, negatives: int, seed: int) -> None:
        self._triples = triples
        self._size = batch
        self._negatives = negatives
        self._has = [_has(triples, relation) for relation in range(len(triples.relations))]
        self._had_by = [has.T.tocsr() for has in self._has]
        self._random = np.random.default_rng(seed)

    def epoch(self) -> Iterator[TripleBatch]:
        """Every triple once, in batches of one relation, in random order."""
        order = self._random.permutation(len(self._triples))
        batches: list[Integers] = []
        for relation in range(len(self._triples.relations)):
            rows = order[self._triples.relation[order] == relation]
            batches += [rows[start : start + self._size] for start in range(0, len(rows), self._size)]
        for number in self._random.permutation(len(batches)):
            yield self._batch(batches[number])

    def _batch(self, rows: Integers) -> TripleBatch:
        triples = self._triples
        head, tail, relation = triples.head[rows], triples.tail[rows], int(triples.relation[rows[0]])
        heads = self._random.integers(triples.products, size=self._negatives)
        allowed = triples.ranges[relation]
        tails = allowed[self._random.integers(len(allowed), size=min(self._negatives, 4 * len(allowed)))]
        return TripleBatch(
            head=torch.from_numpy(head),
            relation=torch.tensor(relation),
            tail=torch.from_numpy(tail),
            other_heads=torch.from_numpy(heads),
            other_tails=torch.from_numpy(tails),
            false_heads=_false(self._has[relation], heads, tail),
            false_tails=_false(self._had_by[relation], tails, head),
        )


def _has(triples: Triples, relation: int) -> Csr:
    """Which product has which entity as tail of a relation, shape (P, entities)."""
    rows = triples.relation == relation
    shape = (triples.products, triples.entities)
    return csr_matrix((np.ones(int(rows.sum()), bool), (triples.head[rows], triples.tail[rows])), shape=shape)


def _false(has: Csr, others: Integers, given: Integers) -> Tensor:
    """Where ``has[other, given]`` does not hold, bool (given, others)."""
    # Rows first, then rows of the transpose: no step is larger than the facts of the sampled entities.
    return torch.from_numpy(~has[others].T.tocsr()[given].toarray())
