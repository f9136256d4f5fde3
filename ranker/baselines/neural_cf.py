"""NeuralCF: NeuMF, a matrix factorisation and a multi-layer perceptron side by side (He et al., WWW 2017)."""

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ranker.baselines.neural import NeuralBaseline
from ranker.baselines.pairs import Pairs, mean_of_history
from ranker.histories import Histories

PRODUCTS_AT_ONCE = 1024
"""Candidates whose hidden layers are in memory at a time."""


class NeuralCf(NeuralBaseline["_NeuMf"]):
    """score(c) = w . (g_s * g_c) + MLP([m_s, m_c]) + b_c; g_s and m_s are means over the history's products.

    Args:
        width: length of a factor of either half; the hidden layers have ``width``, ``width / 2`` and ``width / 4``
            units.
        negatives: products drawn per interaction, labelled 0.
        dropout: of the hidden layers.
        epochs, batch, learning_rate, weight_decay, seed, longest_epoch: as ``NeuralBaseline``; an example is an
            interaction.
    """

    name: ClassVar[str] = "neural-cf"

    def __init__(
        self,
        *,
        width: int = 32,
        negatives: int = 4,
        dropout: float = 0.2,
        epochs: int = 60,
        batch: int = 2048,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-2,
        seed: int = 0,
        longest_epoch: int = 250_000,
    ) -> None:
        super().__init__(
            epochs=epochs,
            batch=batch,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            seed=seed,
            longest_epoch=longest_epoch,
        )
        self._width, self._negatives, self._dropout = width, negatives, dropout

    def _prepare(self, histories: Histories) -> int:
        self.net = _NeuMf(histories.products, self._width, self._dropout)
        self._pairs = Pairs(histories)
        return len(self._pairs)

    def _loss(self, examples: Tensor) -> Tensor:
        """Binary cross-entropy of the product met and of products drawn anew each time."""
        liked = self._pairs.liked[examples][:, None]
        others = torch.randint(self._pairs.products, (len(liked), self._negatives))
        offered = torch.cat([liked, others], dim=1)
        shopper = self._pairs.others_mean(self.net.met.weight, examples)
        logits = self.net(shopper[:, None], self.net.offered(offered)) + self.net.bias[offered]
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return functional.binary_cross_entropy_with_logits(logits, labels)

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """B rows -> (B, P)."""
        with torch.inference_mode():
            shopper = mean_of_history(self.net.met.weight, histories)[:, None]
            parts = [self.net(shopper, part[None]) for part in self.net.offered.weight.split(PRODUCTS_AT_ONCE)]
            return (torch.cat(parts, dim=1) + self.net.bias).numpy()


class _NeuMf(nn.Module):
    """The two halves; the factors of each lie side by side in one embedding of twice the width."""

    def __init__(self, products: int, width: int, dropout: float) -> None:
        super().__init__()
        self.met, self.offered = nn.Embedding(products, 2 * width), nn.Embedding(products, 2 * width)
        for embedding in (self.met, self.offered):
            nn.init.normal_(embedding.weight, std=0.1)
        self.bias = nn.Parameter(torch.zeros(products))
        self.product = nn.Linear(width, 1, bias=False)
        # The first layer of the perceptron on [m_s, m_c], in two parts: each side is multiplied once, not per pair.
        self.of_shopper, self.of_product = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        half, quarter = max(width // 2, 1), max(width // 4, 1)
        self.tower = nn.Sequential(
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, half),
            nn.ReLU(),
            nn.Linear(half, quarter),
            nn.ReLU(),
            nn.Linear(quarter, 1),
        )

    def forward(self, shopper: Tensor, product: Tensor) -> Tensor:
        """(B, 1, 2 * width) and (B or 1, C, 2 * width) -> (B, C)."""
        shopper_factor, shopper_vector = shopper.chunk(2, dim=-1)
        product_factor, product_vector = product.chunk(2, dim=-1)
        factorised = ((shopper_factor * self.product.weight) @ product_factor.transpose(1, 2)).squeeze(1)
        hidden = self.of_shopper(shopper_vector) + self.of_product(product_vector)
        return factorised + self.tower(hidden).squeeze(-1)
