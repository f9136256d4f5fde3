"""How much the parts of the score count when serving, chosen on valid.

The loss fits probabilities over all products; ranking the top ones well wants less popularity and more of what is
tied to the shopper. And a score is to be explained: the residual network may carry so much of it and no more.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ranker.histories import Histories
from ranker.metrics import metrics_of_ranks, ranks
from ranker.model import GraphModel
from ranker.terms import BatchBuilder

SCORING_BATCH = 256
"""Requests scored at a time, so that memory stays small."""
POPULARITY_SHARES = (0.05, 0.1, 0.2, 0.4, 1.0)
COLLABORATIVE_SHARES = (1.0, 2.0, 4.0)
RESIDUAL_SHARES = (0.0, 0.2, 0.35, 0.5, 0.7, 1.0)
COUPLING_SHARES = (1.0, 2.0)


class Shares(NamedTuple):
    """How much of what the loss gave to four parts of the score counts when serving (1 while training).

    The loss fits probabilities over all products; ranking the top ones well wants less popularity and more
    collaboration. Chosen on valid from a small grid.
    """

    popularity: float
    collaborative: float
    residual: float
    coupling: float


LEAST_NAMED = 0.62
"""Named terms must carry at least so much of the variance of a request's scores; a residual that takes more is shared
out until they do. The scores of a shop are to be explained, also where that costs a little of their quality."""
UNTUNED_SHARES = Shares(0.2, 1.0, 0.5, 1.0)
"""For shops too small for a validation."""


@dataclass(frozen=True, slots=True)
class Validation:
    """Shoppers that early stopping looks at: what they had met, and what they met next.

    Attributes:
        histories: B rows.
        target: int64 (B,).
    """

    histories: Histories
    target: NDArray[np.int64]


def choose_shares(
    model: GraphModel, vectors: Tensor, builder: BatchBuilder, validation: Validation, near: Shares
) -> float:
    """Sets the shares that rank a validation best, and returns its NDCG@10.

    Products that a shopper had met are left out of the ranking. One pass scores all that are tried.

    Args:
        model: in evaluation mode.
        vectors: (P, width), its product vectors.
        builder: makes its batches.
        validation: what to rank.
        near: these and those that differ from them in one part are tried: a step of coordinate descent, epoch by epoch.
    """
    set_shares(model, Shares(1.0, 1.0, 1.0, 1.0))
    gates = {name: gate.detach() for name, gate in model.terms.gates().items()}
    popularity = (gates["popularity"] * model.terms.log_shoppers).numpy()
    found: dict[Shares, list[NDArray[np.float64]]] = {shares: [] for shares in _combinations(model, near)}
    carried: dict[Shares, float] = {}
    for start in range(0, len(validation.target), SCORING_BATCH):
        histories = validation.histories.take(range(start, min(start + SCORING_BATCH, len(validation.target))))
        with torch.inference_mode():
            batch = builder.build(histories.latest_first(model.config.history))
            met = model.terms.from_neighbours(batch.history, gates).numpy()
            coupled = model.terms.from_couplings(batch.history, gates).numpy()
            others = model.terms(batch).numpy() - popularity - met - coupled
            residual = model.residual(batch, vectors).numpy() if model.config.residual else np.zeros((), np.float32)
        others[histories.matrix().nonzero()] = -np.inf
        if not start and model.config.residual:
            carried = {
                one: _named_share(
                    others + one.popularity * popularity + one.collaborative * met + one.coupling * coupled,
                    one.residual * residual,
                )
                for one in found
            }
        for shares, values in found.items():
            scores = others + shares.popularity * popularity + shares.collaborative * met
            scores += shares.residual * residual + shares.coupling * coupled
            rank = ranks(scores, validation.target[start:][:SCORING_BATCH])
            values.append(metrics_of_ranks(rank)["ndcg@10"])
    means = {shares: float(np.concatenate(values).mean()) for shares, values in found.items()}
    enough = {shares for shares in found if shares.residual == 0 or carried.get(shares, 1.0) >= LEAST_NAMED}
    # Without one step to where they carry enough, the step with the smallest residual leads there.
    best = max(enough or [min(means, key=lambda shares: shares.residual)], key=lambda shares: means[shares])
    set_shares(model, best)
    return means[best]


def _named_share(named: NDArray[np.floating], residual: NDArray[np.floating]) -> float:
    """Mean over requests of the share of the score's variance over candidates that is not the residual's, 0..1.

    The smaller of cov(named, score) / var(score) and 1 - var(residual) / var(score). Candidates that are left out of
    the ranking are -inf in ``named``.
    """
    known = np.isfinite(named)
    values: list[float] = []
    for row, ours, rest in zip(known, named, residual, strict=True):
        part, score = ours[row], ours[row] + rest[row]
        variance = float(score.var())
        if variance > 0:
            covariance = float(np.mean((part - part.mean()) * (score - score.mean())))
            values.append(min(covariance, variance - float(rest[row].var())) / variance)
    return float(np.mean(values)) if values else 1.0


def _combinations(model: GraphModel, near: Shares) -> list[Shares]:
    every = [
        Shares(popularity, collaborative, residual, coupling)
        for popularity in POPULARITY_SHARES
        for collaborative in (COLLABORATIVE_SHARES if model.config.collaborative else (1.0,))
        for residual in (RESIDUAL_SHARES if model.config.residual else (1.0,))
        for coupling in (COUPLING_SHARES if model.couplings else (1.0,))
    ]
    return [shares for shares in every if sum(one != other for one, other in zip(shares, near, strict=True)) <= 1]


def set_shares(model: GraphModel, shares: Shares) -> None:
    """Fixes the shares for serving."""
    model.terms.popularity_share.fill_(shares.popularity)
    model.terms.collaborative_share.fill_(shares.collaborative)
    model.terms.coupling_share.fill_(shares.coupling)
    model.residual_share.fill_(shares.residual)


def shares_of(model: GraphModel) -> Shares:
    """The shares a model serves with, to the digits of the grid."""
    terms = model.terms
    parts = (terms.popularity_share, terms.collaborative_share, model.residual_share, terms.coupling_share)
    return Shares(*(round(float(share), 4) for share in parts))
