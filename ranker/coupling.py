"""Products coupled by what the shop links them to: two lists that share entries point at like products.

For the lists X_h, X_c of what products h and c are linked to by one relation, entries weighted by rarity and rows
scaled to length 1:

    coupled(h, c) = sum over entries x of X_h(x) * X_c(x)

This is bibliographic coupling (Kessler, American Documentation 1963) with inverse document frequencies. Entries need
not be products of the catalogue: on Beauty most of them are not, and they carry most of what is known.
The scale of an entry is fixed when the lists are made, so that taking one link away takes away exactly its own
products X_h(x) * X_c(x).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranker.graph_data import GraphData
from ranker.sparse import Csr, diags

KEPT = 128
"""Coupled products kept per product."""
MOST_HOLDERS = 1000
"""Entries in more lists than this couple everything with everything and say nothing; they are left out."""
_ROWS = 2048


@dataclass(frozen=True, slots=True)
class Coupling:
    """One relation's lists and the pairs they couple.

    Attributes:
        lists: shape (P, T), rarity-weighted, rows of length 1 (0 where a product has no links).
        index: int64, shape (P, K), coupled products, strongest first; -1 fills up.
        weight: float32, shape (P, K), in 0..1; 0 where index is -1.
    """

    lists: Csr
    index: NDArray[np.int64]
    weight: NDArray[np.float32]

    def shared(self, head: int, tail: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Entries (columns of ``lists``) that two products share, strongest first, and the summand of each."""
        ours, theirs = _row(self.lists, head), _row(self.lists, tail)
        entries, left, right = np.intersect1d(ours[0], theirs[0], assume_unique=True, return_indices=True)
        value = (ours[1][left] * theirs[1][right]).astype(np.float32)
        order = np.lexsort((entries, -value))
        return entries[order].astype(np.int64), value[order]


def scaled_lists(links: Csr) -> Csr:
    """Lists with entries weighted by rarity, log(P / lists that hold it), and rows scaled to length 1.

    Args:
        links: shape (P, T), confidences of the links.
    """
    products = links.shape[0]
    holders = np.bincount(links.indices, minlength=links.shape[1])
    rarity = np.log(max(products, 2) / np.maximum(holders, 1)).clip(min=0)
    rarity[(holders > MOST_HOLDERS) | (holders < 1)] = 0
    lists = (links @ diags(rarity.astype(np.float32))).tocsr()
    lists.eliminate_zeros()
    lists.sort_indices()
    length = np.sqrt(np.asarray(lists.multiply(lists).sum(axis=1), dtype=np.float64).ravel())
    lists.data /= np.repeat(np.maximum(length, 1e-12), np.diff(lists.indptr)).astype(np.float32)
    return lists


def couple(lists: Csr, kept: int = KEPT) -> Coupling:
    """The strongest coupled products of every product, ties to the first of the catalogue.

    Args:
        lists: from ``scaled_lists``.
        kept: K, at most so many per product.
    """
    products = lists.shape[0]
    index = np.full((products, kept), -1, np.int64)
    weight = np.zeros((products, kept), np.float32)
    transposed = lists.T.tocsr()
    for start in range(0, products, _ROWS):
        block = (lists[start : start + _ROWS] @ transposed).tocsr()
        strongest(block, start, index, weight)
    used = max(int((index >= 0).sum(axis=1).max(initial=0)), 1)
    return Coupling(lists, index[:, :used], weight[:, :used])


def couple_links(graph: GraphData) -> dict[str, Coupling]:
    """The coupling of every link relation of a graph."""
    return {name: couple(scaled_lists(links)) for name, links in graph.link_lists.items()}


def strongest(block: Csr, start: int, index: NDArray[np.int64], weight: NDArray[np.float32]) -> None:
    """Writes the largest entries of each row of ``block`` into rows ``start``... of ``index`` and ``weight``.

    Args:
        block: shape (n, P); the entry of a product with itself does not count.
        start: product number of the first row.
        index: int64 (P, K), filled with -1 before.
        weight: float32 (P, K).
    """
    kept = index.shape[1]
    for row in range(block.shape[0]):
        part = slice(block.indptr[row], block.indptr[row + 1])
        columns, values = block.indices[part], block.data[part]
        apart = (columns != row + start) & (values > 0)
        columns, values = columns[apart], values[apart]
        if len(values) > kept:
            # All that are level with the last one that is kept, so that the order below decides, not the partition's.
            least = np.partition(values, len(values) - kept)[len(values) - kept]
            columns, values = columns[values >= least], values[values >= least]
        order = np.lexsort((columns, -values))[:kept]
        index[start + row, : len(order)] = columns[order]
        weight[start + row, : len(order)] = values[order]


def _row(matrix: Csr, number: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    part = slice(matrix.indptr[number], matrix.indptr[number + 1])
    return matrix.indices[part], matrix.data[part]
