"""The graph ranker as it serves: one request in, ranked products with their terms out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kg_tools.products import TextEncoder
from ranker.config import RankerConfig
from ranker.evidence import Evidence, EvidenceReader, PlacedNeed, ReadRequest, Scorer, Vector, Weights
from ranker.explaining import Explainer, Plain
from ranker.graph_data import GraphData
from ranker.model import GraphModel
from ranker.neighbours import Neighbours
from ranker.ranking import RankedProduct, RankingRequest, StatedNeed, TermName
from ranker.retrieval import Indexes, RetrievalSettings, Retriever
from ranker.selecting import best_first, places_by_id
from ranker.terms import RequestBatch, link_matrices, recency_weights
from ranker.trained_state import TrainedState
from ranker.words import WordIndex

SHARED_WITH_LIKED = 1.0
TEXT_OF_LIKED = 3.0

Pool = NDArray[np.int64] | None
"""Products that are scored, (C,) indices, rising; None for the whole catalogue."""


@dataclass(frozen=True, slots=True)
class TextQuery:
    """Something that texts are compared with.

    Attributes:
        name: of the term.
        about: the need's phrase, or the id of the liked product; None for the history.
        weight: for cosine 1.
        vector: float32 (T,).
    """

    name: TermName
    about: str | None
    weight: float
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Compared:
    """What a request's words and likes are compared with texts by.

    Attributes:
        queries: by vector.
        named: word for word, values for the whole catalogue.
    """

    queries: list[TextQuery]
    named: list[Plain]


class GraphRanker:
    """Implements ``ranker.ranking.Ranker``. Nothing changes after construction, so threads may share one.

    Args:
        graph: the catalogue's graph.
        model: fitted, in evaluation mode.
        config: the settings it was trained with.
        vectors: (P, width), the model's product vectors.
        neighbours: item-item weights the model was built with.
        text: float32 (P, T), unit-length text vectors; T = 0 without text.
        encoder: for needs that stay text; None leaves the comparison of meanings out.
        words: for needs that stay text; None leaves the comparison of words out.
        retrieval: from how many products on, and how, candidates are found first.
        indexes: vector indexes of the catalogue, where it is large enough to need them; built here where None.
        state: what it carries from its training, for ``ranker.refreshing``; None for one that is never refreshed.
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
        words: WordIndex | None = None,
        retrieval: RetrievalSettings | None = None,
        indexes: Indexes | None = None,
        state: TrainedState | None = None,
    ) -> None:
        self.name = config.name
        self.graph = graph if config.model.links else graph.without_links()
        self.model = model
        self._vectors = vectors
        self.config = config
        self._text = text
        self._text_mean = text.mean(axis=0) if len(text) else np.zeros(text.shape[1], np.float32)
        self.encoder = encoder if text.shape[1] else None
        self.words = words
        self._weights = read_weights(model, config)
        popularity = self._weights.popularity * np.log1p(neighbours.shoppers.astype(np.float64))
        links = link_matrices(self.graph)
        self._evidence = EvidenceReader(self.graph, neighbours, links, model.couplings, self._weights)
        self._scorer = Scorer(self.graph, popularity, self._weights)
        self._explainer = Explainer(self.graph, model.couplings, popularity, self._weights)
        self._position = {product_id: number for number, product_id in enumerate(graph.product_ids)}
        self._id_order = places_by_id(graph.product_ids)
        self._slots_of: dict[str, list[int]] = {}
        for slot, (_, node) in enumerate(graph.slots):
            self._slots_of.setdefault(node, []).append(slot)
        self.retrieval = retrieval or RetrievalSettings()
        self._retriever: Retriever | None = None
        self.indexes = indexes
        self.state = state
        if graph.products > self.retrieval.above:
            self._mean_vector = vectors.mean(dim=0)
            self.indexes = indexes or Indexes.build(vectors.numpy() if config.model.residual else None, text)
            self._retriever = Retriever(self.graph, popularity, self._weights, self.indexes, self.retrieval)

    def rank(self, request: RankingRequest) -> list[RankedProduct]:
        """The best ``request.k`` products, best first; ties by product id; empty if nothing is left."""
        allowed = self._allowed(request)
        count = int(np.count_nonzero(allowed))
        if not count or request.k < 1:
            return []
        read, words = self._read(request)
        evidence = self._evidence.read(read)
        compared = self._compared(read, words)
        if self._retriever is not None and count > self.retrieval.above:
            pool = self._retriever.candidates(
                evidence,
                allowed,
                direction=self._direction(read),
                text=_one_query(compared.queries),
                named=np.sum([one.values for one in compared.named], axis=0) if compared.named else None,
                least=request.k,
            )
        else:
            # Reading all rows in order is cheaper than picking out most of them.
            pool = np.flatnonzero(allowed) if 2 * count < len(allowed) else None
        totals, plain = self._score(read, evidence, compared, pool)
        places = np.flatnonzero(allowed) if pool is None else np.arange(len(pool))
        order = self._id_order if pool is None else self._id_order[pool]
        ranked: list[RankedProduct] = []
        for place in best_first(totals, places, order, request.k):
            product = place if pool is None else int(pool[place])
            terms = self._explainer.terms(read, evidence, plain, product, place)
            ranked.append(RankedProduct(self.graph.product_ids[product], float(totals[place]), terms))
        return ranked

    def scores(self, request: RankingRequest) -> Vector:
        """Scores of the whole catalogue, shape (P,), in the order of ``product_ids``; candidates are ignored."""
        read, words = self._read(request)
        return self._score(read, self._evidence.read(read), self._compared(read, words), None)[0]

    def _direction(self, read: ReadRequest) -> NDArray[np.float32] | None:
        """Gradient of the residual by the product vector, at the mean product vector, shape (width,)."""
        if not self.config.model.residual:
            return None
        probe = self._mean_vector.clone().requires_grad_()
        count = len(read.history)
        table = torch.cat([self._vectors[list(read.history)], probe[None]])
        request = replace(read, history=tuple(range(count)))
        with torch.enable_grad():
            value = self.model.residual(_one_request(request), table, torch.tensor([count]))
        return torch.autograd.grad(value.sum(), probe)[0].numpy()

    def _known(self, product_ids: Iterable[str]) -> list[int]:
        found = map(self._position.get, product_ids)
        return [number for number in found if number is not None]

    def _allowed(self, request: RankingRequest) -> NDArray[np.bool_]:
        """Which products may be returned, shape (P,)."""
        allowed = np.full(self.graph.products, request.candidates is None)
        if request.candidates is not None:
            allowed[self._known(request.candidates)] = True
        allowed[self._known(request.exclude)] = False
        allowed[self._known(request.disliked)] = False
        return allowed

    def _read(self, request: RankingRequest) -> tuple[ReadRequest, list[StatedNeed]]:
        """The request in numbers, and the needs that stay words."""
        needs, words = self._place_needs(request.needs)
        latest_first = self._known(request.history)[: -self.config.model.history - 1 : -1]
        # A product met more than once counts where it was met last; the others close up.
        history = tuple(dict.fromkeys(latest_first))
        read = ReadRequest(
            history=history,
            ages=recency_weights(np.array([history], np.int64).reshape(1, -1), self.config.model.recency)[0],
            liked=tuple(dict.fromkeys(self._known(request.liked))),
            disliked=tuple(dict.fromkeys(self._known(request.disliked))),
            needs=tuple(needs),
            shopper=request.shopper,
        )
        return read, words

    def _score(
        self, read: ReadRequest, evidence: Evidence, compared: Compared, pool: Pool
    ) -> tuple[Vector, list[Plain]]:
        """Scores of the pool, shape (C,), and those of their parts that rest on no fact."""
        named = compared.named if pool is None else [replace(one, values=one.values[pool]) for one in compared.named]
        plain = [*self._text_terms(compared.queries, pool), *named, *self._residual(read, pool)]
        total = self._scorer.scores(evidence, pool)
        for part in plain:
            total += part.values
        return total, plain

    def _place_needs(self, needs: Iterable[StatedNeed]) -> tuple[list[PlacedNeed], list[StatedNeed]]:
        """Needs that the graph can meet, and those that stay words."""
        placed: list[PlacedNeed] = []
        words: list[StatedNeed] = []
        for need in needs:
            slots = tuple(dict.fromkeys(slot for node in need.nodes for slot in self._slots_of.get(node, ())))
            if slots:
                placed.append(PlacedNeed(need.phrase, slots, need.weight if need.wanted else -need.weight))
            elif need.phrase.strip():
                words.append(need)
        return placed, words

    def _compared(self, read: ReadRequest, words: list[StatedNeed]) -> Compared:
        return Compared(self._text_queries(read, words), self._word_terms(words))

    def _text_queries(self, read: ReadRequest, words: list[StatedNeed]) -> list[TextQuery]:
        """What texts are compared with: the history, liked and disliked products, words that mean no node."""
        if not self._text.shape[1]:
            return []
        found: list[TextQuery] = []
        if read.history:
            met = (np.asarray(read.ages) @ (self._text[list(read.history)] - self._text_mean)).astype(np.float32)
            found.append(TextQuery("text", None, self._weights.text_of_history, met))
        sides: tuple[tuple[TermName, tuple[int, ...], float], ...]
        sides = (("liked", read.liked, 1.0), ("disliked", read.disliked, -1.0))
        for name, products, sign in sides:
            for product in products:
                weight = sign * self._weights.text_of_liked / len(products)
                found.append(TextQuery(name, self.graph.product_ids[product], weight, self._text[product]))
        if self.encoder is not None and words:
            vectors = self.encoder.encode([need.phrase for need in words])
            for need, vector in zip(words, vectors, strict=True):
                weight = self._weights.text * (need.weight if need.wanted else -need.weight)
                found.append(TextQuery("text", need.phrase, weight, vector))
        return found

    def _text_terms(self, queries: list[TextQuery], pool: Pool) -> list[Plain]:
        """Cosines less their mean over the catalogue, so that wordy requests do not lift everything."""
        if not queries:
            return []
        vectors = np.stack([query.vector for query in queries], axis=1)
        texts = self._text if pool is None else self._text[pool]
        likeness = (texts @ vectors - self._text_mean @ vectors).astype(np.float64)
        return [Plain(one.name, one.about, one.weight * likeness[:, row]) for row, one in enumerate(queries)]

    def _word_terms(self, words: list[StatedNeed]) -> list[Plain]:
        """How well products name what needs name, word for word, for the whole catalogue."""
        if self.words is None:
            return []
        found: list[Plain] = []
        for need in words:
            weight = self._weights.words * (need.weight if need.wanted else -need.weight)
            found.append(Plain("text", need.phrase, weight * self.words.scores(need.phrase)))
        return found

    def _residual(self, read: ReadRequest, pool: Pool) -> list[Plain]:
        if not self.config.model.residual:
            return []
        columns = None if pool is None else torch.from_numpy(pool)
        with torch.inference_mode():
            values = self.model.residual(_one_request(read), self._vectors, columns)
        return [Plain("residual", None, values[0].numpy().astype(np.float64))]


def _one_query(queries: list[TextQuery]) -> NDArray[np.float32] | None:
    """What a text is worth for all queries together, per unit vector, shape (T,)."""
    if not queries:
        return None
    weights = np.array([query.weight for query in queries], np.float32)
    return weights @ np.stack([query.vector for query in queries])


def _one_request(read: ReadRequest) -> RequestBatch:
    """What the residual reads of a request, as a batch of one."""
    needs = [(need.slots[0], float(np.sign(need.weight))) for need in read.needs if need.weight]
    return RequestBatch(
        history=torch.tensor([read.history or (-1,)], dtype=torch.int64),
        profile=torch.zeros(1, 0),
        links={},
        needs=torch.tensor([slot for slot, _ in needs], dtype=torch.int64).reshape(1, -1),
        signs=torch.tensor([sign for _, sign in needs], dtype=torch.float32).reshape(1, -1),
    )


def read_weights(model: GraphModel, config: RankerConfig) -> Weights:
    """The model's gates as plain numbers; terms that are switched off weigh 0."""
    gates = {name: value.detach().numpy().astype(np.float64) for name, value in model.terms.gates().items()}
    return Weights(
        collaborative=float(gates["collaborative"][0]) * config.model.collaborative,
        decay=float(gates["decay"][0]),
        path=gates["path"] * config.model.paths,
        link=dict(zip(model.terms.link_names, map(float, gates["link"]), strict=True)),
        coupling=dict(zip(model.terms.coupling_names, map(float, gates["coupling"]), strict=True)),
        need=gates["need"],
        popularity=float(gates["popularity"][0]),
        shared_with_liked=SHARED_WITH_LIKED,
        text=config.model.text_weight,
        words=config.model.word_weight,
        text_of_liked=TEXT_OF_LIKED,
        text_of_history=float(gates["text"][0]),
    )
