"""Settings of the ranker: frozen, validated, written into the model card as they were used."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class NeighbourConfig(BaseModel):
    """How item-item weights are counted from histories (``ranker.neighbours``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    distance_power: float = Field(default=0.5, ge=0)
    """Two products d steps apart in one history count d ** -power."""
    backward: float = Field(default=0.5, ge=0, le=1)
    """Weight of the earlier product as a follower of the later one; 1 forgets the order."""
    shrink: float = Field(default=20.0, ge=0)
    """Added to the denominator: pairs seen a few times count little."""
    candidate_popularity: float = Field(default=0.6, ge=0, le=1)
    """Share of the popularity discount that falls on the candidate rather than on the earlier product."""
    kept: int = Field(default=64, ge=1)
    """Neighbours kept per product."""
    decay: float = Field(default=0.7, gt=0, lt=1)
    """Weight of a history product relative to the one after it, before training; learnt from there."""


ORDERED = NeighbourConfig()
SYMMETRIC = NeighbourConfig(distance_power=0, backward=1, shrink=10, candidate_popularity=0.5)
NEIGHBOUR_CHOICES = tuple(
    counting.model_copy(update={"decay": decay}) for counting in (ORDERED, SYMMETRIC) for decay in (0.7, 0.97)
)
"""What is tried on valid: does order matter in this shop, and how fast do tastes change?"""


class ModelConfig(BaseModel):
    """Which terms there are and how large the residual is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    links: bool = True
    """Use product links the shop states (bought together, also viewed...); without them the model is ``graph``."""
    collaborative: bool = True
    """Use item-item weights from histories."""
    paths: bool = True
    """Use nodes that history and candidate share."""
    residual: bool = True
    """Use the neural residual."""
    width: int = Field(default=64, ge=4)
    """Length of product and shopper vectors."""
    pooling: Literal["attention", "mean"] = "attention"
    """How a shopper's behaviours become one vector."""
    knowledge_width: int = Field(default=32, ge=0, multiple_of=2)
    """Length of the knowledge-graph embedding that the matching MLP also reads; 0 leaves it out."""
    hidden: int = Field(default=8, ge=1)
    """Hidden units of the matching MLP."""
    dropout: float = Field(default=0.3, ge=0, lt=1)
    """Share of vector entries dropped in training."""
    recency: float = Field(default=0.8, gt=0, le=1)
    """Weight of a history product for path terms, relative to the one after it."""
    history: int = Field(default=50, ge=1)
    """Only the last so many products of a history are read."""
    aggregated: int = Field(default=16, ge=0)
    """Co-interaction neighbours a product vector is built from."""
    text_weight: float = Field(default=20.0, ge=0)
    """Score units for cosine 1 between a need's words and a product's text; fixed, not learnt."""
    word_weight: float = Field(default=1.0, ge=0)
    """Score units per unit of BM25 between a need's words and a product's; fixed, not learnt."""


class TrainingConfig(BaseModel):
    """How the model is fitted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 0
    """Of everything random in training."""
    epochs: int = Field(default=20, ge=0)
    """At most so many; early stopping usually ends sooner."""
    patience: int = Field(default=2, ge=1)
    """Epochs without a better valid NDCG@10 before stopping."""
    least_gain: float = Field(default=0.003, ge=0)
    """Relative gain in valid NDCG@10 that counts as better for ``patience``; the best epoch is kept in any case."""
    refit: float = Field(default=0.34, ge=0, le=1)
    """Epochs on all interactions, after those on train, as a share of the latter."""
    examples: int = Field(default=20_000, ge=1)
    """Prefixes drawn per epoch, each with the product that followed."""
    batch: int = Field(default=256, ge=1)
    """Prefixes per step, of like length."""
    columns: int = Field(default=1024, ge=2)
    """Products in the softmax per step besides the targets; all of them if the shop has no more."""
    learning_rate: float = Field(default=3e-3, gt=0)
    """Of the residual (AdamW)."""
    gate_learning_rate: float = Field(default=2e-2, gt=0)
    """Of the gates of the named terms, which are few."""
    weight_decay: float = Field(default=1e-2, ge=0)
    """Of the residual only."""
    residual_penalty: float = Field(default=0.02, ge=0)
    """Of the residual's mean square over a step's products: what named terms can say, they shall say."""
    stated_needs: float = Field(default=0.3, ge=0, le=1)
    """Share of examples that carry simulated needs: attributes of the target, some of them wrong."""
    wrong_needs: float = Field(default=0.15, ge=0, le=1)
    """Share of simulated needs the target does not meet, so that a need is weighed and not obeyed blindly."""
    valid_shoppers: int = Field(default=3000, ge=1)
    """Shoppers that early stopping looks at."""


class RankerConfig(BaseModel):
    """Everything needed to train the graph ranker again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str | None = "all-MiniLM-L6-v2"
    """Text encoder (see ``text_features``); None switches text off."""
    neighbours: NeighbourConfig | None = None
    """Item-item weights; None chooses among ``NEIGHBOUR_CHOICES`` on valid."""
    model: ModelConfig = ModelConfig()
    """Terms and residual."""
    training: TrainingConfig = TrainingConfig()
    """Optimisation."""

    @property
    def name(self) -> str:
        """``graph+links`` or ``graph``: how tables call this model."""
        return "graph+links" if self.model.links else "graph"
