"""Item-item weights counted from histories: what people meet soon after what.

For products h and c, over all histories that hold both, d steps apart:

    count(h, c) = sum of d ** -power,  times ``backward`` where c came before h
    w(h, c)     = count(h, c) / (n_h ** (1 - a) * n_c ** a + shrink)

with n the number of shoppers of a product and a = ``candidate_popularity``. With power 0, backward 1 and a = 1/2
this is the shrunk cosine of ItemKNN (Sarwar et al., WWW 2001); the decay with distance follows sequential
nearest neighbours (Ludewig & Jannach, UMUAI 2018).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranker.config import NeighbourConfig
from ranker.histories import Histories
from ranker.sparse import Csr, csr_matrix

LONGEST_STEP = 50
"""Products further apart than this in one history are not paired."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The strongest followers of every product.

    Attributes:
        index: int64, shape (P, K), product indices, strongest first; -1 fills up.
        weight: float32, shape (P, K), non-negative; 0 where index is -1.
        shoppers: float32, shape (P,), shoppers per product.
    """

    index: NDArray[np.int64]
    weight: NDArray[np.float32]
    shoppers: NDArray[np.float32]

    def pairs(self) -> NDArray[np.int64]:
        """The kept pairs (product, follower), shape (n, 2)."""
        heads, places = np.nonzero(self.index >= 0)
        return np.stack([heads, self.index[heads, places]], axis=1)

    def matrix(self, kept: int | None = None) -> Csr:
        """The weights as a sparse matrix, shape (P, P); only the strongest ``kept`` of each row if given."""
        index, weight = self.index[:, :kept], self.weight[:, :kept]
        heads, places = np.nonzero(index >= 0)
        shape = (len(index), len(index))
        return csr_matrix((weight[heads, places], (heads, index[heads, places])), shape=shape)


def denominator(
    head: NDArray[np.int64], tail: NDArray[np.int64], shoppers: NDArray[np.float32], config: NeighbourConfig
) -> NDArray[np.float32]:
    """The popularity discount of each pair, same shape as ``head``; never 0."""
    share = config.candidate_popularity
    discount = shoppers[head] ** (1 - share) * shoppers[tail] ** share + config.shrink
    return np.maximum(discount, 1e-6).astype(np.float32)


def count_followers(histories: Histories, config: NeighbourConfig) -> Csr:
    """count(h, c) of the module's formula, shape (P, P), zero diagonal."""
    shopper = np.repeat(np.arange(len(histories)), histories.lengths)
    heads: list[NDArray[np.int64]] = []
    tails: list[NDArray[np.int64]] = []
    values: list[NDArray[np.float32]] = []
    for step in range(1, min(LONGEST_STEP, int(histories.lengths.max(initial=0)) - 1) + 1):
        first = np.flatnonzero(shopper[step:] == shopper[:-step])
        earlier, later = histories.items[first], histories.items[first + step]
        for head, tail, weight in ((earlier, later, 1.0), (later, earlier, config.backward)):
            if weight:
                heads.append(head)
                tails.append(tail)
                values.append(np.full(len(head), weight * step**-config.distance_power, np.float32))
    shape = (histories.products, histories.products)
    if not heads:
        return csr_matrix(shape, dtype=np.float32)
    head, tail, value = np.concatenate(heads), np.concatenate(tails), np.concatenate(values)
    apart = head != tail
    return csr_matrix((value[apart], (head[apart], tail[apart])), shape=shape)


def fit_neighbours(histories: Histories, config: NeighbourConfig) -> Neighbours:
    """Counts, discounts and keeps the strongest followers of each product.

    Ties go to the product that comes first in the catalogue, so the same data give the same neighbours.
    """
    shoppers = np.asarray(histories.matrix().sum(axis=0), dtype=np.float32).ravel()
    return strongest_followers(count_followers(histories, config), shoppers, config)


def strongest_followers(counted: Csr, shoppers: NDArray[np.float32], config: NeighbourConfig) -> Neighbours:
    """Discounts counts and keeps the strongest followers of each product.

    Args:
        counted: shape (P, P), from ``count_followers``.
        shoppers: float32 (P,), shoppers per product.
        config: of the discount, and how many to keep.
    """
    counts = counted.tocoo()
    weight = counts.data / denominator(counts.row.astype(np.int64), counts.col.astype(np.int64), shoppers, config)
    order = np.lexsort((counts.col, -weight, counts.row))
    rows, columns, weight = counts.row[order], counts.col[order], weight[order]
    first = np.searchsorted(rows, np.arange(len(shoppers)))
    place = np.arange(len(rows)) - first[rows]
    keep = place < config.kept
    width = min(config.kept, int(place.max(initial=0)) + 1)
    index = np.full((len(shoppers), width), -1, np.int64)
    kept = np.zeros((len(shoppers), width), np.float32)
    index[rows[keep], place[keep]] = columns[keep]
    kept[rows[keep], place[keep]] = weight[keep]
    return Neighbours(index=index, weight=kept, shoppers=shoppers)
