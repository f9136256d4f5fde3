"""EASE: the linear item-item model in closed form (Steck, WWW 2019)."""

from typing import Any, ClassVar

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from ranker.errors import RankerError, TooLargeError
from ranker.histories import Histories

_lapack: Any = scipy.linalg.lapack  # made by f2py: no types

LARGEST = 30_000
"""Products; two dense matrices of that side take 7 GB."""


class Ease:
    """B = I - Pinv / diag(Pinv) with Pinv = (X^T X + penalty I)^-1; score = row of X times B.

    Args:
        penalty: L2 regularisation.
    """

    name: ClassVar[str] = "ease"

    def __init__(self, penalty: float = 250.0) -> None:
        self._penalty = penalty

    def fit(self, histories: Histories) -> None:
        """Inverts a dense (P, P) matrix by Cholesky, about P ** 3 multiplications; ``histories``: S rows.

        Raises:
            TooLargeError: more products than memory allows for.
            RankerError: the penalty is too small for the matrix to be inverted.
        """
        products, interactions = histories.products, histories.matrix()
        if products > LARGEST:
            raise TooLargeError(
                f"EASE needs a dense matrix of {products} x {products} products; it is meant for up to {LARGEST}."
            )
        gram = np.asfortranarray((interactions.T @ interactions).toarray(), dtype=np.float32)
        gram[np.diag_indices(products)] += self._penalty
        factor, failed = _lapack.spotrf(gram, lower=1, overwrite_a=1)
        inverse, failed_too = _lapack.spotri(factor, lower=1, overwrite_c=1)
        if failed or failed_too:
            raise RankerError(f"EASE: the matrix is not positive definite; raise the penalty ({self._penalty}).")
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        self._weights = -inverse / np.diag(inverse)
        self._weights[np.diag_indices(products)] = 0

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """B rows -> (B, P)."""
        return np.asarray(histories.matrix() @ self._weights, dtype=np.float32)
