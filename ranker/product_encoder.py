"""Product vectors by relation-aware message passing over text, attributes and neighbours.

    h_p = LayerNorm( W_text [text_p, price_p] + sum over relations r of W_r mean of p's node embeddings under r )
    v_p = LayerNorm( gelu(h_p) + sum over product relations l of W_l mean of gelu(h_q) over p's neighbours q under l )

The form is R-GCN's (Schlichtkrull et al., ESWC 2018) with one layer from nodes to products and one between
products. There is no embedding per product, so a product that was not there in training gets its vector from its
text and facts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ranker.graph_data import GraphData
from ranker.neighbours import Neighbours
from ranker.propagation import SparseMatrix, mean_of_neighbours


@dataclass(frozen=True, slots=True)
class MessageGraph:
    """What messages flow along.

    Attributes:
        text_vectors: float32, shape (P, T), unit-length text vectors; T may be 0.
        text: shape (P, T + F), the same followed by what numbers say (``GraphData.numbers``).
        attributes: relation -> row-normalised incidence, shape (P, M).
        products: product relation -> row-normalised matrix, shape (P, P).
        facts: confidences over all slots, shape (P, M).
    """

    text_vectors: Tensor
    text: Tensor
    attributes: Mapping[str, SparseMatrix]
    products: Mapping[str, SparseMatrix]
    facts: SparseMatrix


def build_message_graph(graph: GraphData, text: Tensor, neighbours: Neighbours, aggregated: int) -> MessageGraph:
    """Message graph of a catalogue; ``aggregated`` strongest co-interaction neighbours send messages."""
    attributes: dict[str, SparseMatrix] = {}
    for number, relation in enumerate(graph.relations):
        chosen = graph.incidence.multiply((graph.slot_relation == number)[None, :].astype(np.float32)).tocsr()
        chosen.eliminate_zeros()
        attributes[relation] = SparseMatrix(mean_of_neighbours(chosen))
    products: dict[str, SparseMatrix] = {}
    met = neighbours.matrix(aggregated)
    if met.nnz:
        products["met"] = SparseMatrix(mean_of_neighbours(met))
    read = torch.cat([text, torch.from_numpy(graph.numbers)], dim=1)
    facts = SparseMatrix(graph.incidence, differentiable=False)
    return MessageGraph(text_vectors=text, text=read, attributes=attributes, products=products, facts=facts)


class ProductEncoder(nn.Module):
    """Text and graph -> product vectors, shape (P, width).

    Args:
        graph: the message graph, for its sizes and relation names.
        slots: M.
        width: length of a vector.
        dropout: share of entries dropped in training.
    """

    def __init__(self, graph: MessageGraph, slots: int, width: int, dropout: float) -> None:
        super().__init__()
        self.text = nn.Linear(graph.text.shape[1], width) if graph.text.shape[1] else None
        self.nodes = nn.Parameter(torch.randn(slots, width) * 0.1)
        self.attribute_names = tuple(graph.attributes)
        self.product_names = tuple(graph.products)
        self.from_attributes = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in self.attribute_names)
        self.from_products = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in self.product_names)
        self.first_norm = nn.LayerNorm(width)
        self.last_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, graph: MessageGraph) -> Tensor:
        """Vectors of all products, shape (P, width)."""
        own = torch.zeros(graph.text.shape[0], self.nodes.shape[1])
        if self.text is not None:
            own = own + self.text(graph.text)
        for name, weight in zip(self.attribute_names, self.from_attributes, strict=True):
            own = own + (graph.attributes[name] @ weight(self.nodes))
        own = self.dropout(nn.functional.gelu(self.first_norm(own)))
        received = own
        for name, weight in zip(self.product_names, self.from_products, strict=True):
            received = received + (graph.products[name] @ weight(own))
        return self.last_norm(received)
