"""What a ranker carries from its training that the shop's graph does not give anew, and how it follows the catalogue.

Products are told apart by their ids. What is kept of a product moves with it; a product that came later starts empty
and is filled in by ``ranker.refreshing``; one that is gone takes its rows along.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kg_tools.products import GraphArrays
from ranker.coupling import Coupling
from ranker.evidence import Indices
from ranker.neighbours import Neighbours
from ranker.sparse import Csr, csr_matrix
from ranker.text_features import text_key


@dataclass(frozen=True, slots=True)
class TrainedState:
    """What is kept of P products, M slots, T link targets.

    Attributes:
        product_ids: length P.
        text_keys: S64, shape (P,), hash of the text behind each text vector.
        known: bool, shape (P,), whether training knew the product.
        text: float32 (P, width of the encoder), text vectors; width 0 without text.
        vectors: float32 (P, width), product vectors.
        numbers: float32 (P, F), ``GraphData.numbers`` of the day each product vector was made.
        prices: float32, prices of training, whatever became of their products: they set the scale of ``numbers``.
        neighbours: item-item weights, whether the graph states the pairs or not.
        counts: float32 (P, P), what the weights were counted from (``neighbours.count_followers``); None if not kept.
        relations: of the model's slots.
        slots: (predicate IRI, node IRI), length M; never fewer than the model was trained with.
        rarity: float32 (M,).
        links: link relations of the model.
        couplings: link relation -> lists over ``targets`` and coupled pairs.
        targets: node IRIs, length T.
    """

    product_ids: tuple[str, ...]
    text_keys: NDArray[np.bytes_]
    known: NDArray[np.bool_]
    text: NDArray[np.float32]
    vectors: Tensor
    numbers: NDArray[np.float32]
    prices: NDArray[np.float32]
    neighbours: Neighbours
    counts: Csr | None
    relations: tuple[str, ...]
    slots: tuple[tuple[str, str], ...]
    rarity: NDArray[np.float32]
    links: tuple[str, ...]
    couplings: dict[str, Coupling]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moves:
    """How products moved between two catalogues.

    Attributes:
        old: int64 (P,), where each product stood before, -1 for a new one.
        new: int64 (P before,), where each product stands now, -1 for one that is gone.
        changed: int64, products of now whose text is new or another, rising.
    """

    old: Indices
    new: Indices
    changed: Indices

    @property
    def identity(self) -> bool:
        """Whether every product stands where it stood."""
        return len(self.old) == len(self.new) and bool((self.old == np.arange(len(self.old))).all())


def keys_of(texts: Sequence[str]) -> NDArray[np.bytes_]:
    """Hash of each text, S64, shape (len(texts),)."""
    return np.array([text_key(text) for text in texts], dtype="S64")


def moves(state: TrainedState, arrays: GraphArrays, keys: NDArray[np.bytes_]) -> Moves:
    """How the products of a state stand in the catalogue of now.

    Args:
        state: of before.
        arrays: of now.
        keys: from ``keys_of(arrays.texts)``.
    """
    if state.product_ids == arrays.product_ids:
        old = new = np.arange(len(arrays.product_ids))
    else:
        place = {product_id: number for number, product_id in enumerate(state.product_ids)}
        old = np.array([place.get(product_id, -1) for product_id in arrays.product_ids], dtype=np.int64)
        new = np.full(len(state.product_ids), -1, np.int64)
        new[old[old >= 0]] = np.flatnonzero(old >= 0)
    same = old >= 0
    same[same] = state.text_keys[old[same]] == keys[same]
    return Moves(old, new, np.flatnonzero(~same))


def moved(state: TrainedState, moving: Moves, product_ids: tuple[str, ...]) -> TrainedState:
    """The state in the order of the catalogue of now; rows of new products are empty, their text keys too."""
    if moving.identity:
        return state
    old, here = np.maximum(moving.old, 0), moving.old >= 0
    neighbours = state.neighbours
    index, weight = _moved_pairs(neighbours.index, neighbours.weight, moving)
    return replace(
        state,
        product_ids=product_ids,
        text_keys=_rows(state.text_keys, old, here),
        known=_rows(state.known, old, here),
        text=_rows(state.text, old, here),
        vectors=torch.from_numpy(_rows(state.vectors.numpy(), old, here)),
        numbers=_rows(state.numbers, old, here),
        neighbours=Neighbours(index, weight, _rows(neighbours.shoppers, old, here)),
        counts=None if state.counts is None else _moved_matrix(state.counts, moving),
        couplings={name: _moved_coupling(one, moving) for name, one in state.couplings.items()},
    )


def _rows(values: NDArray[Any], old: Indices, here: NDArray[np.bool_]) -> NDArray[Any]:
    """Rows of before in the order of now, empty for new products."""
    if not len(values):
        return np.zeros((len(old), *values.shape[1:]), values.dtype)
    taken = values[old]
    taken[~here] = np.zeros((), values.dtype)
    return taken


def _moved_pairs(index: Indices, weight: NDArray[np.float32], moving: Moves) -> tuple[Indices, NDArray[np.float32]]:
    old, here = np.maximum(moving.old, 0), moving.old >= 0
    if not len(index):
        return np.full((len(old), index.shape[1]), -1, np.int64), np.zeros((len(old), index.shape[1]), np.float32)
    rows = index[old]
    rows = np.where(rows >= 0, moving.new[rows], -1)
    rows[~here] = -1
    return rows, np.where(rows >= 0, weight[old], 0).astype(np.float32)


def _moved_matrix(matrix: Csr, moving: Moves) -> Csr:
    """A product-by-product matrix in the order of now."""
    coo = matrix.tocoo()
    rows, columns = moving.new[coo.row], moving.new[coo.col]
    keep = (rows >= 0) & (columns >= 0)
    shape = (len(moving.old), len(moving.old))
    return csr_matrix((coo.data[keep], (rows[keep], columns[keep])), shape=shape)


def _moved_coupling(coupling: Coupling, moving: Moves) -> Coupling:
    coo = coupling.lists.tocoo()
    rows = moving.new[coo.row]
    keep = rows >= 0
    shape = (len(moving.old), coupling.lists.shape[1])
    lists = csr_matrix((coo.data[keep], (rows[keep], coo.col[keep])), shape=shape)
    lists.sort_indices()
    return Coupling(lists, *_moved_pairs(coupling.index, coupling.weight, moving))
