"""SASRec: self-attention over the history in order (Kang & McAuley, ICDM 2018), with a softmax over all products.

The published loss, one sampled negative per position, leaves nearly half of the quality on Beauty unused: the full
softmax is what makes this a strong baseline (Klenitskiy & Vasilev, RecSys 2023; Petrov & Macdonald, RecSys 2023).

Nothing is padded. The sequences of a step lie end to end, sorted by length; layers that look at one position at a
time see them as one long list, and attention takes all sequences of exactly the same length together. Every
position has a next product to predict, so logits are computed for real positions only, in bfloat16 where the CPU
multiplies it faster.
"""

import math
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ranker.baselines.neural import NeuralBaseline, ragged
from ranker.histories import Histories

LARGEST_FULL_SOFTMAX = 30_000
"""Products; above, the softmax is over a uniform sample."""
POSITIONS_AT_ONCE = 256
"""Rows of logits in memory at a time: P columns of them stay within a processor's cache."""


class SasRec(NeuralBaseline["SequenceEncoder"]):
    """score(c) = h . e_c, h the hidden state at the last product of the history, e the product embeddings.

    An empty history scores 0 for every product.

    Args:
        width: length of embeddings and hidden states.
        layers: self-attention blocks.
        heads: of each block's attention; divides ``width``.
        dropout: share of entries dropped in training.
        limit: only the last so many products of a history are read.
        columns: products sampled for the softmax of a step in a shop too large for all of them.
        epochs, batch, learning_rate, weight_decay, seed, longest_epoch: as ``NeuralBaseline``; an example is a shopper.
    """

    name: ClassVar[str] = "sasrec"

    def __init__(
        self,
        *,
        width: int = 64,
        layers: int = 2,
        heads: int = 2,
        dropout: float = 0.5,
        limit: int = 30,
        columns: int = 4096,
        epochs: int = 100,
        batch: int = 256,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-2,
        seed: int = 0,
        longest_epoch: int = 50_000,
    ) -> None:
        super().__init__(
            epochs=epochs,
            batch=batch,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            seed=seed,
            longest_epoch=longest_epoch,
        )
        self._width, self._layers, self._heads, self._dropout = width, layers, heads, dropout
        self._limit, self._columns = limit, columns
        self._precision = torch.bfloat16 if fast_bfloat16() else torch.float32

    def _prepare(self, histories: Histories) -> int:
        self.net = SequenceEncoder(
            histories.products,
            self._width,
            layers=self._layers,
            heads=self._heads,
            dropout=self._dropout,
            limit=self._limit,
        )
        self._items = torch.from_numpy(histories.items)
        lengths = torch.from_numpy(histories.lengths)
        usable = lengths >= 2
        self._inputs = (lengths[usable] - 1).clamp(max=self._limit)
        self._first = torch.from_numpy(histories.starts)[1:][usable] - 1 - self._inputs
        return len(self._inputs)

    def _loss(self, examples: Tensor) -> Tensor:
        """Cross-entropy of the next product, mean over positions."""
        examples = examples[self._inputs[examples].argsort(stable=True)]
        lengths = self._inputs[examples]
        places = ragged(self._first[examples], lengths)
        hidden = self.net(self._items[places], lengths)
        target = self._items[places + 1]
        if self._products > LARGEST_FULL_SOFTMAX:
            return self._sampled_softmax(hidden, target)
        chunked = nn.LinearCrossEntropyOptions(batch_chunk_size=POSITIONS_AT_ONCE, acc_dtype=self._precision)
        weight = self.net.product.weight.to(self._precision)
        return functional.linear_cross_entropy(hidden.to(self._precision), weight, target, options=chunked)

    def _sampled_softmax(self, hidden: Tensor, target: Tensor) -> Tensor:
        """Over the target and a uniform sample without it, the sampling corrected (Bengio & Senécal, 2008)."""
        sample = torch.randperm(self._products)[: self._columns]
        weight = self.net.product.weight
        own = (hidden * weight[target]).sum(dim=1)
        others = (hidden.to(self._precision) @ weight[sample].to(self._precision).T).float()
        others = others + math.log(self._products / len(sample))
        others = others.masked_fill(sample == target[:, None], -torch.inf)
        return (torch.cat([own[:, None], others], dim=1).logsumexp(dim=1) - own).mean()

    @property
    def _products(self) -> int:
        return self.net.product.num_embeddings

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """B rows -> (B, P)."""
        lengths = torch.from_numpy(histories.lengths).clamp(max=self._limit)
        order = lengths.argsort(stable=True)
        order = order[lengths[order] > 0]
        found = torch.zeros(len(histories), self._products)
        if len(order):
            lengths = lengths[order]
            places = ragged(torch.from_numpy(histories.starts)[1:][order] - lengths, lengths)
            with torch.inference_mode():
                hidden = self.net(torch.from_numpy(histories.items)[places], lengths)
                found[order] = hidden[lengths.cumsum(0) - 1] @ self.net.product.weight.T
        return found.numpy()


class SequenceEncoder(nn.Module):
    """Products of a sequence -> a hidden state per place that knows what stands before it, and nothing after.

    Args:
        products: P.
        width: of the hidden states.
        layers: blocks.
        heads: per block.
        dropout: share dropped in training.
        limit: longest sequence.
    """

    def __init__(self, products: int, width: int, *, layers: int, heads: int, dropout: float, limit: int) -> None:
        super().__init__()
        self.product = nn.Embedding(products, width)
        self.place = nn.Embedding(limit, width)
        for embedding in (self.product, self.place):
            nn.init.normal_(embedding.weight, std=0.02)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList([_Block(width, heads, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)

    def forward(self, items: Tensor, lengths: Tensor) -> Tensor:
        """Sequences laid end to end.

        Args:
            items: int64 (N,), product indices, each sequence oldest first.
            lengths: int64 (B,), of the sequences, rising, 1..limit.

        Returns:
            float32 (N, width).
        """
        # Places count from the end, so that the last product always has the same one.
        place = self.place.num_embeddings - lengths
        hidden = self.product(items) * math.sqrt(self.product.embedding_dim) + self.place(ragged(place, lengths))
        hidden = self.dropout(hidden)
        values, counts = torch.unique_consecutive(lengths, return_counts=True)
        runs = list(zip(counts.tolist(), values.tolist(), strict=True))
        for block in self.blocks:
            hidden = block(hidden, runs)
        return self.norm(hidden)


class _Block(nn.Module):
    """Causal self-attention and a two-layer network, each with a residual and normalised before."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropped = heads, dropout
        self.attention_norm, self.network_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project, self.merge = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.network = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, width), nn.Dropout(dropout)
        )

    def forward(self, hidden: Tensor, runs: list[tuple[int, int]]) -> Tensor:
        """One block.

        Args:
            hidden: (N, width).
            runs: how many sequences of which length follow each other in ``hidden``.
        """
        projected = self.project(self.attention_norm(hidden))
        parts = projected.split([count * length for count, length in runs])
        seen = [self._attend(part, *run) for part, run in zip(parts, runs, strict=True)]
        hidden = hidden + functional.dropout(self.merge(torch.cat(seen)), self.dropped, self.training)
        return hidden + self.network(self.network_norm(hidden))

    def _attend(self, projected: Tensor, count: int, length: int) -> Tensor:
        shape = (count, length, 3, self.heads, -1)
        query, key, value = projected.view(shape).permute(2, 0, 3, 1, 4)
        dropped = self.dropped if self.training else 0.0
        seen = functional.scaled_dot_product_attention(query, key, value, dropout_p=dropped, is_causal=True)
        return seen.transpose(1, 2).reshape(count * length, -1)


def fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 matrices in hardware."""
    known = torch.cpu.get_capabilities()
    return bool(known.get("amx_bf16") or known.get("avx512_bf16"))
