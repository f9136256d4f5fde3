"""Plays eighteen months of shopping: interactions drawn from the hidden tastes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from kg_tools.demo_shop.tastes import Tastes

FEWEST = 5
"""Interactions of the least active shopper."""
_START = datetime(2025, 3, 1, tzinfo=UTC)
_DAYS = 549  # eighteen months
_MEDIAN_EXTRA = 9.0  # beyond FEWEST, before scaling to the wanted total
_SKEW = 1.0
_HOURS = np.array([1, 1, 0, 0, 0, 1, 2, 4, 5, 5, 5, 6, 7, 6, 5, 5, 6, 7, 9, 11, 12, 11, 7, 3], dtype=float)


@dataclass(frozen=True, slots=True)
class Purchases:
    """Interactions ordered by time; columns of equal length L.

    Attributes:
        shopper: position in ``Tastes.shopper_ids``, shape (L,).
        product: position in ``Tastes.product_ids``, shape (L,).
        seconds: since the epoch, UTC, distinct within a shopper, shape (L,).
    """

    shopper: NDArray[np.int64]
    product: NDArray[np.int64]
    seconds: NDArray[np.int64]


def go_shopping(tastes: Tastes, total: int, seed: int) -> Purchases:
    """Draw exactly ``total`` interactions.

    Each shopper draws without repetition from softmax(logits); after every draw the logits of products
    linked to the drawn one rise, and those of its other colours fall (``Tastes.after_purchase``).

    Raises:
        ValueError: fewer than five interactions a shopper, or more than a quarter of the catalogue each.
    """
    shoppers, products = len(tastes.shopper_ids), len(tastes.product_ids)
    most = products // 4
    if not FEWEST * shoppers <= total <= most * shoppers:
        raise ValueError(
            f"{shoppers} shoppers and {products} products need between {FEWEST * shoppers} and "
            f"{most * shoppers} interactions, {total} were asked for."
        )
    rng = np.random.default_rng([seed, 5])
    counts = _counts(shoppers, total, most, rng)
    bought = _draw(tastes, counts, rng)
    shopper = np.repeat(np.arange(shoppers), counts)
    seconds = np.concatenate([_times(int(count), rng) for count in counts])
    product = np.concatenate([bought[row, :count] for row, count in enumerate(counts)])
    order = np.lexsort((shopper, seconds))
    return Purchases(shopper[order], product[order], seconds[order])


def _counts(shoppers: int, total: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Interactions per shopper: five plus a log-normal extra, scaled to the total."""
    if total == FEWEST * shoppers:
        return np.full(shoppers, FEWEST, dtype=np.int64)
    extra = _MEDIAN_EXTRA * rng.lognormal(0.0, _SKEW, shoppers)
    room = most - FEWEST
    for _ in range(50):  # scaling after capping converges quickly; the loop below settles the rest
        extra = np.minimum(extra * (total - FEWEST * shoppers) / extra.sum(), room)
    counts = FEWEST + np.floor(extra).astype(np.int64)
    missing = total - int(counts.sum())
    while missing > 0:
        open_rows = np.flatnonzero(counts < most)
        chosen = rng.permutation(open_rows)[:missing]
        counts[chosen] += 1
        missing -= len(chosen)
    return counts


def _draw(tastes: Tastes, counts: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions of the drawn products, shape (S, max count); row s is filled up to counts[s]."""
    logits = tastes.logits(np.arange(len(counts)))
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    boosts = tastes.after_purchase
    factors = np.exp(boosts.data)
    bought = np.zeros((len(counts), int(counts.max())), dtype=np.int64)
    for step in range(bought.shape[1]):
        rows = np.flatnonzero(counts > step)
        heaps = np.cumsum(weights[rows], axis=1)
        marks = rng.random(len(rows)) * heaps[:, -1]
        chosen = np.minimum((heaps <= marks[:, None]).sum(axis=1), heaps.shape[1] - 1)
        bought[rows, step] = chosen
        weights[rows, chosen] = 0.0
        for row, product in zip(rows, chosen, strict=True):
            span = slice(boosts.indptr[product], boosts.indptr[product + 1])
            weights[row, boosts.indices[span]] *= factors[span]
    return bought


def _times(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Ascending, distinct times: days spread from when the shopper joined, hours as people shop."""
    joined = 0.7 * rng.random()
    days = np.floor(_DAYS * (joined + (1 - joined) * rng.random(count)))
    hours = rng.choice(24, size=count, p=_HOURS / _HOURS.sum())
    seconds = np.sort(days * 86400 + hours * 3600 + rng.integers(0, 3600, count)).astype(np.int64)
    for place in range(1, count):
        seconds[place] = max(seconds[place], seconds[place - 1] + 60)
    return seconds + int(_START.timestamp())


def iso_time(seconds: int) -> str:
    """``2025-03-14T18:22:05Z``."""
    return (datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
