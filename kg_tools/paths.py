"""Reason paths: short ways through the graph between two nodes, as triples in the graph's own direction.

SPARQL's property paths return only end points, so this is a bounded bidirectional search on the arrays. A
path never runs through a hub: that two products are both in "Beauty" explains nothing.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kg_tools.products import GraphArrays, Path, Triple

MAX_EDGES = 3
DEGREE_CAP = 500


class GraphIndex:
    """Both directions of every edge, sorted by node. Build it once per export; safe to share."""

    def __init__(self, arrays: GraphArrays) -> None:
        """Sort the edges.

        Args:
            arrays: N nodes, E edges.
        """
        self.arrays = arrays
        count, edges = len(arrays.node_iris), len(arrays.heads)
        ends = np.concatenate([arrays.heads, arrays.tails])
        others = np.concatenate([arrays.tails, arrays.heads])
        order = np.lexsort((others, ends))
        self._neighbours: NDArray[np.int32] = others[order]  # shape (2E,), sorted within each node
        self._edges: NDArray[np.int32] = (order % max(edges, 1)).astype(np.int32)
        self._starts: NDArray[np.int64] = np.searchsorted(ends[order], np.arange(count + 1))
        self.degrees: NDArray[np.int64] = np.diff(self._starts)
        self._position = {iri: index for index, iri in enumerate(arrays.node_iris)}

    def node(self, iri: str) -> int | None:
        """Index of a node; None for an IRI that is not in the arrays."""
        return self._position.get(iri)

    def shared_nodes(self, product_a: int, product_b: int) -> NDArray[np.int32]:
        """Nodes that are one edge from both products, those with the fewest edges first.

        Args:
            product_a: node index.
            product_b: node index.
        """
        shared = np.intersect1d(self._around(product_a), self._around(product_b))
        return shared[np.argsort(self.degrees[shared], kind="stable")]

    def find_paths(
        self,
        source_node: int,
        target_node: int,
        *,
        max_edges: int = MAX_EDGES,
        limit: int = 10,
        degree_cap: int = DEGREE_CAP,
    ) -> list[Path]:
        """Simple paths between two nodes: shorter ones first, then those through nodes with fewer edges.

        Args:
            source_node: node index.
            target_node: node index.
            max_edges: longest path, 1 to 3 edges.
            limit: at most so many paths.
            degree_cap: a path runs through no node with more edges than this; the ends may have more.

        Returns:
            Paths from source to target; empty if there are none or source is target.

        Raises:
            ValueError: ``max_edges`` is not 1, 2 or 3.
        """
        if not 1 <= max_edges <= MAX_EDGES:
            raise ValueError(f"max_edges must be 1 to {MAX_EDGES}, not {max_edges}.")
        if source_node == target_node:
            return []
        found: list[Path] = []
        searches = (self._of_one_edge, self._of_two_edges, self._of_three_edges)[:max_edges]
        for search in searches:
            for nodes in search(source_node, target_node, degree_cap):
                for path in self._along(nodes):
                    found.append(path)
                    if len(found) == limit:
                        return found
        return found

    def _of_one_edge(self, source: int, target: int, cap: int) -> Iterator[tuple[int, ...]]:
        del cap  # no node lies between
        if self._edges_between(source, target).size:
            yield source, target

    def _of_two_edges(self, source: int, target: int, cap: int) -> Iterator[tuple[int, ...]]:
        shared = self.shared_nodes(source, target)
        for middle in shared[self.degrees[shared] <= cap].tolist():
            yield source, middle, target

    def _of_three_edges(self, source: int, target: int, cap: int) -> Iterator[tuple[int, ...]]:
        """Meet in the middle: expand the smaller end by two edges, and look the result up around the other."""
        if self.degrees[source] > self.degrees[target]:
            for nodes in self._of_three_edges(target, source, cap):
                yield nodes[::-1]
            return
        first = self._between(source, cap, (source, target))
        last = self._between(target, cap, (source, target))
        if not first.size or not last.size:
            return
        sizes = self.degrees[first]
        starts = np.repeat(self._starts[first] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
        seconds = self._neighbours[starts + np.arange(sizes.sum())]
        firsts = np.repeat(first, sizes)
        where = np.minimum(np.searchsorted(last, seconds), len(last) - 1)
        meets = np.flatnonzero(last[where] == seconds)
        pairs = np.unique(np.stack([firsts[meets], seconds[meets]], axis=1), axis=0)
        for one, two in pairs[np.argsort(self.degrees[pairs].sum(axis=1), kind="stable")].tolist():
            yield source, one, two, target

    def _around(self, node: int) -> NDArray[np.int32]:
        return self._neighbours[self._starts[node] : self._starts[node + 1]]

    def _between(self, node: int, cap: int, ends: tuple[int, int]) -> NDArray[np.int32]:
        """Neighbours that a path may run through, sorted."""
        around = np.unique(self._around(node))
        return around[(self.degrees[around] <= cap) & ~np.isin(around, ends)]

    def _edges_between(self, one: int, other: int) -> NDArray[np.int32]:
        around = self._around(one)
        low, high = np.searchsorted(around, [other, other + 1])
        return self._edges[self._starts[one] + low : self._starts[one] + high]

    def _along(self, nodes: tuple[int, ...]) -> Iterator[Path]:
        """The paths through the given nodes: several where two nodes are joined by several edges."""
        ways: list[tuple[Triple, ...]] = [()]
        for one, other in pairwise(nodes):
            triples = [self._triple(edge) for edge in self._edges_between(one, other).tolist()]
            ways = [(*way, triple) for way in ways for triple in dict.fromkeys(triples)]
        for way in ways:
            yield Path(way)

    def _triple(self, edge: int) -> Triple:
        arrays = self.arrays
        return (
            arrays.node_iris[arrays.heads[edge]],
            arrays.relations[arrays.relation_index[edge]],
            arrays.node_iris[arrays.tails[edge]],
        )
