"""iALS: matrix factorisation of who met what, all absent pairs counted (Hu, Koren & Volinsky, ICDM 2008).

By the library ``implicit``. Tuned well it rivals newer models (Rendle et al., RecSys 2022).
"""

from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from ranker.histories import Histories


class Ials:
    """score(c) = x . y_c, x solved in closed form from the history (fold-in), so that any history can be scored.

    Args:
        width: length of a factor.
        penalty: L2 on factors.
        alpha: weight of a pair that met, 1 being the weight of one that did not.
        iterations: alternations between shoppers and products.
        seed: of the initial factors.
    """

    name: ClassVar[str] = "ials"

    def __init__(
        self, *, width: int = 64, penalty: float = 1.0, alpha: float = 10.0, iterations: int = 15, seed: int = 0
    ) -> None:
        self._width, self._penalty, self._alpha = width, penalty, alpha
        self._iterations, self._seed = iterations, seed

    def fit(self, histories: Histories) -> None:
        """Alternates least squares; ``histories``: S rows."""
        interactions = histories.matrix()
        self._products = histories.products
        self._model: Any = None
        if not interactions.nnz:
            return
        from implicit.cpu.als import AlternatingLeastSquares  # noqa: PLC0415 - takes a second
        from threadpoolctl import threadpool_limits  # noqa: PLC0415 - comes with implicit

        # implicit runs its own threads over rows; BLAS threads inside each of them would only get in their way.
        with threadpool_limits(1, "blas"):
            self._model = AlternatingLeastSquares(
                factors=self._width,
                regularization=self._penalty,
                alpha=self._alpha,
                iterations=self._iterations,
                num_threads=torch.get_num_threads(),
                random_state=self._seed,
            )
            self._model.fit(interactions, show_progress=False)

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """B rows -> (B, P)."""
        if self._model is None:
            return np.zeros((len(histories), self._products), np.float32)
        shoppers = self._model.recalculate_user(np.arange(len(histories)), histories.matrix())
        return np.asarray(shoppers @ self._model.item_factors.T, dtype=np.float32)
