"""Behaviour as ragged rows: which products each shopper met, oldest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg_tools.products import Interactions
from ranker.sparse import Csr, csr_matrix

TRAIN, VALID, TEST = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Histories:
    """B sequences of product indices, laid end to end.

    Attributes:
        items: int64, shape (L,), product indices, each row oldest first.
        starts: int64, shape (B + 1,), row b is ``items[starts[b]:starts[b + 1]]``.
        products: P, number of products in the catalogue.
    """

    items: NDArray[np.int64]
    starts: NDArray[np.int64]
    products: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Shape (B,)."""
        return np.diff(self.starts)

    def row(self, number: int) -> NDArray[np.int64]:
        """One sequence."""
        return self.items[self.starts[number] : self.starts[number + 1]]

    def take(self, rows: Iterable[int] | NDArray[np.int64]) -> "Histories":
        """Some rows, in the order given."""
        return from_sequences([self.row(int(number)) for number in rows], self.products)

    def latest_first(self, limit: int) -> NDArray[np.int64]:
        """Padded, shape (B, min(limit, longest)): column 0 is the last product met, -1 fills up.

        A product met more than once stands where it was met last; its older places hold -1.
        """
        lengths = np.minimum(self.lengths, limit)
        columns = np.arange(max(int(lengths.max(initial=0)), 1))
        places = self.starts[1:, None] - 1 - columns[None, :]
        padded = self.items[np.maximum(places, 0)] if len(self.items) else np.zeros_like(places)
        return without_repeats(np.where(columns[None, :] < lengths[:, None], padded, -1))

    def matrix(self) -> Csr:
        """Who met what, shape (B, P), float32 of 0 and 1."""
        ones = np.ones(len(self.items), np.float32)
        matrix = csr_matrix((ones, self.items, self.starts), shape=(len(self), self.products))
        matrix.sum_duplicates()
        matrix.data[:] = 1
        return matrix


def without_repeats(padded: NDArray[np.int64]) -> NDArray[np.int64]:
    """Keeps the leftmost place of every product in a row, shape (B, L); the others become -1."""
    order = np.argsort(padded, axis=1, kind="stable")
    ordered = np.take_along_axis(padded, order, axis=1)
    repeated = np.zeros_like(padded, dtype=bool)
    np.put_along_axis(repeated, order[:, 1:], ordered[:, 1:] == ordered[:, :-1], axis=1)
    return np.where(repeated, -1, padded)


def from_sequences(sequences: Sequence[Sequence[int] | NDArray[np.int64]], products: int) -> Histories:
    """Histories from lists of product indices."""
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    items = np.concatenate([np.asarray(sequence, dtype=np.int64) for sequence in sequences]) if len(sequences) else None
    return Histories(
        items=np.zeros(0, np.int64) if items is None else items,
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        products=products,
    )


def from_interactions(interactions: Interactions, products: int, splits: Sequence[int]) -> Histories:
    """One row per shopper of the log (empty rows stay), with the interactions of the named splits."""
    keep = np.isin(interactions.split, splits)
    counts = np.bincount(interactions.shopper[keep], minlength=len(interactions.shopper_ids))
    return Histories(
        items=interactions.product[keep].astype(np.int64),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        products=products,
    )


def targets(interactions: Interactions, split: int) -> NDArray[np.int64]:
    """The product each shopper met in a split of one product a shopper, shape (S,); -1 where there is none."""
    found = np.full(len(interactions.shopper_ids), -1, np.int64)
    rows = interactions.split == split
    found[interactions.shopper[rows]] = interactions.product[rows]
    return found
