"""The best possible ranking of the demo shop, known because its tastes are ours."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg_tools.demo_shop.tastes import Tastes
from kg_tools.errors import CatalogueError

_MATRICES = ("weights", "has", "after_purchase")
_IDS = ("shopper_ids", "product_ids", "attributes")
_ARRAYS = ("shopper_vectors", "product_vectors", "price_wish", "price_care", "dearness", "popularity")


def save_tastes(tastes: Tastes, file: Path) -> None:
    """Write tastes as one ``.npz`` without pickles; the same tastes give the same bytes."""
    arrays: dict[str, NDArray[np.generic]] = {name: np.array(getattr(tastes, name)) for name in (*_IDS, *_ARRAYS)}
    for name in _MATRICES:
        matrix: sparse.csr_array = getattr(tastes, name)
        arrays[f"{name}_data"] = matrix.data
        arrays[f"{name}_indices"] = matrix.indices.astype(np.int32)
        arrays[f"{name}_indptr"] = matrix.indptr.astype(np.int32)
        arrays[f"{name}_shape"] = np.array(matrix.shape)
    np.savez_compressed(file, allow_pickle=False, **arrays)  # pyright: ignore[reportArgumentType]


def load_tastes(file: Path) -> Tastes:
    """Read what ``save_tastes`` wrote.

    Raises:
        CatalogueError: the file is missing or is not a tastes file.
    """
    try:
        with np.load(file, allow_pickle=False) as archive:
            return _read(archive)
    except (OSError, ValueError, KeyError) as error:
        raise CatalogueError(
            f"{file} cannot be read as the demo shop's tastes ({error}); "
            "write the demo shop again with: python -m kg_tools.demo_shop FOLDER"
        ) from error


def _read(archive: np.lib.npyio.NpzFile) -> Tastes:
    return Tastes(
        shopper_ids=_names(archive, "shopper_ids"),
        product_ids=_names(archive, "product_ids"),
        attributes=_names(archive, "attributes"),
        weights=_matrix(archive, "weights"),
        has=_matrix(archive, "has"),
        shopper_vectors=archive["shopper_vectors"],
        product_vectors=archive["product_vectors"],
        price_wish=archive["price_wish"],
        price_care=archive["price_care"],
        dearness=archive["dearness"],
        popularity=archive["popularity"],
        after_purchase=_matrix(archive, "after_purchase"),
    )


def _names(archive: np.lib.npyio.NpzFile, name: str) -> tuple[str, ...]:
    return tuple(str(value) for value in archive[name])


def oracle_scores(
    tastes_file: Path, shopper_ids: Sequence[str], histories: Sequence[Sequence[str]] | None = None
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """True preferences: the logits that the shop's interactions were drawn from.

    An interaction is drawn from softmax(score) over the products not bought before, so ranking by these
    scores, bought products left out, has the highest expected NDCG and recall of any ranker.

    Args:
        tastes_file: ``tastes.npz`` of the demo shop.
        shopper_ids: the S shoppers to score.
        histories: per shopper, the ids of the products bought before the moment in question, which
            make linked products likelier. Without it, the scores are those before the first purchase.

    Returns:
        Scores of shape (S, P), and the P product ids of its columns. Masking bought products is the
        caller's business.

    Raises:
        CatalogueError: unreadable file, unknown shopper or unknown product.
    """
    tastes = load_tastes(tastes_file)
    shopper_index = {name: row for row, name in enumerate(tastes.shopper_ids)}
    product_index = {name: column for column, name in enumerate(tastes.product_ids)}
    scores = tastes.logits(np.array(_positions(shopper_ids, shopper_index, "shopper", tastes_file), dtype=np.intp))
    boosts = tastes.after_purchase
    for row, history in enumerate(histories or ()):
        for product in _positions(history, product_index, "product", tastes_file):
            span = slice(boosts.indptr[product], boosts.indptr[product + 1])
            scores[row, boosts.indices[span]] += boosts.data[span]
    return scores, tastes.product_ids


def _positions(names: Sequence[str], index: dict[str, int], kind: str, file: Path) -> list[int]:
    for name in names:
        if name not in index:
            raise CatalogueError(f'{file} knows no {kind} "{name}"; use the tastes written with the same shop.')
    return [index[name] for name in names]


def _matrix(archive: np.lib.npyio.NpzFile, name: str) -> sparse.csr_array:
    parts = (archive[f"{name}_data"], archive[f"{name}_indices"], archive[f"{name}_indptr"])
    return sparse.csr_array(parts, shape=tuple(int(n) for n in archive[f"{name}_shape"]))
