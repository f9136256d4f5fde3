"""P3-alpha: a random walk of three steps, shopper - product - shopper - product (Cooper et al., WWW 2014)."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ranker.sparse import Csr, diags


class P3Alpha:
    """score(c) = sum over history products h of sum over shoppers s of P(s | h) ** alpha * P(c | s) ** alpha.

    Args:
        alpha: power of each step's probability.
    """

    name: ClassVar[str] = "p3-alpha"

    def __init__(self, alpha: float = 1.0) -> None:
        self._alpha = alpha

    def fit(self, interactions: Csr) -> None:
        """Multiplies the two steps out; ``interactions``: (S, P)."""
        to_shopper = _step(interactions.T.tocsr(), self._alpha)
        to_product = _step(interactions, self._alpha)
        walk = (to_shopper @ to_product).tolil()
        walk.setdiag(0)
        self._walk = walk.tocsr().astype(np.float32)

    def scores(self, histories: Csr) -> NDArray[np.float32]:
        """(B, P) -> (B, P)."""
        return (histories @ self._walk).toarray().astype(np.float32)


def _step(matrix: Csr, alpha: float) -> Csr:
    degree = np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1.0)
    return (diags(degree**-alpha) @ matrix).tocsr()
