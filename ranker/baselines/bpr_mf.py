"""BPR-MF: matrix factorisation trained on pairs (Rendle et al., UAI 2009)."""

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ranker.baselines.neural import NeuralBaseline
from ranker.baselines.pairs import Pairs, mean_of_history
from ranker.histories import Histories


class BprMf(NeuralBaseline["_Factors"]):
    """score(c) = mean over history products h of p_h . q_c + b_c.

    Args:
        width: length of a factor.
        penalty: L2 on the factors of a pair.
        epochs, batch, learning_rate, seed, longest_epoch: as ``NeuralBaseline``; an example is an interaction.
    """

    name: ClassVar[str] = "bpr-mf"

    def __init__(
        self,
        *,
        width: int = 64,
        penalty: float = 1e-4,
        epochs: int = 60,
        batch: int = 8192,
        learning_rate: float = 0.01,
        seed: int = 0,
        longest_epoch: int = 500_000,
    ) -> None:
        super().__init__(
            epochs=epochs,
            batch=batch,
            learning_rate=learning_rate,
            weight_decay=0.0,
            seed=seed,
            longest_epoch=longest_epoch,
        )
        self._width, self._penalty = width, penalty

    def _prepare(self, histories: Histories) -> int:
        self.net = _Factors(histories.products, self._width)
        self._pairs = Pairs(histories)
        return len(self._pairs)

    def _loss(self, examples: Tensor) -> Tensor:
        """One negative per interaction, drawn anew each time."""
        liked = self._pairs.liked[examples]
        other = torch.randint(self._pairs.products, liked.shape)
        shopper = self._pairs.others_mean(self.net.met, examples)
        chosen, passed = self.net.offered[liked], self.net.offered[other]
        better = (shopper * (chosen - passed)).sum(dim=1) + self.net.bias[liked] - self.net.bias[other]
        size = chosen.square().sum(dim=1) + passed.square().sum(dim=1)
        return (functional.softplus(-better) + self._penalty * size).mean()

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """B rows -> (B, P)."""
        with torch.inference_mode():
            shopper = mean_of_history(self.net.met, histories)
            return (shopper @ self.net.offered.T + self.net.bias).numpy()


class _Factors(nn.Module):
    def __init__(self, products: int, width: int) -> None:
        super().__init__()
        self.met = nn.Parameter(torch.randn(products, width) * 0.1)
        self.offered = nn.Parameter(torch.randn(products, width) * 0.1)
        self.bias = nn.Parameter(torch.zeros(products))
