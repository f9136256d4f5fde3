"""Trained rankers on disk: written whole or not at all, and loaded for the products that the shop has now.

A folder holds ``card.json`` (what it is, for people and for checks), ``weights.pt`` (parameters), ``arrays.npz``
(neighbours, couplings, slots, product vectors), ``counts.npz`` (what neighbours were counted from) and ``text.npy``
(text vectors).
"""

import hashlib
import json
import os
import pickle
import shutil
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError

from kg_tools.products import GraphArrays, TextEncoder
from kg_tools.progress import Progress, silent
from ranker.config import RankerConfig
from ranker.coupling import Coupling
from ranker.errors import ArtefactError, RankerError
from ranker.fitting import Fitted
from ranker.graph_data import GraphData
from ranker.graph_ranker import GraphRanker
from ranker.neighbours import Neighbours
from ranker.refreshing import empty_graph, parameters_only, serve, state_of
from ranker.sparse import Csr, csr_matrix
from ranker.trained_state import TrainedState, keys_of

FORMAT = 2
"""Raised whenever older artefacts can no longer be read."""


DAMAGE = (OSError, ValueError, KeyError, RuntimeError, EOFError, zipfile.BadZipFile, pickle.UnpicklingError)
"""What reading a file that is not what was written may raise."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a trained ranker is.

    Attributes:
        name: ``graph`` or ``graph+links``.
        created: ISO 8601, UTC.
        shop: name of the shop it was trained for.
        fingerprint: of the products and texts it was trained on.
        config: all settings, with the seed.
        epochs: passes over the data.
        curve: NDCG@10 on valid before training and after each epoch, from the run that chose ``epochs``.
        counts: products, slots, interactions, neighbour pairs.
        refreshed: ISO 8601, UTC, when a state that followed the shop was saved last; None for the one of training.
        new_interactions: how many came since training and are counted in.
    """

    name: str
    created: str
    shop: str
    fingerprint: str
    config: RankerConfig
    epochs: int
    curve: tuple[float, ...]
    counts: dict[str, int]
    refreshed: str | None = None
    new_interactions: int = 0

    def as_json(self) -> dict[str, Any]:
        """The card as it is stored."""
        return {
            "format": FORMAT,
            "name": self.name,
            "created": self.created,
            "shop": self.shop,
            "fingerprint": self.fingerprint,
            "seed": self.config.training.seed,
            "epochs": self.epochs,
            "valid": {"ndcg@10": max(self.curve, default=None), "curve": list(self.curve)},
            "counts": self.counts,
            "refreshed": self.refreshed,
            "new_interactions": self.new_interactions,
            "config": self.config.model_dump(mode="json"),
        }


def data_fingerprint(arrays: GraphArrays) -> str:
    """sha256 over product ids and texts; prices, stock and single facts may change without retraining."""
    digest = hashlib.sha256()
    for product_id, text in zip(arrays.product_ids, arrays.texts, strict=True):
        digest.update(product_id.encode() + b"\0" + text.encode() + b"\0")
    return digest.hexdigest()


def save_ranker(
    folder: Path,
    card: ModelCard,
    graph: GraphData,
    fitted: Fitted,
    text: NDArray[np.float32],
    *,
    arrays: GraphArrays,
    counts: Csr,
) -> None:
    """Writes a ranker beside ``folder`` and swaps it in; an older one there is replaced.

    Args:
        folder: the shop version's ranker folder.
        card: what it is.
        graph: the graph the model was fitted on.
        fitted: the model.
        text: float32 (P, T), text vectors.
        arrays: the shop's graph of training, for its texts and prices.
        counts: (P, P), from ``neighbours.count_followers`` on the same log as the fitted neighbours.
    """
    state = TrainedState(
        product_ids=arrays.product_ids,
        text_keys=keys_of(arrays.texts),
        known=np.ones(graph.products, bool),
        text=text,
        vectors=fitted.vectors,
        numbers=graph.numbers,
        prices=arrays.prices,
        neighbours=fitted.neighbours,
        counts=counts,
        relations=graph.relations,
        slots=graph.slots,
        rarity=graph.rarity,
        links=tuple(graph.links),
        couplings=dict(fitted.model.couplings),
        targets=graph.link_targets,
    )
    _write(folder, card, fitted.model.state_dict(), state)


def save_refreshed(folder: Path, ranker: GraphRanker, *, interactions: int = 0) -> ModelCard:
    """Keeps a ranker that followed its shop, so that a restart begins where it stands; swaps as ``save_ranker`` does.

    What training chose and measured stays on the card.

    Args:
        folder: where the ranker was loaded from.
        ranker: from ``refreshing.refreshed`` or ``refreshing.with_interactions``.
        interactions: how many were counted in since it was loaded or saved last.

    Returns:
        The card as it is now.

    Raises:
        ArtefactError: the folder holds no ranker, or one of another training.
        RankerError: this ranker carries no state or no counts.
    """
    state, card = state_of(ranker), read_card(folder)
    if state.counts is None:
        raise RankerError("This ranker carries no counts, without which it cannot be saved.")
    if ranker.config != card.config:
        raise ArtefactError(f"The ranker in {folder} is of another training than the one to be saved. Load it again.")
    card = replace(
        card,
        refreshed=datetime.now(UTC).isoformat(timespec="seconds"),
        new_interactions=card.new_interactions + interactions,
    )
    _write(folder, card, ranker.model.state_dict(), state)
    return card


def _write(folder: Path, card: ModelCard, weights: dict[str, torch.Tensor], state: TrainedState) -> None:
    """Writes all files beside ``folder`` and swaps them in."""
    staging = folder.with_name(f".{folder.name}-{os.getpid()}")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    neighbours = state.neighbours
    try:
        torch.save(weights, staging / "weights.pt")
        kept = {
            "product_ids": np.array(state.product_ids, dtype=np.str_),
            "text_keys": state.text_keys,
            "known": state.known,
            "prices": state.prices,
            "index": neighbours.index,
            "weight": neighbours.weight,
            "shoppers": neighbours.shoppers,
            "vectors": state.vectors.numpy(),
            "rarity": state.rarity,
            "numbers": state.numbers,
            "slots": np.array(state.slots, dtype=np.str_).reshape(-1, 2),
            "relations": np.array(state.relations, dtype=np.str_),
            "links": np.array(state.links, dtype=np.str_),
            "couplings": np.array(list(state.couplings), dtype=np.str_),
            "targets": np.array(state.targets, dtype=np.str_),
        }
        for number, coupling in enumerate(state.couplings.values()):
            kept |= {f"coupled{number}": coupling.index, f"coupling{number}": coupling.weight}
            kept |= _write_matrix(f"lists{number}", coupling.lists)
        np.savez(staging / "arrays.npz", allow_pickle=False, **kept)
        np.savez(staging / "counts.npz", allow_pickle=False, **_write_matrix("counts", state.counts))
        np.save(staging / "text.npy", state.text)
        (staging / "card.json").write_text(json.dumps(card.as_json(), indent=2) + "\n", encoding="utf-8")
        _swap(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def load_ranker(
    folder: Path, arrays: GraphArrays, *, encoder: TextEncoder | None = None, progress: Progress = silent
) -> GraphRanker:
    """The trained ranker of a shop, for the products that the shop has now.

    Products and texts may have changed since training (``ranker.refreshing``); how far, ``refreshing.staleness`` says.
    Where the graph holds ``boughtAlongside`` links, the collaborative term uses only those: a link taken out of the
    graph is out of the score as well.

    Args:
        folder: the shop version's ranker folder.
        arrays: the shop's graph of now.
        encoder: for texts that changed and for needs that stay text; None switches that term off.
        progress: told while texts are encoded.

    Raises:
        ArtefactError: there is none, or it is of another format or encoder, or it is damaged.
    """
    card = read_card(folder)
    try:
        kept, counted = _read_arrays(folder / "arrays.npz"), _read_arrays(folder / "counts.npz")
        text = np.load(folder / "text.npy", allow_pickle=False)
        weights = torch.load(folder / "weights.pt", weights_only=True)
        products = len(kept["product_ids"])
        state = _state(card, kept, text, _read_matrix(counted, "counts", (products, products)))
        _check_encoder(card, folder, text, encoder)
        graph = empty_graph(state)
        met = _sent(weights) > 0
        model = parameters_only(graph, state.couplings, card.config.model, text_width=text.shape[1], met=met)
        model.load_state_dict(weights)
    except DAMAGE as error:
        # torch answers a broken file with advice to load it unsafely, which nobody should follow.
        unsafe = isinstance(error, pickle.UnpicklingError)
        reason = "weights.pt holds no parameters" if unsafe else (str(error) or type(error).__name__).splitlines()[0]
        message = f"The ranker in {folder} is damaged ({reason}). Run: because train --shop {card.shop}"
        raise ArtefactError(message) from error
    return serve(state, model, card.config, arrays, encoder=encoder, progress=progress)


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _sent(weights: dict[str, torch.Tensor]) -> int:
    """Kinds of product links that the encoder has weights for."""
    return sum(name.startswith("product_encoder.from_products.") for name in weights)


def read_card(folder: Path) -> ModelCard:
    """The model card of a ranker folder.

    Raises:
        ArtefactError: there is no ranker, or it is of another format.
    """
    path = folder / "card.json"
    if not path.is_file():
        raise ArtefactError(f"There is no trained ranker in {folder}. Run: because train --shop NAME")
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["format"] != FORMAT:
            raise ArtefactError(
                f"The ranker in {folder} has format {stored['format']}, this program reads format {FORMAT}. "
                f"Run: because train --shop {stored.get('shop', 'NAME')}"
            )
        return ModelCard(
            name=stored["name"],
            created=stored["created"],
            shop=stored["shop"],
            fingerprint=stored["fingerprint"],
            config=RankerConfig.model_validate(stored["config"]),
            epochs=stored["epochs"],
            curve=tuple(stored["valid"]["curve"]),
            counts=stored["counts"],
            refreshed=stored.get("refreshed"),
            new_interactions=stored.get("new_interactions", 0),
        )
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise ArtefactError(f"{path} is damaged ({error}). Run: because train --shop NAME") from error


def _state(card: ModelCard, kept: dict[str, NDArray[Any]], text: NDArray[np.float32], counts: Csr) -> TrainedState:
    links = tuple(map(str, kept["links"]))
    coupled = tuple(map(str, kept["couplings"]))
    targets = tuple(map(str, kept["targets"]))
    shape = (len(kept["product_ids"]), len(targets))
    return TrainedState(
        product_ids=tuple(map(str, kept["product_ids"])),
        text_keys=kept["text_keys"],
        # Saved since rankers are saved again after refreshing; before, a folder was always as training left it.
        known=kept.get("known", np.ones(len(kept["product_ids"]), bool)),
        text=text,
        vectors=torch.from_numpy(kept["vectors"]),
        numbers=kept["numbers"],
        prices=kept["prices"],
        neighbours=Neighbours(index=kept["index"], weight=kept["weight"], shoppers=kept["shoppers"]),
        counts=counts,
        relations=tuple(map(str, kept["relations"])),
        slots=tuple((str(relation), str(node)) for relation, node in kept["slots"]),
        rarity=kept["rarity"],
        links=links,
        couplings={
            name: Coupling(
                _read_matrix(kept, f"lists{number}", shape), kept[f"coupled{number}"], kept[f"coupling{number}"]
            )
            for number, name in enumerate(coupled)
        },
        targets=targets,
    )


def _check_encoder(card: ModelCard, folder: Path, text: NDArray[np.float32], encoder: TextEncoder | None) -> None:
    """Refuses an encoder of another width than the text vectors; without text none is needed."""
    if encoder is not None and text.shape[1] and encoder.dimensions != text.shape[1]:
        raise ArtefactError(
            f"The ranker in {folder} was trained with the text encoder {card.config.encoder} ({text.shape[1]} numbers "
            f"a text), {encoder.name} gives {encoder.dimensions}. Set BECAUSE_ENCODER={card.config.encoder}, or run: "
            f"because train --shop {card.shop}"
        )


def _write_matrix(name: str, matrix: Csr) -> dict[str, NDArray[Any]]:
    return {f"{name}.{part}": getattr(matrix, part) for part in ("data", "indices", "indptr")}


def _read_matrix(kept: dict[str, NDArray[Any]], name: str, shape: tuple[int, int]) -> Csr:
    parts = tuple(kept[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    matrix = csr_matrix(parts, shape=shape)
    matrix.has_sorted_indices = True
    return matrix


def _swap(staging: Path, folder: Path) -> None:
    """Puts ``staging`` in the place of ``folder``; two renames, so a reader at worst finds none for an instant."""
    old = folder.with_name(f".{folder.name}-old-{os.getpid()}")
    if folder.exists():
        folder.replace(old)
    try:
        staging.replace(folder)
    except OSError:
        if old.exists():
            old.replace(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
