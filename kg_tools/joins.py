"""Which products are joined to which attribute nodes, both ways, as arrays in memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg_tools.edges import Edges
from kg_tools.products import NodeKind
from kg_tools.vocabulary import NODE_PREDICATES

_KIND_OF: dict[str, NodeKind] = {str(predicate): kind for kind, predicate in NODE_PREDICATES.items()}  # pyright: ignore[reportAssignmentType]


@dataclass(frozen=True, slots=True)
class JoinIndex:
    """Joins between P products and N attribute nodes.

    Attributes:
        nodes: node IRIs, length N.
        kinds: kind of each node, length N.
        position: node IRI -> index.
        counts: int32, shape (N,), products of each node, through narrower categories too.
        mined: bool, shape (N,), True where no stated source joins the node to anything.
    """

    nodes: tuple[str, ...]
    kinds: tuple[NodeKind, ...]
    position: dict[str, int]
    counts: NDArray[np.int32]
    mined: NDArray[np.bool_]
    _starts: NDArray[np.int64]  # shape (N + 1,), into _products
    _products: NDArray[np.int32]  # sorted by node, then product; broader included
    _product_starts: NDArray[np.int64]  # shape (P + 1,), into _own_nodes
    _own_nodes: NDArray[np.int32]  # as stated, by product, kind, confidence falling

    def products_of(self, node: str) -> NDArray[np.int32]:
        """Products joined to a node, directly or through a narrower one; empty for an unknown node."""
        index = self.position.get(node)
        if index is None:
            return np.empty(0, np.int32)
        return self._products[self._starts[index] : self._starts[index + 1]]

    def nodes_of(self, product: int) -> NDArray[np.int32]:
        """Indices of the nodes a product is joined to as stated, stated before mined within a kind."""
        return self._own_nodes[self._product_starts[product] : self._product_starts[product + 1]]

    def count_within(self, selected: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many of the selected products each node has.

        Args:
            selected: bool, shape (P,).

        Returns:
            int64, shape (N,).
        """
        running = np.concatenate([[0], np.cumsum(selected[self._products], dtype=np.int64)])
        return running[self._starts[1:]] - running[self._starts[:-1]]


def build_joins(direct: Edges, widened: Edges, product_count: int) -> JoinIndex:
    """Index the joins.

    Args:
        direct: edges to attribute nodes as stated.
        widened: the same with those that follow from narrower categories; its targets begin with
            ``direct``'s.
        product_count: P.
    """
    node_count = len(widened.targets)
    by_node = np.lexsort((widened.product, widened.target))
    pairs = np.stack([widened.target[by_node], widened.product[by_node]])
    fresh = np.ones(pairs.shape[1], np.bool_)
    fresh[1:] = np.any(np.diff(pairs, axis=1) != 0, axis=0)  # one node under two predicates counts once
    target, products = pairs[:, fresh]
    starts = np.searchsorted(target, np.arange(node_count + 1))
    own = np.lexsort((direct.target, -direct.confidence, direct.predicate, direct.product))
    kind_of_node = np.zeros(node_count, np.int16)
    kind_of_node[widened.target] = widened.predicate
    stated = np.zeros(node_count, np.bool_)
    stated[widened.target[widened.confidence >= 1.0]] = True
    return JoinIndex(
        nodes=widened.targets,
        kinds=tuple(_KIND_OF[widened.predicates[code]] for code in kind_of_node),
        position={iri: index for index, iri in enumerate(widened.targets)},
        counts=np.diff(starts).astype(np.int32),
        mined=~stated,
        _starts=starts,
        _products=products,
        _product_starts=np.searchsorted(direct.product[own], np.arange(product_count + 1)),
        _own_nodes=direct.target[own],
    )
