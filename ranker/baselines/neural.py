"""What the baselines that are trained by gradient descent have in common: the loop over epochs."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kg_tools.progress import Progress, silent
from ranker.histories import Histories

STEPS_BETWEEN_REPORTS = 10

Net = TypeVar("Net", bound=nn.Module)


class NeuralBaseline(ABC, Generic[Net]):
    """A baseline that learns in epochs, so that a caller can watch it, stop it early and keep its best state.

    Args:
        epochs: passes of ``fit``, and at most so many of ``train_epochs``.
        batch: examples per step.
        learning_rate: of AdamW.
        weight_decay: of AdamW.
        seed: of everything random.
        longest_epoch: examples per epoch at most; a fresh sample is drawn where the shop has more, so that an
            epoch takes a bounded time in a shop of any size.
    """

    name: ClassVar[str]
    net: Net

    def __init__(
        self, *, epochs: int, batch: int, learning_rate: float, weight_decay: float, seed: int, longest_epoch: int
    ) -> None:
        self.epochs, self._batch, self._longest_epoch = epochs, batch, longest_epoch
        self._learning_rate, self._weight_decay, self._seed = learning_rate, weight_decay, seed

    def fit(self, histories: Histories) -> None:
        """Trains for ``epochs`` epochs; ``histories``: S rows."""
        for _ in self.train_epochs(histories):
            pass

    def train_epochs(self, histories: Histories, progress: Progress = silent) -> Iterator[float]:
        """Trains from the start, and yields the mean loss after each epoch; ``scores`` may be called in between.

        Nothing is yielded where there is nothing to learn: no examples, or fewer than two products.

        Args:
            histories: S rows.
            progress: told after every few steps.
        """
        torch.manual_seed(self._seed)
        examples = self._prepare(histories)
        self.net.eval()
        if not examples or histories.products < 2:
            return
        optimizer = torch.optim.AdamW(self.net.parameters(), lr=self._learning_rate, weight_decay=self._weight_decay)
        steps = math.ceil(min(examples, self._longest_epoch) / self._batch)
        for epoch in range(1, self.epochs + 1):
            self.net.train()
            total = 0.0
            drawn = torch.randperm(examples)[: self._longest_epoch]
            for step, chosen in enumerate(drawn.split(self._batch), start=1):
                loss = self._loss(chosen)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += float(loss.detach())
                if step % STEPS_BETWEEN_REPORTS == 0:
                    progress(f"epoch {epoch} of at most {self.epochs}", (epoch - 1 + step / steps) / self.epochs)
            self.net.eval()
            yield total / steps

    def state(self) -> dict[str, Tensor]:
        """A copy of the parameters."""
        return {name: value.detach().clone() for name, value in self.net.state_dict().items()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Goes back to parameters that ``state`` returned during the same training."""
        self.net.load_state_dict(state)

    @abstractmethod
    def _prepare(self, histories: Histories) -> int:
        """Sets ``net`` to a fresh network, lays the training examples out and returns their number."""

    @abstractmethod
    def _loss(self, examples: Tensor) -> Tensor:
        """Mean loss of the examples with these numbers, int64 (N,)."""

    @abstractmethod
    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """Scores of all products for B histories, shape (B, P)."""


def ragged(starts: Tensor, lengths: Tensor) -> Tensor:
    """Indices of rows laid end to end: starts[0], starts[0] + 1, ..., for ``lengths[0]``, then the next row.

    Args:
        starts: int64 (B,).
        lengths: int64 (B,).
    """
    before = lengths.cumsum(0) - lengths
    return torch.arange(int(lengths.sum())) + (starts - before).repeat_interleave(lengths)
