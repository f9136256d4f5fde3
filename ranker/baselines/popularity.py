"""The same list for everybody: products by number of shoppers."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ranker.histories import Histories


class Popularity:
    """score(c) = shoppers of c."""

    name: ClassVar[str] = "popularity"

    def fit(self, histories: Histories) -> None:
        """Counts shoppers; ``histories``: S rows."""
        self._shoppers = np.asarray(histories.matrix().sum(axis=0), dtype=np.float32).ravel()

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """B rows -> (B, P)."""
        return np.tile(self._shoppers, (len(histories), 1))
