"""Trained rankers on disk: written whole or not at all, and refused for other data than they were trained on.

A folder holds ``card.json`` (what it is, for people and for checks), ``weights.pt`` (parameters),
``arrays.npz`` (neighbours, slots, product vectors) and ``text.npy`` (text vectors).
"""

import hashlib
import json
import os
import shutil
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError

from kg_tools.products import GraphArrays, TextEncoder
from ranker.config import RankerConfig
from ranker.errors import ArtefactError
from ranker.fitting import Fitted
from ranker.graph_data import GraphData, aligned, build_graph_data, derived_pairs
from ranker.graph_ranker import GraphRanker
from ranker.model import GraphModel
from ranker.neighbours import Neighbours
from ranker.product_encoder import build_message_graph

FORMAT = 1
"""Raised whenever older artefacts can no longer be read."""


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
    """

    name: str
    created: str
    shop: str
    fingerprint: str
    config: RankerConfig
    epochs: int
    curve: tuple[float, ...]
    counts: dict[str, int]

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
            "config": self.config.model_dump(mode="json"),
        }


def data_fingerprint(arrays: GraphArrays) -> str:
    """sha256 over product ids and texts; prices, stock and single facts may change without retraining."""
    digest = hashlib.sha256()
    for product_id, text in zip(arrays.product_ids, arrays.texts, strict=True):
        digest.update(product_id.encode() + b"\0" + text.encode() + b"\0")
    return digest.hexdigest()


def save_ranker(folder: Path, card: ModelCard, graph: GraphData, fitted: Fitted, text: NDArray[np.float32]) -> None:
    """Writes a ranker beside ``folder`` and swaps it in; an older one there is replaced.

    Args:
        folder: the shop version's ranker folder.
        card: what it is.
        graph: the graph the model was fitted on.
        fitted: the model.
        text: float32 (P, T), text vectors.
    """
    staging = folder.with_name(f".{folder.name}-{os.getpid()}")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        torch.save(fitted.model.state_dict(), staging / "weights.pt")
        np.savez(
            staging / "arrays.npz",
            index=fitted.neighbours.index,
            weight=fitted.neighbours.weight,
            shoppers=fitted.neighbours.shoppers,
            vectors=fitted.vectors.numpy(),
            rarity=graph.rarity,
            numbers=graph.numbers,
            slots=np.array(graph.slots, dtype=np.str_).reshape(-1, 2),
            relations=np.array(graph.relations, dtype=np.str_),
            links=np.array(list(graph.links), dtype=np.str_),
        )
        np.save(staging / "text.npy", text)
        (staging / "card.json").write_text(json.dumps(card.as_json(), indent=2) + "\n", encoding="utf-8")
        _swap(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def load_ranker(folder: Path, arrays: GraphArrays, *, encoder: TextEncoder | None = None) -> GraphRanker:
    """The trained ranker of a shop.

    Where the graph holds ``boughtAlongside`` links, the collaborative term uses only those: a link taken out of the
    graph is out of the score as well.

    Args:
        folder: the shop version's ranker folder.
        arrays: the shop's graph of now.
        encoder: for needs that stay text; None switches that term off.

    Raises:
        ArtefactError: there is none, or it is of another format or other data, or it is damaged.
    """
    card = read_card(folder)
    retrain = f"Run: because train --shop {card.shop}"
    if card.fingerprint != data_fingerprint(arrays):
        raise ArtefactError(
            f"The ranker in {folder} was trained on other products or texts than the shop has now. {retrain}"
        )
    try:
        with (folder / "arrays.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
            kept = {name: stored[name] for name in stored.files}
        weights = torch.load(folder / "weights.pt", weights_only=True)
        text = np.load(folder / "text.npy", allow_pickle=False)
        return _assemble(card, kept, weights, text, arrays=arrays, encoder=encoder)
    except (OSError, ValueError, KeyError, RuntimeError, EOFError, zipfile.BadZipFile) as error:
        raise ArtefactError(f"The ranker in {folder} is damaged ({error}). {retrain}") from error


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
        )
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise ArtefactError(f"{path} is damaged ({error}). Run: because train --shop NAME") from error


def _assemble(
    card: ModelCard,
    kept: dict[str, NDArray[Any]],
    weights: dict[str, torch.Tensor],
    text: NDArray[np.float32],
    *,
    arrays: GraphArrays,
    encoder: TextEncoder | None,
) -> GraphRanker:
    slots = tuple((str(relation), str(node)) for relation, node in kept["slots"])
    graph = aligned(
        build_graph_data(arrays),
        tuple(map(str, kept["relations"])),
        slots,
        kept["rarity"],
        tuple(map(str, kept["links"])),
    )
    # As they were in training: the stored vectors were made from them, and a price may have come or gone since.
    graph = replace(graph, numbers=kept["numbers"])
    stored = Neighbours(index=kept["index"], weight=kept["weight"], shoppers=kept["shoppers"])
    neighbours = still_stated(stored, derived_pairs(arrays))
    messages = build_message_graph(graph, torch.from_numpy(text), stored, card.config.model.aggregated)
    model = GraphModel(graph, neighbours, messages, card.config.model)
    nodes = weights["product_encoder.nodes"]
    fresh = torch.zeros(len(graph.slots) - len(slots), nodes.shape[1])
    model.load_state_dict(weights | {"product_encoder.nodes": torch.cat([nodes, fresh])})
    model.eval()
    vectors = torch.from_numpy(kept["vectors"])
    return GraphRanker(graph, model, card.config, vectors=vectors, neighbours=neighbours, text=text, encoder=encoder)


def still_stated(neighbours: Neighbours, pairs: NDArray[np.int64] | None) -> Neighbours:
    """Neighbours without the pairs that the graph no longer states; all of them where it states none (None)."""
    if pairs is None:
        return neighbours
    products = len(neighbours.index)
    codes = np.arange(products)[:, None] * products + neighbours.index
    stated = (neighbours.index >= 0) & np.isin(codes, pairs)
    return Neighbours(
        index=np.where(stated, neighbours.index, -1),
        weight=np.where(stated, neighbours.weight, 0).astype(np.float32),
        shoppers=neighbours.shoppers,
    )


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
