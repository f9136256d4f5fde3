"""Measuring shopping requests in words, against the product that was bought in the end.

One turn, whole catalogue. Understanding lives in ``agent``, so it comes in as a function from words to needs and
candidates; with no function the whole sentence stays text.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_tools.products import GraphArrays, Interactions, TextEncoder
from kg_tools.progress import Progress
from ranker.bm25 import Bm25
from ranker.errors import RankerError
from ranker.metrics import Interval, bootstrap
from ranker.ranking import Ranker, RankingRequest, StatedNeed

DEPTHS = (1, 5, 10, 50)
FUSION = 60
"""k of reciprocal-rank fusion (Cormack et al., SIGIR 2009)."""

Understand = Callable[[str], tuple[tuple[StatedNeed, ...], tuple[str, ...] | None]]
"""A request in words -> its needs and the candidates its hard needs leave (None: all)."""


@dataclass(frozen=True, slots=True)
class ShoppingRequest:
    """One request with its answer.

    Attributes:
        query: the shopper's words.
        shopper_id: as in the log, None for a stranger.
        history: product ids met before, oldest first, without the target.
        target: the product bought.
    """

    query: str
    shopper_id: str | None
    history: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class RequestsReport:
    """Recall and MRR of every way to answer.

    Attributes:
        shop: its name.
        requests: how many.
        in_training: (shopper, target) pairs of the requests that stand in the shop's interactions.
        clean: the ranker was trained without those pairs.
        models: way to answer -> metric -> interval.
    """

    shop: str
    requests: int
    in_training: int
    clean: bool
    models: dict[str, dict[str, Interval]]

    def as_json(self) -> dict[str, Any]:
        """The form that ``because evaluate requests --json`` prints."""
        return {
            "shop": self.shop,
            "requests": self.requests,
            "pairs_in_interactions": self.in_training,
            "ranker_trained_without_them": self.clean,
            "models": {
                model: {name: value.as_json() for name, value in row.items()} for model, row in self.models.items()
            },
        }

    def lines(self) -> list[str]:
        """The table for people."""
        note = "taken out of the ranker's training" if self.clean else "STILL IN the ranker's training: not comparable"
        lines = [
            f"Requests in words, shop {self.shop}, {self.requests} requests",
            f"{self.in_training} of the pairs (shopper, product) stand in the interactions; {note}",
            "",
        ]
        names = list(next(iter(self.models.values())))
        lines.append("  ".join([f"{'answered by':<34}", *(f"{name:>10}" for name in names)]))
        for model, row in self.models.items():
            lines.append("  ".join([f"{model:<34}", *(f"{row[name].mean:>10.3f}" for name in names)]))
        return lines


def read_requests(file: Path) -> list[ShoppingRequest]:
    """Requests of a JSONL file with ``query``, ``target_product_id``, and optionally ``user_id``, ``history``.

    Raises:
        RankerError: the file is missing, or a line is not such an object.
    """
    requests: list[ShoppingRequest] = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RankerError(f"Requests cannot be read: {file}: {error.strerror}.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            target = str(row["target_product_id"])
            history = tuple(one for one in row.get("history") or () if one != target)
            requests.append(ShoppingRequest(str(row["query"]), row.get("user_id"), history, target))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RankerError(
                f"{file}, line {number}: not a request ({error}). Expected a JSON object with query, target_product_id."
            ) from error
    return requests


def pairs_in_interactions(
    requests: Iterable[ShoppingRequest], arrays: GraphArrays, interactions: Interactions
) -> list[int]:
    """Rows of the log that are the (shopper, target) pair of a request."""
    shopper = {one: number for number, one in enumerate(interactions.shopper_ids)}
    product = {one: number for number, one in enumerate(arrays.product_ids)}
    wanted = {
        (shopper[one.shopper_id], product[one.target])
        for one in requests
        if one.shopper_id in shopper and one.target in product
    }
    rows = zip(interactions.shopper.tolist(), interactions.product.tolist(), strict=True)
    return [number for number, row in enumerate(rows) if row in wanted]


def training_without(interactions: Interactions, rows: Sequence[int]) -> Interactions:
    """The log without some rows, for training a ranker that has not seen the answers."""
    keep = np.ones(len(interactions.product), bool)
    keep[list(rows)] = False
    return Interactions(
        shopper_ids=interactions.shopper_ids,
        shopper=interactions.shopper[keep],
        product=interactions.product[keep],
        position=interactions.position[keep],
        split=interactions.split[keep],
    )


def evaluate_requests(
    requests: Sequence[ShoppingRequest],
    arrays: GraphArrays,
    interactions: Interactions,
    ranker: Ranker,
    *,
    shop: str,
    encoder: TextEncoder | None,
    product_vectors: NDArray[np.float32] | None,
    understand: Understand | None,
    clean: bool,
    progress: Progress,
) -> RequestsReport:
    """Answers every request in every way, with its history and without.

    Args:
        requests: what was asked.
        arrays: the shop's graph.
        interactions: the shop's whole log, to count the pairs in it.
        ranker: trained without these pairs if ``clean``.
        shop: its name.
        encoder: for similarity of words; None leaves those rows out.
        product_vectors: float32 (P, T), vectors of ``arrays.texts`` by that encoder.
        understand: words -> needs and candidates; None leaves the ranker with the sentence as text.
        clean: whether the ranker has not seen the pairs.
        progress: told after each request.

    Raises:
        RankerError: no requests, or none whose target the shop has.
    """
    known = [one for one in requests if one.target in set(arrays.product_ids)]
    if not known:
        raise RankerError(f"None of the {len(requests)} requests asks for a product of shop {shop}.")
    answers = _Answers(arrays, ranker, encoder, product_vectors, understand)
    found: dict[str, list[int]] = {}
    for number, request in enumerate(known, start=1):
        for name, rank in answers.ranks(request).items():
            found.setdefault(name, []).append(rank)
        progress(f"requests: {number} of {len(known)}", number / len(known))
    return RequestsReport(
        shop=shop,
        requests=len(known),
        in_training=len(pairs_in_interactions(known, arrays, interactions)),
        clean=clean,
        models={name: _metrics(np.array(rank)) for name, rank in found.items()},
    )


class _Answers:
    """Every way to answer one request, as the 0-based rank of its target."""

    def __init__(
        self,
        arrays: GraphArrays,
        ranker: Ranker,
        encoder: TextEncoder | None,
        product_vectors: NDArray[np.float32] | None,
        understand: Understand | None,
    ) -> None:
        self._ids = arrays.product_ids
        self._position = {one: number for number, one in enumerate(arrays.product_ids)}
        self._bm25 = Bm25(searchable_texts(arrays))
        self._ranker = ranker
        self._encoder = encoder
        self._vectors = product_vectors
        self._understand = understand

    def ranks(self, request: ShoppingRequest) -> dict[str, int]:
        """Way to answer -> rank."""
        target = self._position[request.target]
        met = [self._position[one] for one in request.history if one in self._position]
        matched = self._bm25.scores(request.query)
        found = {"bm25": _rank(matched, target)}
        if self._encoder is not None and self._vectors is not None:
            alike = self._vectors @ self._encoder.encode([request.query])[0]
            found["encoder"] = _rank(alike, target)
            found["bm25 + encoder"] = _rank(_fused(matched, alike), target)
            if met:
                taste = self._vectors @ self._vectors[met].mean(axis=0)
                found["bm25 + encoder + history"] = _rank(_fused(matched, alike, taste), target)
            else:
                found["bm25 + encoder + history"] = found["bm25 + encoder"]
        words = (StatedNeed(request.query),)
        found["ranker, history, no needs"] = self._ranked(request, request.history, (), None)
        found["ranker, history, sentence as text"] = self._ranked(request, request.history, words, None)
        if self._understand is not None:
            needs, candidates = self._understand(request.query)
            found["ranker, history, needs"] = self._ranked(request, request.history, needs, candidates)
            found["ranker, no history, needs"] = self._ranked(request, (), needs, candidates)
        return found

    def _ranked(
        self,
        request: ShoppingRequest,
        history: tuple[str, ...],
        needs: tuple[StatedNeed, ...],
        candidates: tuple[str, ...] | None,
    ) -> int:
        """Rank within the deepest list that is measured; a target that is not in it counts as last."""
        ranking = RankingRequest(
            history=history, needs=needs, candidates=candidates, exclude=frozenset(request.history), k=max(DEPTHS)
        )
        order = [one.product_id for one in self._ranker.rank(ranking)]
        return order.index(request.target) if request.target in order else len(self._ids)


def searchable_texts(arrays: GraphArrays) -> list[str]:
    """Title, description and the names of attribute nodes of every product, one string each."""
    names: list[list[str]] = [[text] for text in arrays.texts]
    products = len(arrays.product_ids)
    for head, tail in zip(arrays.heads.tolist(), arrays.tails.tolist(), strict=True):
        if tail >= products and arrays.node_kinds[tail] in ("brand", "category"):
            names[head].append(arrays.node_iris[tail].rsplit(":", 1)[-1])
    return [" ".join(parts) for parts in names]


def _rank(scores: NDArray[Any], target: int) -> int:
    level = int((scores == scores[target]).sum()) - 1
    return int((scores > scores[target]).sum()) + (level + 1) // 2


def _fused(*lists: NDArray[Any]) -> NDArray[np.float64]:
    """Reciprocal-rank fusion, shape (P,)."""
    total = np.zeros(len(lists[0]))
    for scores in lists:
        place = np.empty(len(scores))
        place[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
        total += 1 / (FUSION + place)
    return total


def _metrics(rank: NDArray[np.int64]) -> dict[str, Interval]:
    metrics = {f"recall@{depth}": bootstrap((rank < depth).astype(np.float64)) for depth in DEPTHS}
    return metrics | {"mrr": bootstrap(1 / (rank + 1.0))}
