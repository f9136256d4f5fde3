"""Couplings in a shop whose links change: what is gone is taken out exactly, new products are put in.

A link that appears between products that training knew waits for the next training; the scale of their lists was fixed.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ranker.coupling import KEPT, Coupling, scaled_lists
from ranker.evidence import Indices
from ranker.graph_data import GraphData
from ranker.sparse import Csr, csr_matrix


def follow_links(
    couplings: Mapping[str, Coupling], targets: tuple[str, ...], graph: GraphData, fresh: Indices
) -> dict[str, Coupling]:
    """Couplings over the link targets of now.

    Args:
        couplings: link relation -> coupling, rows in the order of the graph's products.
        targets: node IRI of each column of their lists.
        graph: of now.
        fresh: int64, products that are new; their rows are empty.
    """
    column = {target: number for number, target in enumerate(graph.link_targets)}
    columns = np.array([column.get(target, -1) for target in targets], dtype=np.int64)
    nothing = csr_matrix((graph.products, len(column)), dtype=np.float32)
    return {
        name: _followed(coupling, columns, graph.link_lists.get(name, nothing), fresh)
        for name, coupling in couplings.items()
    }


def _followed(coupling: Coupling, columns: Indices, stated: Csr, fresh: Indices) -> Coupling:
    """One coupling with its lists over the columns of ``stated``, the links of now, shape (P, T)."""
    coo = coupling.lists.tocoo()
    target = columns[coo.col]
    keep = target >= 0
    lists = csr_matrix((coo.data[keep], (coo.row[keep], target[keep])), shape=stated.shape)
    there = stated.copy()
    there.data[:] = 1
    lists = lists.multiply(there).tocsr()
    lists.eliminate_zeros()
    index, weight = coupling.index, coupling.weight
    lost = np.flatnonzero(np.diff(coupling.lists.indptr) != np.diff(lists.indptr))
    if len(fresh):
        lists = lists + _only_rows(scaled_lists(stated), fresh)
    lists.sort_indices()
    if len(lost):
        touched = np.isin(index, lost)
        touched[lost] = index[lost] >= 0
        heads, places = np.nonzero(touched)
        weight = weight.copy()
        pairs = lists[heads].multiply(lists[index[heads, places]])
        weight[heads, places] = np.asarray(pairs.sum(axis=1)).ravel()
    if len(fresh):
        index, weight = _inserted(index, weight, lists, fresh)
    return Coupling(lists, index, weight)


def _only_rows(matrix: Csr, rows: Indices) -> Csr:
    chosen = np.zeros(matrix.shape[0], np.float32)
    chosen[rows] = 1
    kept = matrix.multiply(chosen[:, None]).tocsr()
    kept.eliminate_zeros()
    return kept


def _inserted(
    index: Indices, weight: NDArray[np.float32], lists: Csr, fresh: Indices
) -> tuple[Indices, NDArray[np.float32]]:
    """Pairs with new products, both ways; where a row is full the weakest pair makes room for a stronger one."""
    room = ((0, 0), (0, max(KEPT - index.shape[1], 0)))
    index, weight = np.pad(index, room, constant_values=-1), np.pad(weight, room)
    found = (lists[fresh] @ lists.T).tocoo()
    order = np.argsort(-found.data, kind="stable")
    for row, other, value in zip(found.row[order], found.col[order], found.data[order], strict=True):
        product = int(fresh[row])
        for head, tail in {(product, int(other)), (int(other), product)}:
            # Between two new products both directions are met twice.
            if head == tail or tail in index[head]:
                continue
            place = int(np.where(index[head] >= 0, weight[head], -1).argmin())
            if index[head, place] < 0 or weight[head, place] < value:
                index[head, place], weight[head, place] = tail, value
    return index, weight
