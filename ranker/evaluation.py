"""Measuring rankers side by side, on shoppers whose last product was kept back.

Leave one out: everything is fitted on the train split and tuned on valid; a test shopper's history is train and
valid; every product is ranked, those the shopper had met are masked; the last product is the target. Results are
kept as JSON under the fingerprint of data and settings, so a slow model is run once. Serving artefacts are not touched.
"""

import hashlib
import json
import os
import resource
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_tools.products import GraphArrays, Interactions
from kg_tools.progress import Progress
from ranker.ablations import ABLATIONS, Inputs
from ranker.artefacts import data_fingerprint
from ranker.baselines.budgets import BASELINES
from ranker.config import RankerConfig
from ranker.errors import RankerError, TooLargeError
from ranker.evaluation_baselines import BaselineBench
from ranker.evaluation_cold import new_products, words_only
from ranker.evaluation_reasons import evaluate_reasons
from ranker.evaluation_report import RankingReport, Run
from ranker.evaluation_summary import build_report
from ranker.evaluation_task import K, Oracle, Task, oracle_ranks, read_task, target_ranks
from ranker.fitting import Fitted
from ranker.graph_data import build_graph_data
from ranker.graph_ranker import GraphRanker
from ranker.histories import TRAIN, from_interactions
from ranker.kg_embedding import KgEmbeddingConfig
from ranker.kg_embedding_evaluation import evaluate_kg_embedding
from ranker.metrics import coverage, gini
from ranker.ranking import RankingRequest
from ranker.training import TrainableCatalogue, fit_on_train, slot_knowledge, text_vectors, within

SEEDED = frozenset({name for name, tuning in BASELINES.items() if tuning.seeded} | {"graph", "graph+links", *ABLATIONS})
KNOWLEDGE = "knowledge"
"""Not a ranker: how well the knowledge-graph embedding finds facts that were kept back."""
MODELS = (*BASELINES, "graph", "graph+links", *ABLATIONS, KNOWLEDGE)
MODEL_VERSION = "2"
"""Raised when the graph model computes something else than before, so that no older result is taken for one of it."""
TIMED_REQUESTS = 200


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
    rankers = [model for model in models if model != KNOWLEDGE]
    jobs = [(model, seed) for model in rankers for seed in (seeds if model in SEEDED else seeds[:1])]
    learn = _KnowledgeOnce(task, config, progress)
    bench = BaselineBench(interactions, task.graph.products, kept, fresh=fresh)
    runs: list[Run] = []
    left_out: dict[str, str] = {}
    for number, (model, seed) in enumerate(jobs):
        inputs = _inputs(task, config, model, seed)
        digest = bench.digest(model) if inputs is None else _digest(data, inputs.config)
        file = kept / f"{model.replace('/', '.')}-{seed}-{digest}.json"
        run = None if fresh else _read(file)
        if run is None:
            try:
                step = _step(progress, model, seed, number, len(jobs))
                if inputs is None:
                    run = _measure_baseline(task, bench, model, seed, step)
                else:
                    run = _measure_graph(task, learn.given(inputs), model, seed, step)
            except TooLargeError as error:
                left_out[model] = str(error)
                continue
            _write(file, run)
        runs.append(run)
    if rankers and not runs:
        raise RankerError(" ".join(left_out.values()))
    knowledge = _knowledge_report(task, kept, data, fresh, progress) if KNOWLEDGE in models else {}
    best = None if oracle is None else oracle_ranks(task, oracle)
    trained = from_interactions(interactions, task.graph.products, [TRAIN])
    return build_report(
        shop=catalogue.manifest.name,
        runs=runs,
        left_out=left_out,
        knowledge=knowledge,
        oracle=best,
        history_lengths=task.history.lengths,
        shopper_interactions=trained.lengths[task.shoppers],
        product_interactions=np.bincount(trained.items, minlength=task.graph.products)[task.target],
    )


def _inputs(task: Task, config: RankerConfig, model: str, seed: int) -> Inputs | None:
    """What a graph model is fitted with; None for a baseline."""
    if model in BASELINES:
        return None
    links = model == "graph+links"
    config = config.model_copy(
        update={
            "model": config.model.model_copy(update={"links": links}),
            "training": config.training.model_copy(update={"seed": seed}),
        }
    )
    inputs = Inputs(task.graph if links else task.graph.without_links(), task.text, config)
    return ABLATIONS[model](inputs) if model in ABLATIONS else inputs


class _KnowledgeOnce:
    """The knowledge-graph embedding of the shop's graph, learnt when a model first needs it."""

    def __init__(self, task: Task, config: RankerConfig, progress: Progress) -> None:
        self._task, self._config, self._progress = task, config, progress
        self._known: NDArray[np.float32] | None = None

    def given(self, inputs: Inputs) -> Inputs:
        """The inputs with what the embedding says of their graph; a changed graph is learnt anew."""
        if inputs.own_knowledge:
            return replace(inputs, knowledge=slot_knowledge(inputs.graph, inputs.config, self._progress))
        if self._known is None:
            self._known = slot_knowledge(self._task.graph, self._config, self._progress)
        return replace(inputs, knowledge=self._known)


def _knowledge_report(task: Task, kept: Path, data: str, fresh: bool, progress: Progress) -> dict[str, Any]:
    config = KgEmbeddingConfig(seed=1)  # the defaults were chosen on the facts that seed 0 holds back
    digest = hashlib.sha256(f"{data} {config.model_dump_json()}".encode()).hexdigest()[:16]
    file = kept / f"{KNOWLEDGE}-{digest}.json"
    if file.is_file() and not fresh:
        return json.loads(file.read_text(encoding="utf-8"))
    report = evaluate_kg_embedding(task.graph, config, progress)
    stored = {**report.as_json(), "lines": report.lines()}
    _write_json(file, stored)
    return stored


def _measure_baseline(task: Task, bench: BaselineBench, model: str, seed: int, progress: Progress) -> Run:
    baseline, seconds, extras = bench.fitted(model, seed, progress)
    rank, top = target_ranks(task, lambda _, histories: baseline.scores(histories))
    return _run(task, model, seed, rank=rank, top=top, seconds=seconds, extras=extras)


def _measure_graph(task: Task, inputs: Inputs, model: str, seed: int, progress: Progress) -> Run:
    """The model itself also with its reasons, its speed and its cold starts; an ablation only with its ranks."""
    whole = model not in ABLATIONS
    started = time.monotonic()
    fitted = fit_on_train(
        inputs.graph,
        inputs.text,
        task.interactions,
        inputs.config,
        knowledge=inputs.knowledge,
        progress=within(progress, "fit", 0.0, 0.4 if whole else 1.0),
    )
    seconds = time.monotonic() - started
    rank, top = target_ranks(task, lambda _, histories: fitted.scores(histories))
    extras: dict[str, Any] = {
        "valid": {"ndcg@10": max(fitted.curve, default=0.0), "epochs": float(fitted.epochs)},
        "curve": list(fitted.curve),
        "shares": fitted.shares._asdict(),
    }
    cold: dict[str, dict[str, NDArray[np.int64]]] = {}
    if whole:
        extras["speed"] = _speed(task, inputs, fitted)
        report = evaluate_reasons(
            inputs.graph,
            inputs.text,
            fitted,
            inputs.config,
            history=task.history,
            target=task.target,
            progress=within(progress, "reasons", 0.4, 0.7),
        )
        extras["reasons"] = report.as_json()
        cold["new shoppers, from words only"] = words_only(task, inputs.graph, fitted)
        if (
            not inputs.config.model.links
        ):  # links lead to products by what shoppers did, so they are no fact of a new one
            again = within(progress, "fit without some products", 0.7, 1.0)
            cold["new products, from facts only"] = new_products(task, inputs, again)
    return _run(task, model, seed, rank=rank, top=top, seconds=seconds, extras=extras, cold=cold)


def _run(
    task: Task,
    model: str,
    seed: int,
    *,
    rank: NDArray[np.int64],
    top: NDArray[np.int64],
    seconds: float,
    extras: dict[str, Any],
    cold: dict[str, dict[str, NDArray[np.int64]]] | None = None,
) -> Run:
    exposure = {"coverage": coverage(top, task.graph.products), "gini": gini(top, task.graph.products)}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    measured = datetime.now(UTC).isoformat(timespec="seconds")
    extras = {**extras, "memory": {"peak_gb": memory}}
    return Run(model, seed, measured, False, rank, exposure, seconds, extras, cold or {})


def _speed(task: Task, inputs: Inputs, fitted: Fitted) -> dict[str, float]:
    """Milliseconds of one request with history over the whole catalogue."""
    ranker = GraphRanker(
        inputs.graph,
        fitted.model,
        inputs.config,
        vectors=fitted.vectors,
        neighbours=fitted.neighbours,
        text=inputs.text,
        encoder=None,
    )
    rows = np.random.default_rng(0).permutation(len(task.target))[:TIMED_REQUESTS]
    times: list[float] = []
    for row in rows:
        history = tuple(inputs.graph.product_ids[product] for product in task.history.row(int(row)))
        started = time.perf_counter()
        ranker.rank(RankingRequest(history=history, exclude=frozenset(history), k=K))
        times.append(1000 * (time.perf_counter() - started))
    p50, p95 = np.percentile(times, [50, 95])
    return {"rank_ms_p50": float(p50), "rank_ms_p95": float(p95)}


def _step(progress: Progress, model: str, seed: int, number: int, jobs: int) -> Progress:
    def tell(message: str, fraction: float | None) -> None:
        progress(f"{model}, seed {seed}: {message}", (number + (fraction or 0.0)) / jobs)

    return tell


def _data_fingerprint(arrays: GraphArrays, interactions: Interactions) -> str:
    """sha256 over everything a result depends on."""
    digest = hashlib.sha256(data_fingerprint(arrays).encode())
    graph = build_graph_data(arrays)
    parts = [graph.incidence, *graph.link_lists.values()]
    for column in (interactions.shopper, interactions.product, interactions.split):
        digest.update(np.ascontiguousarray(column).tobytes())
    for part in parts:
        digest.update(part.indices.tobytes() + part.indptr.tobytes() + part.data.tobytes())
    return digest.hexdigest()


def _digest(data: str, settings: RankerConfig) -> str:
    # The weights of words play no part here, so changing them keeps the results.
    text = data + MODEL_VERSION + settings.model_dump_json(exclude={"model": {"text_weight", "word_weight"}})
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read(file: Path) -> Run | None:
    if not file.is_file():
        return None
    stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    rank = np.array(stored.pop("rank"), dtype=np.int64)
    cold = {
        name: {model: np.array(values, dtype=np.int64) for model, values in row.items()}
        for name, row in stored.pop("cold", {}).items()
    }
    return Run(kept=True, rank=rank, cold=cold, **stored)


def _write(file: Path, run: Run) -> None:
    stored = {
        "model": run.model,
        "seed": run.seed,
        "measured": run.measured,
        "top": run.top,
        "seconds": run.seconds,
        "extras": run.extras,
        "cold": {name: {model: rank.tolist() for model, rank in row.items()} for name, row in run.cold.items()},
        "rank": run.rank.tolist(),
    }
    _write_json(file, stored)


def _write_json(file: Path, stored: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    staged = file.with_suffix(f".{os.getpid()}.tmp")
    staged.write_text(json.dumps(stored), encoding="utf-8")
    staged.replace(file)
