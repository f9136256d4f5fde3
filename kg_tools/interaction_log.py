"""The log of who used what: collected row by row, ordered by shopper and time, split, written as Parquet."""

from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

TRAIN, VALID, TEST = 0, 1, 2
_FEWEST_TO_SPLIT = 3


class InteractionLog:
    """Interactions in columns of numbers, about 25 bytes each."""

    def __init__(self) -> None:
        self._shoppers: dict[str, int] = {}
        self._products: dict[str, int] = {}
        self._shopper = array("i")
        self._product = array("i")
        self._order = array("d")
        self._split = array("b")

    def __len__(self) -> int:
        return len(self._shopper)

    @property
    def shoppers(self) -> int:
        """Number of distinct shoppers."""
        return len(self._shoppers)

    def add(self, shopper: str, product: str, order: float, split: int | None) -> None:
        """Note one interaction.

        Args:
            shopper: id.
            product: id of a product in the catalogue.
            order: position or time; only its order within the shopper counts.
            split: 0, 1 or 2; None for all rows to have the split made by leaving the last ones out.
        """
        self._shopper.append(self._shoppers.setdefault(shopper, len(self._shoppers)))
        self._product.append(self._products.setdefault(product, len(self._products)))
        self._order.append(order)
        if split is not None:
            self._split.append(split)

    def write(self, path: Path) -> None:
        """Write columns shopper_id, product_id, position (int32) and split (int8).

        Sorted by shopper id, then time. Interactions at the same time keep the order of the input.
        """
        order, shopper = self._sorted()
        position = _positions(shopper)
        split = np.asarray(self._split, np.int8)[order] if self._split else leave_last_out(shopper)
        shopper_ids, product_ids = list(self._shoppers), list(self._products)
        table = pa.table(
            {
                "shopper_id": pa.array(shopper_ids, pa.string()).take(pa.array(shopper)),
                "product_id": pa.array(product_ids, pa.string()).take(
                    pa.array(np.asarray(self._product, np.int32)[order])
                ),
                "position": pa.array(position, pa.int32()),
                "split": pa.array(split, pa.int8()),
            }
        )
        pq.write_table(table, path, compression="zstd")

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every distinct (shopper id, product id)."""
        shopper_ids, product_ids = list(self._shoppers), list(self._products)
        joined = np.asarray(self._shopper, np.int64) * max(len(product_ids), 1) + np.asarray(self._product)
        for pair in np.unique(joined):
            shopper, product = divmod(int(pair), len(product_ids))
            yield shopper_ids[shopper], product_ids[product]

    def _sorted(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Row numbers in the order of the log, and the shopper index of each."""
        rank = np.empty(len(self._shoppers), np.int32)
        by_id = sorted(range(len(self._shoppers)), key=list(self._shoppers).__getitem__)
        rank[by_id] = np.arange(len(by_id), dtype=np.int32)
        shopper = np.asarray(self._shopper, np.int32)
        order = np.lexsort((np.asarray(self._order, np.float64), rank[shopper]))
        return order, shopper[order]


def _positions(shopper: NDArray[np.int32]) -> NDArray[np.int32]:
    """0, 1, 2... within each run of equal shoppers."""
    index = np.arange(len(shopper))
    starts = np.flatnonzero(np.r_[True, shopper[1:] != shopper[:-1]]) if len(shopper) else index
    lengths = np.diff(np.r_[starts, len(shopper)])
    return (index - np.repeat(starts, lengths)).astype(np.int32)


def leave_last_out(shopper: NDArray[np.int32]) -> NDArray[np.int8]:
    """The leave-one-out split: last interaction test, last but one valid, the rest train.

    Shoppers with fewer than three interactions stay in train whole, so that each has something to learn from.

    Args:
        shopper: shape (L,), equal shoppers in one run, each run in order of time.

    Returns:
        shape (L,): 0 train, 1 valid, 2 test.
    """
    position = _positions(shopper)
    split = np.zeros(len(shopper), np.int8)
    last = np.flatnonzero(np.r_[shopper[1:] != shopper[:-1], True]) if len(shopper) else np.empty(0, np.int64)
    last = last[position[last] + 1 >= _FEWEST_TO_SPLIT]
    split[last] = TEST
    split[last - 1] = VALID
    return split
