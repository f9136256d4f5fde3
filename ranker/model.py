"""The score: named terms plus a neural residual that starts at zero.

    score(s, c) = terms(s, c)  +  residual(s, c)
    residual    = s . (O v_c + O_k k_c)  +  u . relu(W_s s + W_c v_c + W_k k_c + W_x (s * v_c) + b)

with s the shopper vector, v_c the product vector, k_c the product's knowledge vector (the mean over its facts of their
knowledge-graph embedding, ``ranker.kg_embedding``), * entry by entry. O, O_k and u start at zero, so before training
the model is its named terms (the form of NeuMF, He et al., WWW 2017, as a residual in the manner of He et al., 2016).
v_c and k_c are kept side by side as one vector.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ranker.config import ModelConfig
from ranker.coupling import Coupling, couple_links
from ranker.graph_data import GraphData
from ranker.kg_embedding import knowledge_vectors
from ranker.neighbours import Neighbours
from ranker.product_encoder import MessageGraph, ProductEncoder
from ranker.shopper_encoder import ShopperEncoder
from ranker.terms import AdditiveTerms, RequestBatch


class Matching(nn.Module):
    """The residual of B shoppers against C products, shape (B, C).

    Args:
        width: length of shopper and product vectors.
        knowledge: length of knowledge vectors.
        hidden: units of the MLP.
    """

    def __init__(self, width: int, knowledge: int, hidden: int) -> None:
        super().__init__()
        self.direct = nn.Parameter(torch.zeros(width + knowledge, width))
        self.from_shopper = nn.Linear(width, hidden)
        self.from_product = nn.Linear(width + knowledge, hidden, bias=False)
        self.from_both = nn.Parameter(torch.randn(hidden, width) / width)
        self.out = nn.Parameter(torch.zeros(hidden))

    def forward(self, shoppers: Tensor, products: Tensor) -> Tensor:
        """(B, width), (C, width + knowledge) -> (B, C)."""
        # W_x diag(s) v + W_c v: one matrix per shopper, so the products of entries are never laid out.
        both = nn.functional.pad(shoppers[:, None, :] * self.from_both, (0, products.shape[1] - shoppers.shape[1]))
        folded = both + self.from_product.weight
        count, hidden, width = folded.shape
        units = (folded.reshape(-1, width) @ products.T).view(count, hidden, -1)
        units = torch.relu(units + self.from_shopper(shoppers)[..., None])
        return shoppers @ self.direct.T @ products.T + torch.einsum("h,bhc->bc", self.out, units)


class GraphModel(nn.Module):
    """Named terms and residual of one catalogue.

    When serving, the residual counts with a share chosen on valid (``residual_share``): less than the loss gave it,
    because the loss was taken on the interactions it was fitted to.

    Args:
        graph: the catalogue's graph.
        neighbours: item-item weights.
        messages: what product vectors are made from.
        config: sizes and switches.
        decay: of the collaborative term, before training.
        couplings: link relation -> pairs coupled by it; counted from the graph where None.
    """

    residual_share: Tensor
    slot_knowledge: Tensor

    def __init__(
        self,
        graph: GraphData,
        neighbours: Neighbours,
        messages: MessageGraph,
        config: ModelConfig,
        *,
        decay: float = 0.7,
        couplings: Mapping[str, Coupling] | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.messages = messages
        self.couplings = couple_links(graph) if couplings is None else couplings
        self.terms = AdditiveTerms(
            graph, neighbours, config, couplings=self.couplings, text=messages.text_vectors, decay=decay
        )
        self.product_encoder = ProductEncoder(messages, len(graph.slots), config.width, config.dropout)
        self.shopper_encoder = ShopperEncoder(config.width, config.history, config.dropout, config.pooling)
        self.matching = Matching(config.width, config.knowledge_width, config.hidden)
        self.register_buffer("slot_knowledge", torch.zeros(len(graph.slots), config.knowledge_width))
        self.register_buffer("residual_share", torch.ones(1))

    def product_vectors(self) -> Tensor:
        """Product vectors with knowledge vectors beside them, shape (P, width + knowledge)."""
        return self.vectors_of(self.messages)

    def vectors_of(self, messages: MessageGraph) -> Tensor:
        """The same for the products of any message graph with this model's slots."""
        return torch.cat(
            [self.product_encoder(messages), knowledge_vectors(messages.facts, self.slot_knowledge)], dim=1
        )

    def residual(self, batch: RequestBatch, vectors: Tensor, columns: Tensor | None = None) -> Tensor:
        """The residual alone, shape (B, P) or (B, C)."""
        shoppers = self.shopper_encoder(
            vectors[:, : self.config.width], batch.history, self.product_encoder.nodes, batch.needs, batch.signs.sign()
        )
        values = self.matching(shoppers, vectors if columns is None else vectors[columns])
        return values if self.training else values * self.residual_share

    def forward(self, batch: RequestBatch, vectors: Tensor, columns: Tensor | None = None) -> Tensor:
        """Scores, shape (B, P), or (B, C) for the products of ``columns``.

        Args:
            batch: B requests.
            vectors: (P, width + knowledge), from ``product_vectors``.
            columns: int64 (C,), product indices; None for all.
        """
        named, residual = self.parts(batch, vectors, columns)
        return named + residual

    def parts(self, batch: RequestBatch, vectors: Tensor, columns: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The score as the sum of its named terms and its residual (zero where that is switched off)."""
        named = self.terms(batch, columns)
        return named, self.residual(batch, vectors, columns) if self.config.residual else torch.zeros(())
