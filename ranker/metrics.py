"""Ranking metrics for one relevant product per shopper, over all products.

With one relevant product, recall@k equals HR@k, precision@k is HR@k / k, the ideal DCG is 1, so
NDCG@k = 1 / log2(rank + 2) for a 0-based rank below k (Järvelin & Kekäläinen, TOIS 2002).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % confidence interval."""

    mean: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        """The three numbers by name."""
        return {"mean": self.mean, "low": self.low, "high": self.high}


def ranks(scores: NDArray[np.float32], target: NDArray[np.int64]) -> NDArray[np.int64]:
    """0-based rank of each row's target, shape (B,).

    Products with the same score count as half before, half after: a model that gives everything the same score
    is no better than chance, whatever the order of the catalogue.

    Args:
        scores: (B, P); masked products hold -inf.
        target: int64 (B,).
    """
    own = scores[np.arange(len(target)), target][:, None]
    above = (scores > own).sum(axis=1)
    level = (scores == own).sum(axis=1) - 1
    return above + (level + 1) // 2


def metrics_of_ranks(rank: NDArray[np.int64], k: int = 10) -> dict[str, NDArray[np.float64]]:
    """Each metric for each shopper, shape (B,), in 0..1."""
    hit = (rank < k).astype(np.float64)
    return {
        f"ndcg@{k}": hit / np.log2(rank + 2),
        f"hr@{k}": hit,
        f"precision@{k}": hit / k,
        "mrr": 1 / (rank + 1.0),
    }


def coverage(top: NDArray[np.int64], products: int) -> float:
    """Share of the catalogue that stands in someone's list, 0..1. ``top``: (B, k) product indices."""
    return len(np.unique(top)) / max(products, 1)


def gini(top: NDArray[np.int64], products: int) -> float:
    """Inequality of exposure: 0 all products shown equally often, 1 one product takes all."""
    shown = np.sort(np.bincount(top.ravel(), minlength=products)).astype(np.float64)
    if not shown.sum() or products < 2:
        return 0.0
    place = np.arange(1, products + 1)
    return float(((2 * place - products - 1) * shown).sum() / ((products - 1) * shown.sum()))


def bootstrap(values: NDArray[np.float64], seed: int = 0) -> Interval:
    """Mean over shoppers, interval by resampling shoppers (Efron 1979). ``values``: (S,) or (seeds, S).

    With several seeds the mean is over seeds and shoppers, and each resample draws seeds as well as shoppers.
    """
    table = np.atleast_2d(values)
    if not table.size:
        return Interval(0.0, 0.0, 0.0)
    random = np.random.default_rng(seed)
    seeds, shoppers = table.shape
    means = np.empty(RESAMPLES)
    for number in range(RESAMPLES):
        chosen = table[random.integers(seeds, size=seeds)].mean(axis=0) if seeds > 1 else table[0]
        means[number] = chosen[random.integers(shoppers, size=shoppers)].mean()
    low, high = np.percentile(means, [2.5, 97.5])
    mean = float(table.mean())
    # Rounding may put the percentile of equal values a hair beyond their mean.
    return Interval(mean, min(float(low), mean), max(float(high), mean))
