"""Cold start: shoppers of whom only words are known, and products of which only facts are known."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from kg_tools.products import Interactions
from kg_tools.progress import Progress
from ranker.ablations import Inputs
from ranker.evaluation_task import Scores, Task, target_ranks
from ranker.fitting import Fitted
from ranker.graph_data import GraphData
from ranker.histories import TEST, Histories, from_sequences
from ranker.training import fit_on_train

NEW_SHARE = 0.1
"""Share of the products that test shoppers met last, of which all interactions are kept from the new fit."""
SAID = 2
"""Attributes of the target that a new shopper names."""


def words_only(task: Task, graph: GraphData, fitted: Fitted) -> dict[str, NDArray[np.int64]]:
    """Ranks of targets for shoppers without history who name two attributes of the target, drawn at random.

    Beside the model: popularity among all products, and among those that have all the attributes named. Targets
    without any attribute are left out.
    """
    random = np.random.default_rng(0)
    known = np.flatnonzero(np.diff(graph.incidence.indptr)[task.target] > 0)
    part = task.of(known)
    said = [
        random.permutation(graph.incidence.indices[slice(*graph.incidence.indptr[target : target + 2])])[:SAID]
        for target in part.target.tolist()
    ]
    slots = np.full((len(said), SAID), -1, np.int64)
    for row, chosen in enumerate(said):
        slots[row, : len(chosen)] = chosen
    strangers = from_sequences([[]] * len(said), graph.products)
    part = Task(part.graph, part.text, part.interactions, part.shoppers, strangers, part.target)
    popularity = np.log1p(fitted.neighbours.shoppers)

    def by_model(rows: Sequence[int], histories: Histories) -> NDArray[np.float32]:
        needs = slots[list(rows)]
        signs = (needs >= 0).astype(np.float32)
        with torch.inference_mode():
            batch = fitted.builder.build(histories.latest_first(1), needs, signs)
            return fitted.model(batch, fitted.vectors).numpy()

    def by_filter(rows: Sequence[int], _: Histories) -> NDArray[np.float32]:
        needs = slots[list(rows)]
        held = np.zeros((len(needs), graph.products), np.float32)
        for row, one in enumerate(needs):
            held[row] = np.asarray((graph.incidence[:, one[one >= 0]] > 0).sum(axis=1)).ravel()
        return 100 * held + popularity

    def by_popularity(rows: Sequence[int], _: Histories) -> NDArray[np.float32]:
        return np.broadcast_to(popularity, (len(rows), graph.products))

    named: dict[str, Scores] = {"ours": by_model, "attributes, then popularity": by_filter, "popularity": by_popularity}
    return {name: target_ranks(part, scores)[0] for name, scores in named.items()}


def new_products(task: Task, inputs: Inputs, progress: Progress) -> dict[str, NDArray[np.int64]]:
    """Ranks of targets that the model has never met: a tenth of them, whose interactions are kept from a new fit.

    Beside the model: likeness of texts to the shopper's history, and no knowledge at all (every product alike).
    """
    products = inputs.graph.products
    random = np.random.default_rng(inputs.config.training.seed)
    targets = np.unique(task.target)
    new = np.zeros(products, bool)
    new[random.permutation(targets)[: max(int(NEW_SHARE * len(targets)), 1)]] = True
    interactions = without_products(task.interactions, new)
    fitted = fit_on_train(
        inputs.graph, inputs.text, interactions, inputs.config, knowledge=inputs.knowledge, progress=progress
    )
    part = task.of(new[task.target])
    named: dict[str, Scores] = {
        "ours": lambda _, histories: fitted.scores(histories),
        "likeness of text": lambda _, histories: _by_text(task.text, histories),
        "chance": lambda rows, _: np.zeros((len(rows), products), np.float32),
    }
    return {name: target_ranks(part, scores)[0] for name, scores in named.items()}


def without_products(interactions: Interactions, gone: NDArray[np.bool_]) -> Interactions:
    """The log without what met some products in train and valid; ``gone``: bool (P,)."""
    keep = ~gone[interactions.product] | (interactions.split == TEST)
    return Interactions(
        shopper_ids=interactions.shopper_ids,
        shopper=interactions.shopper[keep],
        product=interactions.product[keep],
        position=interactions.position[keep],
        split=interactions.split[keep],
    )


def _by_text(text: NDArray[np.float32], histories: Histories) -> NDArray[np.float32]:
    met = histories.matrix() @ text
    return np.asarray(met @ text.T, dtype=np.float32)
