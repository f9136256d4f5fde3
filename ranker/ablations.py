"""The graph model less one of its parts, each measured like the model itself.

An ablation is named ``graph/PART``: the model without product links, trained anew without that part.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ranker.config import RankerConfig
from ranker.graph_data import GraphData
from ranker.sparse import Csr, csr_matrix


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a graph model is fitted with.

    Attributes:
        graph: the catalogue's graph.
        text: float32 (P, T).
        config: all settings.
        own_knowledge: the knowledge-graph embedding of the shop does not fit this graph or width.
        knowledge: float32 (M, knowledge width), embedding of each slot; empty until it is learnt.
    """

    graph: GraphData
    text: NDArray[np.float32]
    config: RankerConfig
    own_knowledge: bool = False
    knowledge: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))


def without_graph(inputs: Inputs) -> Inputs:
    """No attribute of any product is known."""
    graph = inputs.graph
    empty = csr_matrix((graph.products, 0), dtype=np.float32)
    bare = replace(
        graph.without_links(),
        relations=(),
        slots=(),
        slot_relation=np.zeros(0, np.int64),
        incidence=empty,
        rarity=np.zeros(0, np.float32),
    )
    return replace(inputs, graph=bare, own_knowledge=True)


def with_shuffled_graph(inputs: Inputs) -> Inputs:
    """Attributes are dealt out anew: each product has as many of a relation as before, each node as many products."""
    graph = inputs.graph
    random = np.random.default_rng(inputs.config.training.seed)
    incidence = shuffled_ends(graph.incidence, graph.slot_relation, random)
    return replace(inputs, graph=replace(graph, incidence=incidence), own_knowledge=True)


def shuffled_ends(incidence: Csr, slot_relation: NDArray[np.int64], random: np.random.Generator) -> Csr:
    """The incidence with the slot ends of its edges permuted within each relation; shape (P, M).

    An edge that comes to stand twice counts once, so a few degrees are lower than before.
    """
    edges = incidence.tocoo()
    columns = edges.col.copy()
    for relation in np.unique(slot_relation):
        own = np.flatnonzero(slot_relation[edges.col] == relation)
        columns[own] = edges.col[random.permutation(own)]
    dealt = csr_matrix((edges.data, (edges.row, columns)), shape=edges.shape)
    dealt.sum_duplicates()
    dealt.data = np.minimum(dealt.data, 1).astype(np.float32)
    return dealt


def without_text(inputs: Inputs) -> Inputs:
    """Titles and descriptions are not read."""
    return replace(inputs, text=np.zeros((inputs.graph.products, 0), np.float32))


def _model(**settings: object) -> Callable[[Inputs], Inputs]:
    def change(inputs: Inputs) -> Inputs:
        model = inputs.config.model.model_copy(update=settings)
        config = inputs.config.model_copy(update={"model": model})
        own = model.knowledge_width != inputs.config.model.knowledge_width
        return replace(inputs, config=config, own_knowledge=own)

    return change


def without_needs(inputs: Inputs) -> Inputs:
    """No example of training says anything."""
    training = inputs.config.training.model_copy(update={"stated_needs": 0.0})
    return replace(inputs, config=inputs.config.model_copy(update={"training": training}))


ABLATIONS: dict[str, Callable[[Inputs], Inputs]] = {
    "graph/no-graph": without_graph,
    "graph/shuffled-graph": with_shuffled_graph,
    "graph/no-text": without_text,
    "graph/mean-pooling": _model(pooling="mean"),
    "graph/no-knowledge": _model(knowledge_width=0),
    "graph/no-residual": _model(residual=False),
    "graph/no-needs": without_needs,
}
"""Name -> what is changed."""
