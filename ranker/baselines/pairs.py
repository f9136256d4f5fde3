"""Interactions as training pairs, for models in which a shopper is the mean of what they met.

No model here has parameters per shopper (an asymmetric factorisation, Koren, KDD 2008), so that shoppers never seen
in training can be scored, as the protocol of every ranker here asks.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ranker.baselines.neural import ragged
from ranker.histories import Histories


class Pairs:
    """Every (shopper, product) that met, once; a pair's number is its place.

    Args:
        histories: S rows.

    Attributes:
        liked: int64 (N,), the product of each pair.
        products: P.
    """

    def __init__(self, histories: Histories) -> None:
        matrix = histories.matrix()
        self.liked = torch.from_numpy(matrix.indices.astype(np.int64))
        self.products = histories.products
        self._starts = torch.from_numpy(matrix.indptr.astype(np.int64))[:-1]
        self._lengths = torch.from_numpy(np.diff(matrix.indptr).astype(np.int64))
        self._shopper = torch.arange(len(self._lengths)).repeat_interleave(self._lengths)

    def __len__(self) -> int:
        return len(self.liked)

    def others_mean(self, factors: Tensor, examples: Tensor) -> Tensor:
        """Mean factors of what each pair's shopper met besides its product, 0 if nothing.

        With the product itself in the mean, it would predict itself.

        Args:
            factors: (P, width).
            examples: int64 (B,), numbers of pairs.

        Returns:
            (B, width).
        """
        shoppers, row = self._shopper[examples].unique(return_inverse=True)
        lengths = self._lengths[shoppers]
        places = ragged(self._starts[shoppers], lengths)
        total = functional.embedding_bag(self.liked[places], factors, lengths.cumsum(0) - lengths, mode="sum")
        others = (lengths[row] - 1).clamp(min=1)[:, None]
        return (total[row] - factors[self.liked[examples]]) / others


def mean_of_history(factors: Tensor, histories: Histories) -> Tensor:
    """Mean factors of B histories, 0 for an empty one: (P, width) -> (B, width)."""
    matrix = histories.matrix()
    items, starts = (torch.from_numpy(part.astype(np.int64)) for part in (matrix.indices, matrix.indptr[:-1]))
    return functional.embedding_bag(items, factors, starts, mode="mean")
