"""Knowledge-graph embedding: products and the nodes they are joined to as points of one space.

TransE (Bordes et al., NeurIPS 2013) and RotatE (Sun et al., ICLR 2019), with torch-geometric's ``nn.kge``. A triple
(h, r, t) is the more plausible the nearer h lies to where r, walked backwards, takes t:

    TransE    distance = | h + r - t |   = | h - (t - r) |
    RotatE    distance = | h o r - t |   = | h - (t o conj(r)) |       o turns each pair of entries by r's angle

The point on the right, t - r or t turned back, is what a slot (r, t) says of a product that has it. So a product's
*knowledge vector*, the confidence-weighted mean over its slots, needs only its facts: a product added this minute
has one (inductive), although the embedding of h itself was learnt from the products of training.

The loss is the softmax of the true triple among false ones, which does better than a margin (Ruffinelli et al., ICLR
2020; on held-out facts of Beauty too); ``ranker.kg_triples`` draws the false ones.
"""

import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn import functional

from kg_tools.progress import Progress
from ranker.graph_data import GraphData
from ranker.kg_triples import Integers, TripleBatch, TripleBatches, Triples, read_triples
from ranker.propagation import SparseMatrix

if TYPE_CHECKING:  # it takes seconds to import and is needed for fitting only
    from torch_geometric.nn.kge import RotatE, TransE

Floats = NDArray[np.float32]
KgeModel: TypeAlias = "TransE | RotatE"


class KgEmbeddingConfig(BaseModel):
    """Settings of the embedding; the defaults were chosen on held-out triples of Beauty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Literal["TransE", "RotatE"] = "RotatE"
    """How a relation moves a point."""
    links: bool = False
    """Also learn from product links inside the catalogue; off, since a crawl may have seen the interactions."""
    width: int = Field(default=64, ge=2, multiple_of=2)
    """Length of a point; RotatE uses half of it as real and half as imaginary parts."""
    epochs: int = Field(default=25, ge=0)
    """Passes over all triples."""
    batch: int = Field(default=1024, ge=1)
    """Triples per step, all of one relation."""
    learning_rate: float = Field(default=4e-3, gt=0)
    """Of Adam."""
    negatives: int = Field(default=64, ge=1)
    """False products, and as many false nodes, that each triple is compared with."""
    sharpness: float = Field(default=10.0, gt=0)
    """Score units per unit of distance in the softmax; takes the place of a margin."""
    seed: int = 0
    """Of everything random."""


@dataclass(frozen=True, slots=True)
class KgEmbedding:
    """A fitted embedding.

    Attributes:
        config: its settings.
        model: torch-geometric's module, which holds the parameters.
        nodes: node IRI -> entity number.
        relations: predicate IRI -> relation number.
        losses: mean loss of each epoch.
    """

    config: KgEmbeddingConfig
    model: KgeModel
    nodes: dict[str, int]
    relations: dict[str, int]
    losses: tuple[float, ...]

    def entity_points(self, entity: Integers) -> Floats:
        """Where entities lie, shape (n, d); products are entities 0..P-1 of the graph it was fitted on."""
        with torch.no_grad():
            return head_points(self.model, torch.from_numpy(entity)).numpy()

    def slot_points(self, relation: Integers | int, entity: Integers) -> Floats:
        """Where a head of (relation, entity) should lie, shape (n, d)."""
        with torch.no_grad():
            return slot_points(self.model, torch.as_tensor(relation), torch.from_numpy(entity)).numpy()

    def slot_vectors(self, graph: GraphData) -> Floats:
        """What each slot says of a product that has it, float32 (M, d).

        Rows are zero for slots whose node or relation the embedding has not met.
        """
        known = [
            (row, self.relations[relation], self.nodes[node])
            for row, (relation, node) in enumerate(graph.slots)
            if relation in self.relations and node in self.nodes
        ]
        vectors = np.zeros((len(graph.slots), self.config.width), np.float32)
        if known:
            row, relation, node = np.array(known, np.int64).T
            vectors[row] = self.slot_points(relation, node)
        return vectors


def knowledge_vectors(facts: SparseMatrix, slot_vectors: Tensor) -> Tensor:
    """Confidence-weighted mean of each product's slot vectors, (P, M) and (M, d) -> (P, d).

    Slots whose vector is zero (not met in training) do not count; products without any other are zero.

    Args:
        facts: confidences; the catalogue of now, whose products need not be those of training.
        slot_vectors: from ``KgEmbedding.slot_vectors`` of the same slots.
    """
    known = (slot_vectors != 0).any(dim=1, keepdim=True).float()
    total = facts @ torch.cat([slot_vectors, known], dim=1)
    return total[:, :-1] / total[:, -1:].clamp(min=1e-6)


def head_points(model: KgeModel, entity: Tensor) -> Tensor:
    """Points of entities, int64 (n,) -> (n, d)."""
    if _rotates(model):
        return torch.cat([model.node_emb(entity), model.node_emb_im(entity)], dim=-1)
    return functional.normalize(model.node_emb(entity), p=2.0, dim=-1)


def slot_points(model: KgeModel, relation: Tensor, entity: Tensor) -> Tensor:
    """Where a head of (relation, entity) should lie, int64 (n,) each (relation may be one number) -> (n, d)."""
    if not _rotates(model):
        return head_points(model, entity) - model.rel_emb(relation)
    real, imaginary = model.node_emb(entity), model.node_emb_im(entity)
    angle = model.rel_emb(relation)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    return torch.cat([real * cosine + imaginary * sine, imaginary * cosine - real * sine], dim=-1)


def _rotates(model: KgeModel) -> TypeGuard["RotatE"]:
    return hasattr(model, "node_emb_im")


def fit_kg_embedding(graph: GraphData, config: KgEmbeddingConfig, progress: Progress) -> KgEmbedding:
    """Learns the points of a graph's products and nodes.

    Args:
        graph: the catalogue's graph; without facts the points stay random and nobody uses them.
        config: settings; the same ones give the same points on one machine.
        progress: told after each epoch.
    """
    return fit_triples(read_triples(graph, links=config.links), config, progress)


def fit_triples(triples: Triples, config: KgEmbeddingConfig, progress: Progress) -> KgEmbedding:
    """The same from triples, for evaluations that hold some back."""
    model = _new_model(triples, config)
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    source = TripleBatches(triples, batch=config.batch, negatives=config.negatives, seed=config.seed)
    losses: list[float] = []
    started = time.monotonic()
    for epoch in range(1, config.epochs + 1 if len(triples) else 1):
        values: list[float] = []
        for batch in source.epoch():
            loss = _loss(model, batch, config)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            values.append(float(loss.detach()))
        losses.append(float(np.mean(values)))
        left = (time.monotonic() - started) / epoch * (config.epochs - epoch)
        message = f"{config.model}: epoch {epoch} of {config.epochs}, loss {losses[-1]:.3f}, {left:.0f} s left"
        progress(message, epoch / config.epochs)
    nodes = {node: triples.products + place for place, node in enumerate(triples.nodes)}
    relations = {name: number for number, name in enumerate(triples.relations)}
    return KgEmbedding(config, model.eval(), nodes, relations, tuple(losses))


def _new_model(triples: Triples, config: KgEmbeddingConfig) -> KgeModel:
    with warnings.catch_warnings():
        # It compiles parts of itself with torch.jit as it is imported; nobody here can do anything about that.
        warnings.simplefilter("ignore", DeprecationWarning)
        from torch_geometric.nn.kge import RotatE, TransE  # noqa: PLC0415 - see above
    # An embedding of no rows cannot be initialised, so there is at least one, unused.
    sizes = max(triples.entities, 1), max(len(triples.relations), 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if config.model == "TransE":
            return TransE(*sizes, config.width, p_norm=2.0)
        return RotatE(*sizes, config.width // 2)


def _loss(model: KgeModel, batch: TripleBatch, config: KgEmbeddingConfig) -> Tensor:
    """Cross-entropy of the true head among false ones plus that of the true tail, mean over the batch."""
    heads, slots = head_points(model, batch.head), slot_points(model, batch.relation, batch.tail)
    true = -config.sharpness * (heads - slots).norm(dim=1)
    by_head = torch.cdist(slots, head_points(model, batch.other_heads))
    by_tail = torch.cdist(heads, slot_points(model, batch.relation, batch.other_tails))
    loss = torch.zeros(len(true))
    for distance, false in ((by_head, batch.false_heads), (by_tail, batch.false_tails)):
        others = (-config.sharpness * distance).masked_fill(~false, -torch.inf)
        loss = loss + torch.cat([true[:, None], others], dim=1).logsumexp(dim=1) - true
    return loss.mean()
