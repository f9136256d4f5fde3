"""BPR-MF: matrix factorisation trained on pairs (Rendle et al., UAI 2009).

A shopper is the mean of the factors of what they met (an asymmetric factorisation, Koren, KDD 2008), so that
shoppers never seen in training can be scored, as the protocol of every ranker here asks.
"""

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from ranker.propagation import SparseMatrix, mean_of_neighbours
from ranker.sparse import Csr


class BprMf:
    """score(c) = mean over history products h of p_h . q_c + b_c.

    Args:
        width: length of a factor.
        epochs: passes over the interactions.
        batch: pairs per step.
        learning_rate: of Adam.
        penalty: L2 on the factors of a pair.
        seed: of initial factors and sampled negatives.
    """

    name: ClassVar[str] = "bpr-mf"

    def __init__(
        self,
        *,
        width: int = 64,
        epochs: int = 20,
        batch: int = 8192,
        learning_rate: float = 0.01,
        penalty: float = 1e-4,
        seed: int = 0,
    ) -> None:
        self._width, self._epochs, self._batch = width, epochs, batch
        self._learning_rate, self._penalty, self._seed = learning_rate, penalty, seed

    def fit(self, interactions: Csr) -> None:
        """Draws one negative per interaction and epoch; ``interactions``: (S, P)."""
        products = interactions.shape[1]
        generator = torch.Generator().manual_seed(self._seed)
        self._met = torch.nn.Parameter(torch.randn(products, self._width, generator=generator) * 0.1)
        self._offered = torch.nn.Parameter(torch.randn(products, self._width, generator=generator) * 0.1)
        self._bias = torch.nn.Parameter(torch.zeros(products))
        optimizer = torch.optim.Adam([self._met, self._offered, self._bias], lr=self._learning_rate)
        rows, liked = (torch.from_numpy(part.astype(np.int64)) for part in interactions.nonzero())
        lengths = torch.from_numpy(np.diff(interactions.indptr).astype(np.float32))
        mean = SparseMatrix(mean_of_neighbours(interactions))
        for _ in range(self._epochs):
            for chosen in torch.randperm(len(rows), generator=generator).split(self._batch):
                loss = self._loss(mean, lengths, rows[chosen], liked[chosen], generator)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    def _loss(
        self,
        mean: SparseMatrix,
        lengths: torch.Tensor,
        rows: torch.Tensor,
        liked: torch.Tensor,
        generator: torch.Generator,
    ) -> torch.Tensor:
        other = torch.randint(len(self._bias), liked.shape, generator=generator)
        whole = (mean @ self._met)[rows]
        # The liked product itself is taken out of the shopper's mean, or it would predict itself.
        length = lengths[rows, None]
        shopper = (whole * length - self._met[liked]) / (length - 1).clamp(min=1)
        better = (shopper * (self._offered[liked] - self._offered[other])).sum(dim=1)
        better = better + self._bias[liked] - self._bias[other]
        size = self._offered[liked].square().sum(dim=1) + self._offered[other].square().sum(dim=1)
        return (torch.nn.functional.softplus(-better) + self._penalty * size).mean()

    def scores(self, histories: Csr) -> NDArray[np.float32]:
        """(B, P) -> (B, P)."""
        with torch.inference_mode():
            shopper = SparseMatrix(mean_of_neighbours(histories), differentiable=False) @ self._met
            return (shopper @ self._offered.T + self._bias).numpy()
