"""P3-alpha: a random walk of three steps, shopper - product - shopper - product (Cooper et al., WWW 2014)."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ranker.baselines.pruning import strongest_of_rows
from ranker.histories import Histories
from ranker.sparse import Csr, diags


class P3Alpha:
    """score(c) = sum over history products h of sum over shoppers s of P(s | h) ** alpha * P(c | s) ** alpha.

    Args:
        alpha: power of each step's probability.
        neighbours: the most probable ends of a walk from each h that are kept.
    """

    name: ClassVar[str] = "p3-alpha"

    def __init__(self, alpha: float = 1.0, neighbours: int = 1000) -> None:
        self._alpha, self._neighbours = alpha, neighbours

    def fit(self, histories: Histories) -> None:
        """Multiplies the two steps out; ``histories``: S rows."""
        interactions = histories.matrix()
        to_shopper = _step(interactions.T.tocsr(), self._alpha)
        to_product = _step(interactions, self._alpha)
        walk = (to_shopper @ to_product).tocsr()
        walk.setdiag(0)
        walk.eliminate_zeros()
        self._walk = strongest_of_rows(walk, self._neighbours)

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """B rows -> (B, P)."""
        return (histories.matrix() @ self._walk).toarray().astype(np.float32)


def _step(matrix: Csr, alpha: float) -> Csr:
    degree = np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1.0)
    return (diags(degree**-alpha) @ matrix).tocsr()
