"""Training the ranker of a shop: choose the length of training on valid, then fit on everything and save."""

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kg_tools.products import GraphArrays, Interactions, TextEncoder
from kg_tools.progress import Progress
from ranker.artefacts import ModelCard, data_fingerprint, save_ranker
from ranker.config import ORDERED, RankerConfig
from ranker.fitting import Fitted, fit
from ranker.graph_data import GraphData, build_graph_data
from ranker.graph_ranker import GraphRanker
from ranker.histories import TEST, TRAIN, VALID, from_interactions, targets
from ranker.kg_embedding import KgEmbeddingConfig, fit_kg_embedding
from ranker.neighbours import count_followers
from ranker.shares import Validation
from ranker.text_features import load_encoder
from ranker.words import WordIndex, names_of


class _Manifest(Protocol):
    @property
    def name(self) -> str: ...


class TrainableCatalogue(Protocol):
    """What training needs of ``kg_tools.catalogue.Catalogue``."""

    @property
    def manifest(self) -> _Manifest:
        """For the shop's name."""
        ...

    def arrays(self) -> GraphArrays:
        """The graph."""
        ...

    def interactions(self) -> Interactions:
        """The log."""
        ...

    def replace_links(self, relation: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Writes derived links."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training did.

    Attributes:
        card: the model card that was saved.
        encoding_seconds: wall time of encoding texts.
        training_seconds: wall time of the rest.
    """

    card: ModelCard
    encoding_seconds: float
    training_seconds: float

    def lines(self) -> list[str]:
        """The report for people."""
        valid = f"{max(self.card.curve):.4f}" if self.card.curve else "not measured (too few interactions)"
        return [
            f"model            {self.card.name}, seed {self.card.config.training.seed}",
            f"epochs           {self.card.epochs} on train (chosen on valid), then a third as many on all interactions",
            f"valid NDCG@10    {valid}",
            *(f"{name:<16} {count}" for name, count in self.card.counts.items()),
            f"seconds          {self.encoding_seconds:.1f} encoding, {self.training_seconds:.1f} training",
        ]


def train(
    catalogue: TrainableCatalogue,
    folder: Path,
    *,
    cache: Path,
    config: RankerConfig | None = None,
    progress: Progress,
) -> TrainingReport:
    """Trains and saves the serving model of a shop.

    First on the train split, where valid chooses the way of counting, the number of epochs and the shares. Then
    neighbours are counted again on all interactions, and training goes on for a third as many epochs on them.
    Afterwards the pairs of the collaborative term stand in the graph as ``boughtAlongside`` links, so that every
    collaborative reason is a fact.

    Args:
        catalogue: open for writing.
        folder: where the artefacts go.
        cache: folder of text vectors, usually ``{home}/cache/vectors``.
        config: settings; the defaults where None.
        progress: told after each step.

    Raises:
        EncoderError: the text encoder cannot be loaded.
    """
    config = config or RankerConfig()
    started = time.monotonic()
    arrays, interactions = catalogue.arrays(), catalogue.interactions()
    text = text_vectors(arrays, config, cache, progress)
    encoded = time.monotonic()
    graph = build_graph_data(arrays)
    graph = graph if config.model.links else graph.without_links()
    trial, fitted = fit_twice(graph, text, interactions, config, progress=progress)
    pairs = fitted.neighbours.pairs()
    card = ModelCard(
        name=config.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        shop=catalogue.manifest.name,
        fingerprint=data_fingerprint(arrays),
        config=fitted.config.model_copy(update={"training": config.training}),
        epochs=trial.epochs if trial.curve else 0,
        curve=trial.curve,
        counts={
            "products": graph.products,
            "slots": len(graph.slots),
            "interactions": len(interactions.product),
            "pairs": len(pairs),
        },
    )
    histories = from_interactions(interactions, graph.products, [TRAIN, VALID, TEST])
    counts = count_followers(histories, fitted.config.neighbours or ORDERED)
    save_ranker(folder, card, graph, fitted, text, arrays=arrays, counts=counts)
    progress("writing what is bought alongside what into the graph", None)
    ids = graph.product_ids
    catalogue.replace_links("boughtAlongside", ((ids[head], ids[tail]) for head, tail in pairs))
    return TrainingReport(card, encoded - started, time.monotonic() - encoded)


def text_vectors(arrays: GraphArrays, config: RankerConfig, cache: Path, progress: Progress) -> NDArray[np.float32]:
    """Text vectors of all products, shape (P, T); T = 0 where text is switched off or there are no products."""
    if config.encoder is None or not arrays.product_ids:
        return np.zeros((len(arrays.product_ids), 0), np.float32)
    return load_encoder(config.encoder, cache).encode_and_keep(arrays.texts, progress)


def fit_twice(
    graph: GraphData,
    text: NDArray[np.float32],
    interactions: Interactions,
    config: RankerConfig,
    *,
    progress: Progress,
) -> tuple[Fitted, Fitted]:
    """The trial on the train split, and the model fitted on everything with what the trial chose."""
    knowledge = slot_knowledge(graph, config, within(progress, "knowledge", 0.0, 0.1))
    known = {"knowledge": knowledge}
    trial = fit_on_train(graph, text, interactions, config, **known, progress=within(progress, "trial fit", 0.1, 0.6))
    final = within(progress, "final fit", 0.6, 1.0)
    return trial, _fit_on_all(graph, text, interactions, config, trial=trial, **known, progress=final)


def slot_knowledge(graph: GraphData, config: RankerConfig, progress: Progress) -> NDArray[np.float32]:
    """What the knowledge-graph embedding says of each slot, float32 (M, knowledge width).

    It is learnt from attributes alone, never from product links or interactions, so one embedding serves all models
    of a shop.
    """
    width = config.model.knowledge_width
    if not (config.model.residual and width and graph.incidence.nnz):
        return np.zeros((len(graph.slots), width), np.float32)
    embedding = fit_kg_embedding(graph, KgEmbeddingConfig(width=width), progress)
    return embedding.slot_vectors(graph)


def fit_in_memory(
    arrays: GraphArrays,
    text: NDArray[np.float32],
    interactions: Interactions,
    config: RankerConfig,
    *,
    encoder: TextEncoder | None,
    progress: Progress,
) -> GraphRanker:
    """A serving ranker that is not saved: for evaluations that must train on other interactions than the shop's.

    With ``requests_evaluation.training_without`` it is the ranker that has not seen the answers.
    """
    graph = build_graph_data(arrays)
    graph = graph if config.model.links else graph.without_links()
    _, fitted = fit_twice(graph, text, interactions, config, progress=progress)
    return GraphRanker(
        graph,
        fitted.model,
        config,
        vectors=fitted.vectors,
        neighbours=fitted.neighbours,
        text=text,
        encoder=encoder,
        words=WordIndex(arrays.texts, names_of(arrays)),
    )


def fit_on_train(
    graph: GraphData,
    text: NDArray[np.float32],
    interactions: Interactions,
    config: RankerConfig,
    *,
    knowledge: NDArray[np.float32] | None = None,
    progress: Progress,
) -> Fitted:
    """Fits on the train split; a seeded sample of valid decides when to stop. Test is not looked at.

    Args:
        graph: the catalogue's graph.
        text: float32 (P, T).
        interactions: the log.
        config: settings.
        knowledge: from ``slot_knowledge`` of the same graph; None where nothing is known.
        progress: told after each step.
    """
    histories = from_interactions(interactions, graph.products, [TRAIN])
    target = targets(interactions, VALID)
    random = np.random.default_rng(config.training.seed)
    rows = random.permutation(np.flatnonzero(target >= 0))[: config.training.valid_shoppers]
    validation = Validation(histories.take(rows), target[rows]) if len(rows) else None
    if validation is None:
        # Few interactions do not carry a residual, and nothing would tell: the gates stay as they start.
        config = config.model_copy(update={"training": config.training.model_copy(update={"epochs": 0})})
    return fit(graph, text, histories, config, knowledge=knowledge, validation=validation, progress=progress)


def _fit_on_all(
    graph: GraphData,
    text: NDArray[np.float32],
    interactions: Interactions,
    config: RankerConfig,
    *,
    trial: Fitted,
    knowledge: NDArray[np.float32],
    progress: Progress,
) -> Fitted:
    histories = from_interactions(interactions, graph.products, [TRAIN, VALID, TEST])
    epochs = math.ceil(trial.epochs * config.training.refit)
    settings = trial.config.model_copy(update={"training": config.training.model_copy(update={"epochs": epochs})})
    return fit(graph, text, histories, settings, knowledge=knowledge, validation=None, progress=progress, start=trial)


def within(progress: Progress, name: str, start: float, end: float) -> Progress:
    """A progress for one part of a longer job."""

    def tell(message: str, fraction: float | None) -> None:
        progress(f"{name}, {message}", None if fraction is None else start + (end - start) * fraction)

    return tell
