"""Training examples: what a shopper had met, what they may have said, and the product that followed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranker.config import NeighbourConfig, TrainingConfig
from ranker.graph_data import GraphData
from ranker.histories import Histories, without_repeats
from ranker.neighbours import Neighbours, denominator

NEEDS_AT_MOST = 2
AVOIDED_SHARE = 0.2
"""Of the simulated needs, those stated against something."""


@dataclass(frozen=True, slots=True)
class Examples:
    """B prefixes with their next product.

    Attributes:
        history: int64 (B, L), latest first, -1 fills up.
        target: int64 (B,).
        known: int64 (B, K), everything the shopper ever met, -1 fills up; no negative example for them.
        needs: int64 (B, N), slots of simulated needs, -1 fills up.
        signs: float32 (B, N), 1 wanted, -1 avoided, 0 fills up.
    """

    history: NDArray[np.int64]
    target: NDArray[np.int64]
    known: NDArray[np.int64]
    needs: NDArray[np.int64]
    signs: NDArray[np.float32]


class ExampleSource:
    """Draws examples from histories, batches of like length, the same for the same seed.

    Args:
        histories: the interactions to learn from.
        graph: where simulated needs come from.
        config: how many, and how many with needs.
        limit: longest history read.
    """

    def __init__(self, histories: Histories, graph: GraphData, config: TrainingConfig, limit: int) -> None:
        self._histories = histories
        self._graph = graph
        self._config = config
        self._limit = limit
        self._random = np.random.default_rng(config.seed)
        self._row = np.repeat(np.arange(len(histories)), histories.lengths)

    def __len__(self) -> int:
        """Number of prefixes there are."""
        return len(self._row)

    def epoch(self) -> Iterator[Examples]:
        """One pass over a fresh draw of prefixes."""
        count = min(self._config.examples, len(self._row))
        chosen = self._random.permutation(len(self._row))[:count]
        age = chosen - self._histories.starts[self._row[chosen]]
        chosen = chosen[np.argsort(age, kind="stable")]
        batches = [chosen[start : start + self._config.batch] for start in range(0, count, self._config.batch)]
        for number in self._random.permutation(len(batches)):
            yield self._examples(batches[number])

    def _examples(self, ends: NDArray[np.int64]) -> Examples:
        rows = self._row[ends]
        starts = self._histories.starts[rows]
        lengths = np.minimum(ends - starts, self._limit)
        columns = np.arange(max(int(lengths.max()), 1))
        places = np.maximum(ends[:, None] - 1 - columns, 0)
        history = np.where(columns < lengths[:, None], self._histories.items[places], -1)
        target = self._histories.items[ends]
        history = np.where(history == target[:, None], -1, history)
        whole = self._histories.lengths[rows]
        columns = np.arange(int(whole.max()))
        places = np.minimum(starts[:, None] + columns, len(self._histories.items) - 1)
        known = np.where(columns < whole[:, None], self._histories.items[places], -1)
        needs, signs = self._simulate_needs(target)
        return Examples(without_repeats(history), target, known, needs, signs)

    def _simulate_needs(self, target: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Slots of the target, some of another product instead, some avoided; most shoppers say nothing."""
        shape = (len(target), NEEDS_AT_MOST)
        speaks = self._random.random(len(target)) < self._config.stated_needs
        if not speaks.any() or not len(self._graph.slots):
            return np.full((len(target), 0), -1, np.int64), np.zeros((len(target), 0), np.float32)
        said = speaks[:, None] & (self._random.random(shape) < 0.7)
        avoided = self._random.random(shape) < AVOIDED_SHARE
        wrong = self._random.random(shape) < self._config.wrong_needs
        # An avoided thing is one that the target does not have, unless the shopper is wrong about it.
        elsewhere = avoided != wrong
        other = self._random.integers(self._graph.products, size=shape)
        slot = self._random_slot(np.where(elsewhere, other, target[:, None]))
        said &= slot >= 0
        return np.where(said, slot, -1), np.where(said, np.where(avoided, -1.0, 1.0), 0.0).astype(np.float32)

    def _random_slot(self, products: NDArray[np.int64]) -> NDArray[np.int64]:
        """One slot of each product, same shape; -1 for a product without any."""
        incidence = self._graph.incidence
        degree = np.diff(incidence.indptr)[products]
        place = incidence.indptr[products] + (self._random.random(products.shape) * degree).astype(np.int64)
        slots = incidence.indices[np.minimum(place, len(incidence.indices) - 1)].astype(np.int64)
        return np.where(degree > 0, slots, -1)


def own_weight(examples: Examples, neighbours: Neighbours, config: NeighbourConfig) -> NDArray[np.float32]:
    """What each example itself added to w(history product, target), shape (B, L).

    The weights were counted from the very histories the gates are fitted on. Taking a shopper's own count out of
    the weight to the target (leave one shopper out) is what keeps the collaborative gate from being overrated.
    """
    history = np.maximum(examples.history, 0)
    target = np.broadcast_to(examples.target[:, None], history.shape)
    steps = np.arange(1, history.shape[1] + 1, dtype=np.float32)
    added = steps**-config.distance_power / denominator(history, target, neighbours.shoppers, config)
    kept = (neighbours.index[history] == target[..., None]).any(axis=2)
    return np.where((examples.history >= 0) & kept, added, 0).astype(np.float32)
