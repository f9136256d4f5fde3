"""Fitting the graph ranker: one loop, readable from top to bottom.

The loss is the softmax over products (cross-entropy of the product that followed), over a sample of them where the
catalogue is large, with the sampling corrected in the logits (``ranker.sampling``). On Beauty the loss matters more
than the architecture.
"""

import math
import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kg_tools.progress import Progress
from ranker.config import NEIGHBOUR_CHOICES, ORDERED, NeighbourConfig, RankerConfig
from ranker.coupling import couple_links
from ranker.examples import Examples, ExampleSource, own_weight
from ranker.graph_data import GraphData
from ranker.histories import Histories
from ranker.metrics import metrics_of_ranks, ranks
from ranker.model import GraphModel
from ranker.neighbours import LONGEST_STEP, Neighbours, fit_neighbours
from ranker.product_encoder import build_message_graph
from ranker.sampling import ProductSampler
from ranker.shares import UNTUNED_SHARES, Shares, Validation, choose_shares, set_shares, shares_of
from ranker.sparse import csr_matrix
from ranker.terms import BatchBuilder

COUNTING_SHOPPERS = 2000


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model with what it was fitted on.

    Attributes:
        model: in evaluation mode.
        vectors: (P, width + knowledge), product vectors, computed once.
        neighbours: the item-item weights.
        builder: makes its batches.
        config: the settings, with the neighbours that were chosen.
        epochs: passes done (up to the best one, where validation stopped it).
        curve: valid NDCG@10 before training and after each epoch.
    """

    model: GraphModel
    vectors: Tensor
    neighbours: Neighbours
    builder: BatchBuilder
    config: RankerConfig
    epochs: int
    curve: tuple[float, ...]

    @property
    def shares(self) -> Shares:
        """The shares it serves with."""
        return shares_of(self.model)

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """Scores of all products for each history, shape (B, P)."""
        with torch.inference_mode():
            batch = self.builder.build(histories.latest_first(self.model.config.history))
            return self.model(batch, self.vectors).numpy()


def fit(
    graph: GraphData,
    text: NDArray[np.float32],
    histories: Histories,
    config: RankerConfig,
    *,
    knowledge: NDArray[np.float32] | None = None,
    validation: Validation | None,
    progress: Progress,
    start: Fitted | None = None,
) -> Fitted:
    """Fits on the histories; with a validation the best epoch is kept, without one all epochs are run.

    Args:
        graph: the catalogue's graph.
        text: float32 (P, T), unit-length text vectors; T = 0 switches text features off.
        histories: what to learn from.
        config: all settings; ``config.training.seed`` makes it repeatable on one machine.
        knowledge: float32 (M, knowledge width), embedding of each slot; None where nothing is known.
        validation: for early stopping; shares no interaction with ``histories``.
        progress: told after each step.
        start: a model of the same shop whose parameters and shares to go on from.
    """
    torch.manual_seed(config.training.seed)
    graph = graph if config.model.links else graph.without_links()
    progress("counting what is met together", None)
    counting = config.neighbours or choose_counting(histories, validation)
    config = config.model_copy(update={"neighbours": counting})
    neighbours = fit_neighbours(histories, counting)
    couplings = couple_links(graph)
    messages = build_message_graph(graph, torch.from_numpy(text), neighbours, config.model.aggregated)
    model = GraphModel(graph, neighbours, messages, config.model, decay=counting.decay, couplings=couplings)
    if knowledge is not None:
        model.slot_knowledge.copy_(torch.from_numpy(knowledge))
    set_shares(model, UNTUNED_SHARES)
    if start is not None:
        model.load_state_dict(start.model.state_dict())
    loop = _Loop(model, graph, histories, neighbours, config, counting=counting, progress=progress)
    epochs, curve = loop.run(validation)
    model.eval()
    with torch.inference_mode():
        vectors = model.product_vectors()
    return Fitted(model, vectors, neighbours, loop.builder, config, epochs, curve)


def choose_counting(histories: Histories, validation: Validation | None) -> NeighbourConfig:
    """The way of counting neighbours whose collaborative term alone ranks a validation best."""
    if validation is None:
        return ORDERED
    rows = validation.histories.take(range(min(COUNTING_SHOPPERS, len(validation.target))))
    target = validation.target[: len(rows)]
    latest = rows.latest_first(LONGEST_STEP)
    places = np.nonzero(latest >= 0)
    met = rows.matrix().nonzero()
    found: dict[NeighbourConfig, float] = {}
    for counting in NEIGHBOUR_CHOICES:
        weights = (counting.decay ** places[1]).astype(np.float32)
        behaviour = csr_matrix((weights, (places[0], latest[places])), shape=(len(rows), rows.products))
        scores = (behaviour @ fit_neighbours(histories, counting).matrix()).toarray()
        scores[met] = -np.inf
        found[counting] = float(metrics_of_ranks(ranks(scores, target))["ndcg@10"].mean())
    return max(found, key=lambda counting: found[counting])


class _Loop:
    """The state of one training run."""

    def __init__(
        self,
        model: GraphModel,
        graph: GraphData,
        histories: Histories,
        neighbours: Neighbours,
        config: RankerConfig,
        *,
        counting: NeighbourConfig,
        progress: Progress,
    ) -> None:
        self.model = model
        self.builder = BatchBuilder(graph, config.model)
        self._neighbours = neighbours
        self._config = config
        self._counting = counting
        self._settings = config.training
        self._progress = progress
        self._sampler = ProductSampler(neighbours.shoppers, config.training.columns)
        self._products = graph.products
        self._source = ExampleSource(histories, graph, config.training, config.model.history)
        self._random = np.random.default_rng(config.training.seed)
        self._near = UNTUNED_SHARES
        self._optimizer = _optimizer(model, config)
        self._started = time.monotonic()

    def run(self, validation: Validation | None) -> tuple[int, tuple[float, ...]]:
        """Trains; returns the epochs whose weights the model now holds, and the curve."""
        if not len(self._source) or self._products < 2:
            return 0, ()
        curve = [self._check(validation)] if validation else []
        best_epoch, best_weights = 0, _copy(self.model)
        bar, last_gain = (curve[0] if curve else 0.0), 0
        for epoch in range(1, self._settings.epochs + 1):
            self._one_epoch(epoch)
            if validation is None:
                best_epoch = epoch
                continue
            curve.append(self._check(validation))
            if curve[-1] > max(curve[:-1]):
                best_epoch, best_weights = epoch, _copy(self.model)
            if curve[-1] > (1 + self._settings.least_gain) * bar:
                bar, last_gain = curve[-1], epoch
            elif epoch - last_gain >= self._settings.patience:
                break
        if validation is not None:
            self.model.load_state_dict(best_weights)
        return best_epoch, tuple(curve)

    def _check(self, validation: Validation) -> float:
        self.model.eval()
        with torch.inference_mode():
            vectors = self.model.product_vectors()
        ndcg = choose_shares(self.model, vectors, self.builder, validation, self._near)
        self._near = shares_of(self.model)
        return ndcg

    def _one_epoch(self, epoch: int) -> None:
        self.model.train()
        steps = math.ceil(min(self._settings.examples, len(self._source)) / self._settings.batch)
        for step, examples in enumerate(self._source.epoch(), start=1):
            loss = self._loss(examples)
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            if step % 10 == 0 or step == steps:
                self._tell(epoch, step / steps, float(loss.detach()))

    def _loss(self, examples: Examples) -> Tensor:
        """Cross-entropy of the targets over this step's products."""
        columns, correction = self._sampler.draw(self._random, examples.target)
        batch = self.builder.build(examples.history, examples.needs, examples.signs)
        vectors = self.model.product_vectors() if self._config.model.residual else torch.zeros(0)
        named, residual = self.model.parts(batch, vectors, torch.from_numpy(columns))
        scores = named + residual
        own = torch.from_numpy(own_weight(examples, self._neighbours, self._counting))
        gates = self.model.terms.gates()
        own = (own * self.model.terms.age_weights(batch.history, gates)).sum(dim=1)
        place = np.searchsorted(columns, examples.target, sorter=np.argsort(columns))
        place = np.argsort(columns)[place]
        rows = torch.arange(len(place))
        target = scores[rows, torch.from_numpy(place)]
        if self._config.model.collaborative:
            target = target - own
        met = torch.from_numpy(_met(examples.known, self._products)[:, columns])
        others = (scores + torch.from_numpy(correction)).masked_fill(met, -torch.inf)
        everything = torch.cat([target[:, None], others], dim=1)
        loss = (everything.logsumexp(dim=1) - target).mean()
        return loss + self._settings.residual_penalty * residual.square().mean()

    def _tell(self, epoch: int, share: float, loss: float) -> None:
        done = (epoch - 1 + share) / self._settings.epochs
        left = (time.monotonic() - self._started) * (1 - done) / done
        message = (
            f"training: epoch {epoch} of at most {self._settings.epochs}, loss {loss:.2f}, at most {left:.0f} s left"
        )
        self._progress(message, done)


def _met(known: NDArray[np.int64], products: int) -> NDArray[np.bool_]:
    """Padded product indices (B, K) as a mask, shape (B, P)."""
    mask = np.zeros((len(known), products + 1), bool)
    mask[np.arange(len(known))[:, None], known] = True
    return mask[:, :products]


def _copy(model: GraphModel) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _optimizer(model: GraphModel, config: RankerConfig) -> torch.optim.Optimizer:
    gates = list(model.terms.parameters())
    named = {id(parameter) for parameter in gates}
    residual = [parameter for parameter in model.parameters() if id(parameter) not in named]
    settings = config.training
    return torch.optim.AdamW(
        [
            {"params": gates, "lr": settings.gate_learning_rate, "weight_decay": 0.0},
            {"params": residual, "lr": settings.learning_rate, "weight_decay": settings.weight_decay},
        ]
    )
