"""The additive terms of the score: plain sums over facts, each with a learnt non-negative gate.

For a history h_0 (latest), h_1, ... and a candidate c:

    collaborative = g_c * sum over i of d ** i * w(h_i, c)                      w: ranker.neighbours
    path          = sum over slots m of g_r(m) * rarity_m * has(c, m) * sum over i of a_i * has(h_i, m)
                  + sum over links l, both ways, of g_l * sum over i of a_i * l(h_i, c)
                  + sum over links l of g_ll * sum over i of d ** i * coupled_l(h_i, c)      coupled: ranker.coupling
    need          = sum over needs of +-weight * g_need(r) * has(c, m)
    text          = g_t * sum over i of a_i * (cos(text_h_i, text_c) - mean of it over the catalogue)
    popularity    = g_p * log(1 + shoppers of c)

with has() the confidence of the fact (0 where there is none), d a learnt decay, and a_i = recency ** i, scaled to
sum 1. Every gate is the exponential of a free parameter, so no fact can speak against a product by its presence.
When serving, g_p, g_c and g_ll are scaled by shares chosen on valid (``ranker.fitting.Shares``).
Nothing here depends on how many facts a product has: taking one fact away takes away exactly its own summand.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ranker.config import ModelConfig
from ranker.coupling import Coupling
from ranker.graph_data import GraphData
from ranker.neighbours import Neighbours
from ranker.propagation import SparseMatrix
from ranker.sparse import Csr, csr_matrix

STARTING_GATES = {
    "collaborative": 20.0,
    "path": 1.0,
    "link": 0.3,
    "coupling": 3.0,
    "need": 4.0,
    "text": 2.0,
    "popularity": 0.3,
}
"""Values before training; what a shop without interactions is served with."""


@dataclass(frozen=True, slots=True)
class RequestBatch:
    """B requests as tensors.

    Attributes:
        history: int64 (B, L), product indices, latest first, -1 fills up.
        profile: float32 (B, M), sum over i of a_i * has(h_i, m), times the slot's rarity.
        links: link name and direction -> float32 (B, P) sparse, sum over i of a_i * l(h_i, c).
        needs: int64 (B, N), slots of stated needs, -1 fills up.
        signs: float32 (B, N), weight of each need, negative for avoided.
    """

    history: Tensor
    profile: Tensor
    links: dict[str, Csr]
    needs: Tensor
    signs: Tensor


def recency_weights(history: NDArray[np.int64], recency: float) -> NDArray[np.float32]:
    """a_i of the formula, shape (B, L), rows sum to 1 (to 0 without history).

    Args:
        history: int64 (B, L), latest first, -1 fills up.
        recency: weight of a product relative to the one after it, in (0, 1].
    """
    weights = np.where(history >= 0, recency ** np.arange(history.shape[1]), 0.0)
    return (weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)).astype(np.float32)


def link_matrices(graph: GraphData) -> dict[str, Csr]:
    """Each link relation followed (``> name``) and walked backwards (``< name``), shape (P, P)."""
    followed = {f"> {name}": matrix for name, matrix in graph.links.items()}
    return followed | {f"< {name}": matrix.T.tocsr() for name, matrix in graph.links.items()}


class BatchBuilder:
    """Turns padded histories and needs into a ``RequestBatch``.

    Args:
        graph: the catalogue's graph.
        config: for recency.
    """

    def __init__(self, graph: GraphData, config: ModelConfig) -> None:
        self._graph = graph
        self._recency = config.recency
        self._links = link_matrices(graph)
        self._rare = graph.incidence.multiply(graph.rarity[None, :]).tocsr()

    def build(
        self,
        history: NDArray[np.int64],
        needs: NDArray[np.int64] | None = None,
        signs: NDArray[np.float32] | None = None,
    ) -> RequestBatch:
        """One batch; shapes as in ``RequestBatch``. A request has at most one entry per product."""
        batch = len(history)
        weights = recency_weights(history, self._recency)
        rows, places = np.nonzero(history >= 0)
        shape = (batch, self._graph.products)
        behaviour = csr_matrix((weights[rows, places], (rows, history[rows, places])), shape=shape)
        profile = (behaviour @ self._rare).toarray().astype(np.float32)
        return RequestBatch(
            history=torch.from_numpy(history),
            profile=torch.from_numpy(profile),
            links={name: (behaviour @ matrix).tocsr() for name, matrix in self._links.items()},
            needs=torch.from_numpy(np.full((batch, 0), -1, np.int64) if needs is None else needs),
            signs=torch.from_numpy(np.zeros((batch, 0), np.float32) if signs is None else signs),
        )


class AdditiveTerms(nn.Module):
    """The named terms of a batch of requests, with their gates.

    Args:
        graph: the catalogue's graph.
        neighbours: item-item weights.
        config: which terms are on.
        couplings: link relation -> pairs coupled by it.
        text: float32 (P, T), unit-length text vectors; T = 0 without text.
        decay: d before training, in 0..1.
    """

    neighbour_index: Tensor
    neighbour_weight: Tensor
    log_shoppers: Tensor
    popularity_share: Tensor
    collaborative_share: Tensor
    coupling_share: Tensor
    text: Tensor

    def __init__(
        self,
        graph: GraphData,
        neighbours: Neighbours,
        config: ModelConfig,
        *,
        couplings: Mapping[str, Coupling],
        text: Tensor,
        decay: float = 0.7,
    ) -> None:
        super().__init__()
        self._config = config
        self._incidence = graph.incidence
        self._all_slots = SparseMatrix(graph.incidence)
        self._slot_relation = torch.from_numpy(graph.slot_relation)
        self.register_buffer("neighbour_index", torch.from_numpy(neighbours.index), persistent=False)
        self.register_buffer("neighbour_weight", torch.from_numpy(neighbours.weight), persistent=False)
        log_shoppers = torch.from_numpy(np.log1p(neighbours.shoppers).astype(np.float32))
        self.register_buffer("log_shoppers", log_shoppers, persistent=False)
        self.register_buffer("popularity_share", torch.ones(1))
        self.register_buffer("collaborative_share", torch.ones(1))
        self.register_buffer("coupling_share", torch.ones(1))
        self.register_buffer("text", text - text.mean(dim=0), persistent=False)
        self.link_names = tuple(link_matrices(graph))
        self.coupling_names = tuple(couplings)
        self._couplings = [(torch.from_numpy(one.index), torch.from_numpy(one.weight)) for one in couplings.values()]
        self._collaborative = _gate("collaborative", 1)
        self._decay = nn.Parameter(torch.tensor(math.log(decay / (1 - decay))))
        self._path = _gate("path", len(graph.relations))
        self._link = _gate("link", len(self.link_names))
        self._coupling = _gate("coupling", len(self.coupling_names))
        self._need = _gate("need", len(graph.relations))
        self._text = _gate("text", 1)
        self._popularity = _gate("popularity", 1)

    def gates(self) -> dict[str, Tensor]:
        """Current gates by term.

        collaborative (1), decay (1), path (R), link (2 x links), coupling (links), need (R), text (1), popularity (1).
        """
        raw = {"collaborative": self._collaborative, "path": self._path, "link": self._link}
        raw |= {"coupling": self._coupling, "need": self._need, "text": self._text, "popularity": self._popularity}
        gates = {name: value.exp() for name, value in raw.items()}
        if not self.training:
            gates["popularity"] = gates["popularity"] * self.popularity_share
            gates["collaborative"] = gates["collaborative"] * self.collaborative_share
            gates["coupling"] = gates["coupling"] * self.coupling_share
        return gates | {"decay": torch.sigmoid(self._decay)[None]}

    def forward(self, batch: RequestBatch, columns: Tensor | None = None) -> Tensor:
        """Sum of the terms, shape (B, P), or (B, C) for the products of ``columns``, int64 (C,)."""
        gates = self.gates()
        total = gates["popularity"] * (self.log_shoppers if columns is None else self.log_shoppers[columns])
        total = total.expand(len(batch.history), -1)
        if self._config.collaborative and self.neighbour_index.shape[1]:
            met = self.from_neighbours(batch.history, gates)
            total = total + (met if columns is None else met[:, columns])
        if len(self._slot_relation):
            total = total + self._from_slots(batch, gates, columns)
        if self._couplings:
            coupled = self.from_couplings(batch.history, gates)
            total = total + (coupled if columns is None else coupled[:, columns])
        if self.text.shape[1] and batch.history.shape[1]:
            total = total + gates["text"] * self._alike(batch, columns)
        for number, name in enumerate(self.link_names):
            linked = batch.links[name] if columns is None else batch.links[name][:, columns.numpy()]
            total = total + gates["link"][number] * torch.from_numpy(linked.toarray())
        return total

    def age_weights(self, history: Tensor, gates: dict[str, Tensor]) -> Tensor:
        """g_c * d ** i, shape (B, L), 0 where the history is filled up."""
        return gates["collaborative"] * self._ages(history, gates)

    def _ages(self, history: Tensor, gates: dict[str, Tensor]) -> Tensor:
        return gates["decay"] ** torch.arange(history.shape[1]) * (history >= 0)

    def from_neighbours(self, history: Tensor, gates: dict[str, Tensor]) -> Tensor:
        """Collaborative term with the given gates, shape (B, P)."""
        return _scattered(history, self.age_weights(history, gates), self.neighbour_index, self.neighbour_weight)

    def from_couplings(self, history: Tensor, gates: dict[str, Tensor]) -> Tensor:
        """Terms of coupled products with the given gates, shape (B, P)."""
        ages = self._ages(history, gates)
        total = torch.zeros(len(history), len(self.log_shoppers))
        for number, (index, weight) in enumerate(self._couplings):
            total = total + _scattered(history, gates["coupling"][number] * ages, index, weight)
        return total

    def _alike(self, batch: RequestBatch, columns: Tensor | None) -> Tensor:
        """Likeness of texts to what the shopper met, shape (B, P) or (B, C)."""
        ages = torch.from_numpy(recency_weights(batch.history.numpy(), self._config.recency))
        profile = torch.einsum("bl,blt->bt", ages, self.text[batch.history.clamp(min=0)])
        return profile @ (self.text if columns is None else self.text[columns]).T

    def _from_slots(self, batch: RequestBatch, gates: dict[str, Tensor], columns: Tensor | None) -> Tensor:
        """Path and need terms over slots, shape (B, P) or (B, C)."""
        asked = torch.zeros_like(batch.profile)
        if self._config.paths:
            asked = asked + batch.profile * gates["path"][self._slot_relation]
        if batch.needs.shape[1]:
            stated = batch.signs * gates["need"][self._slot_relation[batch.needs.clamp(min=0)]] * (batch.needs >= 0)
            asked = asked.scatter_add(1, batch.needs.clamp(min=0), stated)
        rows = self._all_slots if columns is None else SparseMatrix(self._incidence[columns.numpy()])
        return (rows @ asked.T.contiguous()).T


def _scattered(history: Tensor, ages: Tensor, index: Tensor, weight: Tensor) -> Tensor:
    """Sum over a history of ages times the weights of its products' neighbours, shape (B, P)."""
    met = history.clamp(min=0)
    total = torch.zeros(len(history), len(index))
    return total.scatter_add(1, index[met].clamp(min=0).flatten(1), (weight[met] * ages[..., None]).flatten(1))


def _gate(name: str, length: int) -> nn.Parameter:
    """A free parameter whose exponential is the starting gate: large and small gates learn at one pace."""
    return nn.Parameter(torch.full((length,), math.log(STARTING_GATES[name])))
