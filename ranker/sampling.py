"""Which products stand in the softmax of one training step.

Each product is drawn on its own (Poisson sampling) with probability pi_c, half of it even, half by popularity, and
the popular ones always. Adding -log pi_c to its logit makes the sampled sum an unbiased estimate of the whole one
(Horvitz & Thompson, JASA 1952; sampled softmax: Bengio & Senecal, IEEE TNN 2008). Even sampling alone meets the
products that a shopper could have chosen instead too seldom.
"""

import numpy as np
from numpy.typing import NDArray

EVEN = 0.5
POWER = 0.75


class ProductSampler:
    """Draws the columns of the softmax.

    Args:
        shoppers: float32 (P,), shoppers per product.
        columns: how many to draw on average; all of them if the catalogue has no more.
    """

    def __init__(self, shoppers: NDArray[np.float32], columns: int) -> None:
        products = len(shoppers)
        popularity = shoppers.astype(np.float64) ** POWER
        share = EVEN / max(products, 1) + (1 - EVEN) * popularity / max(float(popularity.sum()), 1e-9)
        self._probability = np.ones(products)
        if columns < products:
            # What is cut off at 1 goes to the others, until the expected number is right.
            self._probability = np.minimum(1, columns * share / share.sum())
            for _ in range(10):
                free = self._probability < 1
                left = columns - float((~free).sum())
                scale = max(left, 0.0) / max(float(self._probability[free].sum()), 1e-9)
                self._probability[free] = np.minimum(1, self._probability[free] * scale)
            self._probability = np.maximum(self._probability, 1e-9)

    def draw(
        self, random: np.random.Generator, targets: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """One step's products, and what to add to the logits of those that stand as alternatives.

        Args:
            random: where chance comes from.
            targets: int64 (B,), products that must be among the columns.

        Returns:
            int64 (C,), each product once, and float32 (C,): -log pi for drawn products, -inf for targets that were not
            drawn (they stand there for their own row only).
        """
        drawn = np.flatnonzero(random.random(len(self._probability)) < self._probability)
        missed = np.setdiff1d(targets, drawn)
        correction = np.concatenate([-np.log(self._probability[drawn]), np.full(len(missed), -np.inf)])
        return np.concatenate([drawn, missed]), correction.astype(np.float32)
