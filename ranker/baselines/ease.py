"""EASE: the linear item-item model in closed form (Steck, WWW 2019)."""

from typing import Any, ClassVar

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from ranker.errors import RankerError
from ranker.sparse import Csr

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

    def fit(self, interactions: Csr) -> None:
        """Inverts a dense (P, P) matrix by Cholesky, about P ** 3 multiplications; ``interactions``: (S, P).

        Raises:
            RankerError: more products than memory allows for.
        """
        products = interactions.shape[1]
        if products > LARGEST:
            raise RankerError(f"EASE needs a dense matrix of {products} x {products}; it is meant for up to {LARGEST}.")
        gram = np.asfortranarray((interactions.T @ interactions).toarray(), dtype=np.float32)
        gram[np.diag_indices(products)] += self._penalty
        factor, failed = _lapack.spotrf(gram, lower=1, overwrite_a=1)
        inverse, failed_too = _lapack.spotri(factor, lower=1, overwrite_c=1)
        if failed or failed_too:
            raise RankerError(f"EASE: the matrix is not positive definite; raise the penalty ({self._penalty}).")
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        self._weights = -inverse / np.diag(inverse)
        self._weights[np.diag_indices(products)] = 0

    def scores(self, histories: Csr) -> NDArray[np.float32]:
        """(B, P) -> (B, P)."""
        return np.asarray(histories @ self._weights, dtype=np.float32)
