"""Measuring rankers side by side, on shoppers whose last product was kept back.

Leave one out: everything is fitted on the train split and tuned on valid; a test shopper's history is train and
valid; every product is ranked, those the shopper had met are masked; the last product is the target. Results are
kept as JSON under the fingerprint of data and settings, so a slow model is run once. Serving artefacts are not touched.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_tools.products import GraphArrays, Interactions
from kg_tools.progress import Progress
from ranker.artefacts import data_fingerprint
from ranker.baselines.budgets import BASELINES
from ranker.config import RankerConfig
from ranker.errors import RankerError, TooLargeError
from ranker.evaluation_baselines import BaselineBench
from ranker.evaluation_report import RankingReport, Run, build_report
from ranker.fitting import SCORING_BATCH, Fitted
from ranker.graph_data import GraphData, build_graph_data
from ranker.graph_ranker import GraphRanker
from ranker.histories import TEST, TRAIN, VALID, Histories, from_interactions, targets
from ranker.metrics import coverage, gini, ranks
from ranker.ranking import RankingRequest
from ranker.training import TrainableCatalogue, fit_on_train, text_vectors

K = 10
REASONED_SHOPPERS = 200
SEEDED = frozenset({name for name, tuning in BASELINES.items() if tuning.seeded} | {"graph", "graph+links"})
MODELS = (*BASELINES, "graph", "graph+links")

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


def evaluate_ranking(
    catalogue: TrainableCatalogue,
    cache: Path,
    *,
    kept: Path,
    seeds: Sequence[int] = (0, 1, 2),
    models: Sequence[str] = MODELS,
    config: RankerConfig | None = None,
    oracle: Oracle | None = None,
    fresh: bool = False,
    progress: Progress,
) -> RankingReport:
    """Fits and measures every model, and puts them into one table.

    Args:
        catalogue: the shop; only read.
        cache: folder of text vectors.
        kept: folder of earlier results, read and added to.
        seeds: for models that have one; closed-form models run once.
        models: names out of ``MODELS``.
        config: settings of the graph models; ``links`` is set by their name.
        oracle: scores of the best possible ranking, where the shop is generated.
        fresh: measure again what is kept.
        progress: told after each step.

    Raises:
        RankerError: an unknown model name, a shop without test interactions, or one too large for all the models.
    """
    unknown = set(models) - set(MODELS)
    if unknown:
        raise RankerError(f"Unknown model {', '.join(sorted(unknown))}. There are: {', '.join(MODELS)}.")
    config = config or RankerConfig()
    arrays, interactions = catalogue.arrays(), catalogue.interactions()
    task = read_task(arrays, interactions, text_vectors(arrays, config, cache, progress))
    if not len(task.target):
        raise RankerError(f"Shop {catalogue.manifest.name} has no test interactions, so there is nothing to measure.")
    data = _data_fingerprint(arrays, interactions)
    jobs = [(model, seed) for model in models for seed in (seeds if model in SEEDED else seeds[:1])]
    bench = BaselineBench(interactions, task.graph.products, kept, fresh=fresh)
    runs: list[Run] = []
    left_out: dict[str, str] = {}
    for number, (model, seed) in enumerate(jobs):
        settings = _settings(config, model, seed)
        digest = bench.digest(model) if settings is None else _digest(data, settings)
        file = kept / f"{model}-{seed}-{digest}.json"
        run = None if fresh else _read(file)
        if run is None:
            try:
                step = _step(progress, model, seed, number, len(jobs))
                run = _measure(task, bench, model, seed, settings=settings, progress=step)
            except TooLargeError as error:
                left_out[model] = str(error)
                continue
            _write(file, run)
        runs.append(run)
    if not runs:
        raise RankerError(" ".join(left_out.values()))
    best = None if oracle is None else _oracle_ranks(task, oracle)
    trained = from_interactions(interactions, task.graph.products, [TRAIN])
    return build_report(
        shop=catalogue.manifest.name,
        runs=runs,
        left_out=left_out,
        oracle=best,
        shopper_interactions=trained.lengths[task.shoppers],
        product_interactions=np.bincount(trained.items, minlength=task.graph.products)[task.target],
    )


def read_task(arrays: GraphArrays, interactions: Interactions, text: NDArray[np.float32]) -> Task:
    """Who is tested on what."""
    graph = build_graph_data(arrays)
    target = targets(interactions, TEST)
    shoppers = np.flatnonzero(target >= 0)
    history = from_interactions(interactions, graph.products, [TRAIN, VALID]).take(shoppers)
    return Task(graph, text, interactions, shoppers, history, target[shoppers])


def _settings(config: RankerConfig, model: str, seed: int) -> RankerConfig | None:
    if model in BASELINES:
        return None
    return config.model_copy(
        update={
            "model": config.model.model_copy(update={"links": model == "graph+links"}),
            "training": config.training.model_copy(update={"seed": seed}),
        }
    )


def _measure(
    task: Task, bench: BaselineBench, model: str, seed: int, *, settings: RankerConfig | None, progress: Progress
) -> Run:
    if settings is None:
        baseline, seconds, extras = bench.fitted(model, seed, progress)
        rank, top = _ranks(task, lambda _, histories: baseline.scores(histories))
    else:
        started = time.monotonic()
        graph = task.graph if settings.model.links else task.graph.without_links()
        fitted = fit_on_train(graph, task.text, task.interactions, settings, progress)
        seconds = time.monotonic() - started
        rank, top = _ranks(task, lambda _, histories: fitted.scores(histories))
        extras = _reasons_and_speed(task, graph, fitted, settings)
        extras["valid"] = {"ndcg@10": max(fitted.curve, default=0.0), "epochs": float(fitted.epochs)}
        extras["shares"] = fitted.shares._asdict()
    exposure = {"coverage": coverage(top, task.graph.products), "gini": gini(top, task.graph.products)}
    measured = datetime.now(UTC).isoformat(timespec="seconds")
    return Run(model, seed, measured, False, rank, exposure, seconds, extras)


def _ranks(
    task: Task, scores: Callable[[Sequence[int], Histories], NDArray[np.float32]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rank of every target, shape (S',), and the top lists, shape (S', K); in chunks, so memory stays small."""
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
    return np.concatenate(found), np.concatenate(lists)


def _oracle_ranks(task: Task, oracle: Oracle) -> NDArray[np.int64]:
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

    return _ranks(task, scores)[0]


def _reasons_and_speed(
    task: Task, graph: GraphData, fitted: Fitted, settings: RankerConfig
) -> dict[str, dict[str, float]]:
    """Share of recommended products with a path, and the time of one request over the whole catalogue."""
    ranker = GraphRanker(
        graph,
        fitted.model,
        settings,
        vectors=fitted.vectors,
        neighbours=fitted.neighbours,
        text=task.text,
        encoder=None,
    )
    rows = np.random.default_rng(0).permutation(len(task.target))[:REASONED_SHOPPERS]
    reasoned = shown = 0
    times: list[float] = []
    for row in rows:
        history = tuple(graph.product_ids[product] for product in task.history.row(int(row)))
        started = time.perf_counter()
        ranked = ranker.rank(RankingRequest(history=history, exclude=frozenset(history), k=K))
        times.append(1000 * (time.perf_counter() - started))
        shown += len(ranked)
        reasoned += sum(any(term.path is not None and term.value > 0 for term in one.terms) for one in ranked)
    p50, p95 = np.percentile(times, [50, 95])
    return {
        "reasons": {"coverage": reasoned / max(shown, 1)},
        "speed": {"rank_ms_p50": float(p50), "rank_ms_p95": float(p95)},
    }


def _step(progress: Progress, model: str, seed: int, number: int, jobs: int) -> Progress:
    def tell(message: str, fraction: float | None) -> None:
        progress(f"{model}, seed {seed}: {message}", (number + (fraction or 0.0)) / jobs)

    return tell


def _data_fingerprint(arrays: GraphArrays, interactions: Interactions) -> str:
    """sha256 over everything a result depends on."""
    digest = hashlib.sha256(data_fingerprint(arrays).encode())
    graph = build_graph_data(arrays)
    parts = [graph.incidence, *graph.links.values()]
    for column in (interactions.shopper, interactions.product, interactions.split):
        digest.update(np.ascontiguousarray(column).tobytes())
    for part in parts:
        digest.update(part.indices.tobytes() + part.indptr.tobytes() + part.data.tobytes())
    return digest.hexdigest()


def _digest(data: str, settings: RankerConfig) -> str:
    # The weight of words plays no part here, so changing it keeps the results.
    text = data + settings.model_dump_json(exclude={"model": {"text_weight"}})
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read(file: Path) -> Run | None:
    if not file.is_file():
        return None
    stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    rank = np.array(stored.pop("rank"), dtype=np.int64)
    return Run(kept=True, rank=rank, **stored)


def _write(file: Path, run: Run) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    stored = {
        "model": run.model,
        "seed": run.seed,
        "measured": run.measured,
        "top": run.top,
        "seconds": run.seconds,
        "extras": run.extras,
        "rank": run.rank.tolist(),
    }
    staged = file.with_suffix(f".{os.getpid()}.tmp")
    staged.write_text(json.dumps(stored), encoding="utf-8")
    staged.replace(file)
