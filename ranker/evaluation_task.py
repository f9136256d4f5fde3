"""What rankers are measured on, and the measuring: ranks of the products that were kept back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg_tools.products import GraphArrays, Interactions
from ranker.errors import RankerError
from ranker.graph_data import GraphData, build_graph_data
from ranker.histories import TEST, TRAIN, VALID, Histories, from_interactions, targets
from ranker.metrics import ranks
from ranker.shares import SCORING_BATCH

K = 10

Scores = Callable[[Sequence[int], Histories], NDArray[np.float32]]
"""Places of some test shoppers in the task and their histories, B of each -> scores of all products, (B, P)."""

Oracle = Callable[[Sequence[str], Sequence[Sequence[str]]], tuple[NDArray[np.float64], tuple[str, ...]]]
"""Shopper ids and what each had met (product ids) -> scores of the best possible ranking, shape (B, Q), and the
product ids of its Q columns."""


@dataclass(frozen=True, slots=True)
class Task:
    """The data of one evaluation.

    Attributes:
        graph: the catalogue's graph.
        text: float32 (P, T).
        interactions: the log.
        shoppers: int64 (S',), rows of the log with a test product.
        history: what each of them had met before it, S' rows.
        target: int64 (S',).
    """

    graph: GraphData
    text: NDArray[np.float32]
    interactions: Interactions
    shoppers: NDArray[np.int64]
    history: Histories
    target: NDArray[np.int64]

    def of(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Task":
        """The same for some of the test shoppers."""
        numbers = np.arange(len(self.target))[rows]
        return Task(
            self.graph,
            self.text,
            self.interactions,
            self.shoppers[numbers],
            self.history.take(numbers),
            self.target[numbers],
        )


def read_task(arrays: GraphArrays, interactions: Interactions, text: NDArray[np.float32]) -> Task:
    """Who is tested on what."""
    graph = build_graph_data(arrays)
    target = targets(interactions, TEST)
    shoppers = np.flatnonzero(target >= 0)
    history = from_interactions(interactions, graph.products, [TRAIN, VALID]).take(shoppers)
    return Task(graph, text, interactions, shoppers, history, target[shoppers])


def target_ranks(task: Task, scores: Scores) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rank of every target, shape (S',), and the top lists, shape (S', K); in chunks, so memory stays small.

    Raises:
        RankerError: a score is not a number.
    """
    found: list[NDArray[np.int64]] = []
    lists: list[NDArray[np.int64]] = []
    for start in range(0, len(task.target), SCORING_BATCH):
        rows = range(start, min(start + SCORING_BATCH, len(task.target)))
        histories = task.history.take(rows)
        values = np.array(scores(rows, histories), dtype=np.float32)
        if np.isnan(values).any():
            raise RankerError("A model's scores are not numbers (NaN), so nothing can be ranked by them.")
        values[histories.matrix().nonzero()] = -np.inf
        found.append(ranks(values, task.target[start : start + SCORING_BATCH]))
        k = min(K, values.shape[1])
        lists.append(np.argpartition(-values, k - 1, axis=1)[:, :k])
    if not found:
        return np.zeros(0, np.int64), np.zeros((0, K), np.int64)
    return np.concatenate(found), np.concatenate(lists)


def oracle_ranks(task: Task, oracle: Oracle) -> NDArray[np.int64]:
    """Ranks by true tastes; a product that the oracle does not know comes last."""
    ids = task.graph.product_ids
    position = {product_id: number for number, product_id in enumerate(ids)}

    def scores(rows: Sequence[int], histories: Histories) -> NDArray[np.float32]:
        met = [[ids[product] for product in histories.row(row)] for row in range(len(histories))]
        found, columns = oracle([task.interactions.shopper_ids[task.shoppers[row]] for row in rows], met)
        known = np.array([position.get(product_id, -1) for product_id in columns])
        placed = np.full((len(rows), len(ids)), np.finfo(np.float32).min, np.float32)
        placed[:, known[known >= 0]] = found[:, known >= 0]
        return placed

    return target_ranks(task, scores)[0]
