"""ItemKNN: products are alike when the same shoppers met them (Sarwar et al., WWW 2001).

Shrinkage and the number of neighbours are what tuning it is about (Ferrari Dacrema et al., RecSys 2019).
"""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ranker.baselines.pruning import strongest_of_rows
from ranker.histories import Histories
from ranker.sparse import csr_matrix


class ItemKNN:
    """score(c) = sum over history products h of together(h, c) / (sqrt(n_h * n_c) + shrink).

    Args:
        shrink: added to the denominator, so that pairs met a few times count little.
        neighbours: the most alike products of each h that are kept.
    """

    name: ClassVar[str] = "item-knn"

    def __init__(self, shrink: float = 10.0, neighbours: int = 1000) -> None:
        self._shrink, self._neighbours = shrink, neighbours

    def fit(self, histories: Histories) -> None:
        """Counts pairs; ``histories``: S rows."""
        interactions = histories.matrix()
        together = (interactions.T @ interactions).tocsr()
        together.setdiag(0)
        together.eliminate_zeros()
        pairs = together.tocoo()
        shoppers = np.asarray(interactions.sum(axis=0), dtype=np.float32).ravel()
        discount = np.sqrt(shoppers[pairs.row] * shoppers[pairs.col]) + self._shrink
        likeness = csr_matrix((pairs.data / discount, (pairs.row, pairs.col)), together.shape, np.float32)
        self._likeness = strongest_of_rows(likeness, self._neighbours)

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """B rows -> (B, P)."""
        return (histories.matrix() @ self._likeness).toarray().astype(np.float32)
