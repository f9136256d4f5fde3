"""Shopper vectors: attention pooling over behaviour and stated needs. No parameter belongs to one shopper.

    token_i = v_(product i) + age_i          (age 0 = the last product met)
    token_n = embedding of a needed node + stated, or - stated for an avoided one
    s       = LayerNorm( token_0 + sum over tokens of softmax(q(token_0) . k(token) / sqrt(width)) value(token) )

Only the last product asks, as in the last layer of SASRec (Kang & McAuley, ICDM 2018); a stranger without history
asks with a learnt vector.
"""

import math
from typing import Literal

import torch
from torch import Tensor, nn


class ShopperEncoder(nn.Module):
    """Histories and needs -> shopper vectors, shape (B, width).

    Args:
        width: length of a vector.
        longest: ages told apart; older products share the last one.
        dropout: share of entries dropped in training.
        pooling: "mean" weighs all tokens alike, for comparison.
    """

    def __init__(
        self, width: int, longest: int, dropout: float, pooling: Literal["attention", "mean"] = "attention"
    ) -> None:
        super().__init__()
        self._pooling = pooling
        self.age = nn.Parameter(torch.randn(longest, width) * 0.1)
        self.stranger = nn.Parameter(torch.randn(width) * 0.1)
        self.stated = nn.Parameter(torch.randn(width) * 0.1)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.mix = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Dropout(dropout))
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, products: Tensor, history: Tensor, nodes: Tensor, needs: Tensor, signs: Tensor) -> Tensor:
        """Pools what is known of each shopper.

        Args:
            products: (P, width), product vectors.
            history: int64 (B, L), latest first, -1 fills up.
            nodes: (M, width), embeddings of slots.
            needs: int64 (B, N), slots, -1 fills up.
            signs: float32 (B, N), 1 wanted, -1 avoided.
        """
        ages = torch.arange(history.shape[1]).clamp(max=self.age.shape[0] - 1)
        known = history >= 0
        met = torch.where(known[..., None], products[history.clamp(min=0)], self.stranger) + self.age[ages]
        said = signs[..., None] * (nodes[needs.clamp(min=0)] + self.stated) if len(nodes) else met[:, :0]
        tokens = self.dropout(torch.cat([met, said], dim=1))
        present = torch.cat([known, needs >= 0], dim=1) if len(nodes) else known.clone()
        present[:, 0] = True
        asking = tokens[:, 0]
        weight = torch.einsum("bd,btd->bt", self.query(asking), self.key(tokens)) / math.sqrt(tokens.shape[2])
        weight = torch.zeros_like(weight) if self._pooling == "mean" else weight
        weight = weight.masked_fill(~present, -torch.inf).softmax(dim=1)
        pooled = asking + torch.einsum("bt,btd->bd", weight, self.value(tokens))
        return self.norm(pooled + self.mix(pooled))
