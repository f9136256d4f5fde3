"""Picking the best of many scores, the same way every time."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def places_by_id(product_ids: Sequence[str]) -> NDArray[np.int64]:
    """Place of each product when ids are sorted, shape (P,): the order in which ties are broken."""
    if all(one < other for one, other in pairwise(product_ids)):
        return np.arange(len(product_ids))
    return np.argsort(np.argsort(np.array(product_ids, dtype=np.str_)))


def best_first(
    totals: NDArray[np.float64], allowed: NDArray[np.int64], id_order: NDArray[np.int64], k: int
) -> list[int]:
    """Indices of the k best allowed products, best first, ties by product id.

    Args:
        totals: (P,), finite.
        allowed: product indices that may be returned, each once.
        id_order: (P,), place of each product when ids are sorted.
        k: how many; fewer come back if fewer are allowed.
    """
    if k < 1 or not len(allowed):
        return []
    scores = totals[allowed]
    if k < len(allowed):
        # Keep everything level with the k-th best, so that ties at the edge are broken by id, not by position.
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        allowed, scores = allowed[scores >= least], scores[scores >= least]
    order = np.lexsort((id_order[allowed], -scores))[:k]
    return [int(product) for product in allowed[order]]
