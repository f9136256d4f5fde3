"""The same list for everybody: products by number of shoppers."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ranker.sparse import Csr


class Popularity:
    """score(c) = shoppers of c."""

    name: ClassVar[str] = "popularity"

    def fit(self, interactions: Csr) -> None:
        """Counts shoppers; ``interactions``: (S, P)."""
        self._shoppers = np.asarray(interactions.sum(axis=0), dtype=np.float32).ravel()

    def scores(self, histories: Csr) -> NDArray[np.float32]:
        """(B, P) -> (B, P)."""
        return np.tile(self._shoppers, (histories.shape[0], 1))
