"""The graph ranker as it serves: one request in, ranked products with their terms out."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kg_tools.products import TextEncoder
from ranker.config import RankerConfig
from ranker.explaining import Explainer, PlacedNeed, ReadRequest, Weights
from ranker.graph_data import GraphData
from ranker.histories import from_sequences
from ranker.model import GraphModel
from ranker.neighbours import Neighbours
from ranker.ranking import RankedProduct, RankingRequest, StatedNeed, TermName
from ranker.selecting import best_first
from ranker.terms import BatchBuilder, RequestBatch, link_matrices, recency_weights

SHARED_WITH_LIKED = 1.0
TEXT_OF_LIKED = 3.0

Vector = NDArray[np.float64]


class GraphRanker:
    """Implements ``ranker.ranking.Ranker``. Nothing changes after construction, so threads may share one.

    Args:
        graph: the catalogue's graph.
        model: fitted, in evaluation mode.
        config: the settings it was trained with.
        vectors: (P, width), the model's product vectors.
        neighbours: item-item weights the model was built with.
        text: float32 (P, T), unit-length text vectors; T = 0 without text.
        encoder: for needs that stay text; None switches the text term off.
    """

    def __init__(
        self,
        graph: GraphData,
        model: GraphModel,
        config: RankerConfig,
        *,
        vectors: Tensor,
        neighbours: Neighbours,
        text: NDArray[np.float32],
        encoder: TextEncoder | None,
    ) -> None:
        self.name = config.name
        self._graph = graph if config.model.links else graph.without_links()
        self._model = model
        self._vectors = vectors
        self._config = config
        self._builder = BatchBuilder(self._graph, config.model)
        self._text = text
        self._text_mean = text.mean(axis=0) if len(text) else np.zeros(text.shape[1], np.float32)
        self._encoder = encoder if text.shape[1] else None
        self._columns = self._graph.incidence.tocsc()
        self._neighbours = neighbours
        self._weights = read_weights(model, config, self._builder)
        links = link_matrices(self._graph)
        self._explainer = Explainer(self._graph, neighbours, links, self._weights)
        self._position = {product_id: number for number, product_id in enumerate(graph.product_ids)}
        self._id_order = np.argsort(np.argsort(np.array(graph.product_ids, dtype=np.str_)))
        self._slots_of: dict[str, list[int]] = {}
        for slot, (_, node) in enumerate(graph.slots):
            self._slots_of.setdefault(node, []).append(slot)

    def rank(self, request: RankingRequest) -> list[RankedProduct]:
        """The best ``request.k`` products, best first; ties by product id; empty if nothing is left."""
        allowed = self._allowed(request)
        if not len(allowed):
            return []
        read, totals = self._score(request)
        winners = best_first(totals, allowed, self._id_order, request.k)
        return [
            RankedProduct(self._graph.product_ids[winner], float(totals[winner]), self._explainer.terms(read, winner))
            for winner in winners
        ]

    def scores(self, request: RankingRequest) -> Vector:
        """Scores of the whole catalogue, shape (P,), in the order of ``product_ids``; candidates are ignored."""
        return self._score(request)[1]

    def _known(self, product_ids: Iterable[str]) -> list[int]:
        return [self._position[product_id] for product_id in product_ids if product_id in self._position]

    def _allowed(self, request: RankingRequest) -> NDArray[np.int64]:
        every = range(self._graph.products) if request.candidates is None else set(self._known(request.candidates))
        barred = set(self._known(request.exclude)) | set(self._known(request.disliked))
        return np.array([product for product in every if product not in barred], dtype=np.int64)

    def _score(self, request: RankingRequest) -> tuple[ReadRequest, Vector]:
        history = from_sequences([self._known(request.history)], self._graph.products)
        padded = history.latest_first(self._config.model.history)
        # Repeated products leave holes, which a single request can close; training sees them as they are.
        padded = padded[:, padded[0] >= 0] if (padded >= 0).any() else padded[:, :1]
        needs, words = self._place_needs(request.needs)
        batch = self._batch(padded, needs)
        read = ReadRequest(
            history=tuple(int(product) for product in padded[0] if product >= 0),
            ages=recency_weights(padded, self._config.model.recency)[0][: int((padded >= 0).sum())],
            liked=tuple(dict.fromkeys(self._known(request.liked))),
            disliked=tuple(dict.fromkeys(self._known(request.disliked))),
            needs=tuple(needs),
            shopper=request.shopper,
        )
        read = replace(read, without_path=[*self._text_terms(words, read), *self._residual(batch)])
        without_needs = replace(batch, needs=batch.needs[:, :0], signs=batch.signs[:, :0])
        with torch.inference_mode():
            total = self._model.terms(without_needs)[0].numpy().astype(np.float64)
        for need in needs:
            total += self._need(need)
        total += self._resemblance(read.liked, 1.0) + self._resemblance(read.disliked, -1.0)
        for _, _, values in read.without_path:
            total += values
        return read, total

    def _batch(self, history: NDArray[np.int64], needs: list[PlacedNeed]) -> RequestBatch:
        slots = [(need.slots[0], np.sign(need.weight)) for need in needs if need.weight]
        return self._builder.build(
            history,
            np.array([[slot for slot, _ in slots]], np.int64).reshape(1, -1),
            np.array([[sign for _, sign in slots]], np.float32).reshape(1, -1),
        )

    def _place_needs(self, needs: Iterable[StatedNeed]) -> tuple[list[PlacedNeed], list[StatedNeed]]:
        """Needs that the graph can meet, and those that stay words."""
        placed: list[PlacedNeed] = []
        words: list[StatedNeed] = []
        for need in needs:
            slots = tuple(slot for node in need.nodes for slot in self._slots_of.get(node, ()))
            if slots:
                placed.append(PlacedNeed(need.phrase, slots, need.weight if need.wanted else -need.weight))
            elif need.phrase.strip():
                words.append(need)
        return placed, words

    def _need(self, need: PlacedNeed) -> Vector:
        best = np.zeros(self._graph.products)
        for slot in need.slots:
            column = slice(self._columns.indptr[slot], self._columns.indptr[slot + 1])
            rows = self._columns.indices[column]
            value = self._weights.need[self._graph.slot_relation[slot]] * self._columns.data[column]
            best[rows] = np.maximum(best[rows], value)
        return need.weight * best

    def _resemblance(self, others: tuple[int, ...], sign: float) -> Vector:
        total = np.zeros(self._graph.products)
        for other in others:
            has = self._graph.incidence[[other]].multiply(self._graph.rarity[None, :])
            shared = (self._graph.incidence @ has.T).toarray()[:, 0]
            total += sign * self._weights.shared_with_liked * shared / len(others)
            if sign > 0:
                index, weight = self._neighbours.index[other], self._neighbours.weight[other]
                met = index >= 0
                total[index[met]] += self._weights.collaborative * weight[met] / len(others)
        return total

    def _text_terms(self, words: list[StatedNeed], read: ReadRequest) -> list[tuple[TermName, str | None, Vector]]:
        """Cosines less their mean over the catalogue, so that wordy requests do not lift everything."""
        found: list[tuple[TermName, str | None, Vector]] = []
        sides: tuple[tuple[TermName, tuple[int, ...], float], ...]
        sides = (("liked", read.liked, 1.0), ("disliked", read.disliked, -1.0))
        for name, products, sign in sides:
            for product in products if self._text.shape[1] else ():
                likeness = self._likeness(self._text[product]) * sign * self._weights.text_of_liked / len(products)
                found.append((name, self._graph.product_ids[product], likeness))
        if self._encoder is not None and words:
            vectors = self._encoder.encode([need.phrase for need in words])
            for need, vector in zip(words, vectors, strict=True):
                weight = self._weights.text * (need.weight if need.wanted else -need.weight)
                found.append(("text", need.phrase, weight * self._likeness(vector)))
        return found

    def _likeness(self, vector: NDArray[np.float32]) -> Vector:
        return ((self._text @ vector) - float(self._text_mean @ vector)).astype(np.float64)

    def _residual(self, batch: RequestBatch) -> list[tuple[TermName, str | None, Vector]]:
        if not self._config.model.residual:
            return []
        with torch.inference_mode():
            values = self._model.residual(batch, self._vectors)[0].numpy().astype(np.float64)
        return [("residual", None, values)]


def read_weights(model: GraphModel, config: RankerConfig, builder: BatchBuilder) -> Weights:
    """The model's gates as plain numbers; terms that are switched off weigh 0."""
    gates = {name: value.detach().numpy().astype(np.float64) for name, value in model.terms.gates().items()}
    return Weights(
        collaborative=float(gates["collaborative"][0]) * config.model.collaborative,
        decay=float(gates["decay"][0]),
        path=gates["path"] * config.model.paths,
        link=dict(zip(model.terms.link_names, map(float, gates["link"]), strict=True)),
        need=gates["need"],
        popularity=float(gates["popularity"][0]),
        shared_with_liked=SHARED_WITH_LIKED,
        text=config.model.text_weight,
        text_of_liked=TEXT_OF_LIKED,
    )
