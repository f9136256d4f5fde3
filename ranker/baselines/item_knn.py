"""ItemKNN: products are alike when the same shoppers met them (Sarwar et al., WWW 2001)."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ranker.sparse import Csr, csr_matrix


class ItemKNN:
    """score(c) = sum over history products h of together(h, c) / (sqrt(n_h * n_c) + shrink).

    Args:
        shrink: added to the denominator, so that pairs met a few times count little.
    """

    name: ClassVar[str] = "item-knn"

    def __init__(self, shrink: float = 10.0) -> None:
        self._shrink = shrink

    def fit(self, interactions: Csr) -> None:
        """Counts pairs; ``interactions``: (S, P)."""
        together = (interactions.T @ interactions).tocsr()
        together.setdiag(0)
        together.eliminate_zeros()
        pairs = together.tocoo()
        shoppers = np.asarray(interactions.sum(axis=0), dtype=np.float32).ravel()
        discount = np.sqrt(shoppers[pairs.row] * shoppers[pairs.col]) + self._shrink
        self._likeness = csr_matrix((pairs.data / discount, (pairs.row, pairs.col)), together.shape, np.float32)

    def scores(self, histories: Csr) -> NDArray[np.float32]:
        """(B, P) -> (B, P)."""
        return (histories @ self._likeness).toarray().astype(np.float32)
