"""Many runs put together into one report."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranker.evaluation_plots import ndcg_by_length
from ranker.evaluation_reasons import seed_stability
from ranker.evaluation_report import Comparison, Metrics, RankingReport, Run
from ranker.metrics import Interval, bootstrap, metrics_of_ranks

COLD = 3
OURS = ("graph", "graph+links")
FEW_SHOPPERS = f"shoppers with {COLD} or fewer training interactions"
FEW_PRODUCTS = f"products with {COLD} or fewer training interactions"

Ranks = dict[str, NDArray[np.int64]]
"""Model -> ranks, (seeds, S')."""


def build_report(
    *,
    shop: str,
    runs: Sequence[Run],
    oracle: NDArray[np.int64] | None,
    left_out: dict[str, str],
    knowledge: dict[str, Any],
    history_lengths: NDArray[np.int64],
    shopper_interactions: NDArray[np.int64],
    product_interactions: NDArray[np.int64],
) -> RankingReport:
    """Puts runs together by model.

    Args:
        shop: its name.
        runs: any number per model; each with the same test shoppers in the same order.
        oracle: ranks of the best possible ranking, shape (S',).
        left_out: model -> why it could not be measured.
        knowledge: of the knowledge-graph embedding, empty if it was not measured.
        history_lengths: (S',), products each test shopper had met.
        shopper_interactions: (S',), train interactions of each test shopper.
        product_interactions: (S',), train interactions of each target.
    """
    grouped: dict[str, list[Run]] = {}
    for run in runs:
        grouped.setdefault(run.model, []).append(run)
    ranks: Ranks = {name: np.stack([run.rank for run in group]) for name, group in grouped.items()}
    ablated = {name: ranks.pop(name) for name in list(ranks) if "/" in name}
    whole = {name: grouped[name] for name in ranks}
    everything = ranks | ({} if oracle is None else {"oracle": oracle[None, :]})
    models = {name: intervals(rank) for name, rank in everything.items()}
    for name, group in whole.items():
        models[name] |= {metric: over_seeds([run.top[metric] for run in group]) for metric in ("coverage", "gini")}
    parts = {FEW_SHOPPERS: shopper_interactions <= COLD, FEW_PRODUCTS: product_interactions <= COLD}
    parts = {name: rows for name, rows in parts.items() if rows.any()}
    cold = _cold(whole)
    best = models["oracle"]["ndcg@10"].mean if oracle is not None else 0.0
    return RankingReport(
        shop=shop,
        shoppers=len(shopper_interactions),
        models=models,
        slices={
            name: {model: intervals(rank[:, rows]) for model, rank in everything.items()}
            for name, rows in parts.items()
        }
        | {name: metrics for name, (metrics, _) in cold.items()},
        slice_sizes={name: int(rows.sum()) for name, rows in parts.items()}
        | {name: size for name, (_, size) in cold.items()},
        comparisons=list(_comparisons(ranks, parts)),
        ablations={name: intervals(rank) for name, rank in ablated.items()},
        ablation_losses=[compare(name, rank, "graph", ranks["graph"]) for name, rank in ablated.items()]
        if "graph" in ranks
        else [],
        reasons=_reasons(whole),
        knowledge=knowledge,
        speed={name: _speed(group) for name, group in grouped.items()},
        tuning={
            name: {key: group[0].extras[key] for key in ("settings", "tuning") if key in group[0].extras}
            for name, group in whole.items()
            if "tuning" in group[0].extras
        },
        # Ours first, so that they have colours of their own.
        by_length={
            name: ndcg_by_length(ranks[name], history_lengths)
            for name in sorted(ranks, key=lambda name: (name not in OURS, list(ranks).index(name)))
        },
        term_sizes={
            name: _mean_rows([run.extras["reasons"]["term_sizes"] for run in group])
            for name, group in whole.items()
            if "reasons" in group[0].extras
        },
        curves={
            name: [run.extras["curve"] for run in group]
            for name, group in whole.items()
            if group[0].extras.get("curve")
        },
        share_of_oracle={name: models[name]["ndcg@10"].mean / best for name in ranks} if best else {},
        measured={name: _when(group) for name, group in whole.items()},
        left_out=left_out,
    )


def intervals(rank: NDArray[np.int64]) -> dict[str, Interval]:
    """Every metric of ranks, shape (seeds, S')."""
    return {name: bootstrap(values) for name, values in metrics_of_ranks(rank).items()}


def over_seeds(values: Sequence[float]) -> Interval:
    """Mean, lowest and highest of one value per seed."""
    return Interval(float(np.mean(values)), min(values), max(values))


def compare(
    model: str, rank: NDArray[np.int64], other: str, others: NDArray[np.int64], part: str = "all shoppers"
) -> Comparison:
    """NDCG@10 of one model less that of another for the same shoppers, (seeds, S'); one run stands for all seeds."""
    ours, theirs = metrics_of_ranks(rank)["ndcg@10"], metrics_of_ranks(others)["ndcg@10"]
    seeds = len(ours) if len(theirs) == 1 else len(theirs) if len(ours) == 1 else min(len(ours), len(theirs))
    difference = bootstrap((ours - theirs) if len(ours) == 1 or len(theirs) == 1 else ours[:seeds] - theirs[:seeds])
    base = max(float(theirs.mean()), 1e-12)
    relative = Interval(difference.mean / base, difference.low / base, difference.high / base)
    return Comparison(model, other, part, difference, relative)


def _comparisons(ranks: Ranks, parts: Mapping[str, NDArray[np.bool_]]) -> Iterable[Comparison]:
    """Ours over the baseline that is best on these shoppers, and with links over without."""
    baselines = [name for name in ranks if name not in OURS]
    if not ranks:
        return
    everybody = np.ones(next(iter(ranks.values())).shape[1], bool)
    for part, rows in {"all shoppers": everybody, **parts}.items():
        chosen = {name: rank[:, rows] for name, rank in ranks.items()}
        for model in OURS if baselines else ():
            if model in chosen:
                best = max(baselines, key=lambda name: float(metrics_of_ranks(chosen[name])["ndcg@10"].mean()))
                yield compare(model, chosen[model], best, chosen[best], part)
        if all(model in chosen for model in OURS):
            yield compare("graph+links", chosen["graph+links"], "graph", chosen["graph"], part)


def _cold(grouped: Mapping[str, Sequence[Run]]) -> dict[str, tuple[Metrics, int]]:
    """Slice of cold starts -> metrics of each way of answering, and how many targets. Seeds may differ in targets."""
    found: dict[str, tuple[Metrics, int]] = {}
    for model in OURS:
        group = grouped.get(model, ())
        for name in group[0].cold if group else ():
            metrics, size = found.get(name, ({}, 0))
            rows = [run.cold[name] for run in group]
            for way in rows[0]:
                label = model if way == "ours" else way
                metrics.setdefault(label, intervals(np.concatenate([row[way] for row in rows])[None, :]))
            found[name] = (metrics, size or int(np.mean([len(row["ours"]) for row in rows])))
    return found


def _reasons(grouped: Mapping[str, Sequence[Run]]) -> dict[str, dict[str, dict[str, Interval]]]:
    """Figures over seeds: the mean of their means, from the lowest low to the highest high."""
    found: dict[str, dict[str, dict[str, Interval]]] = {}
    for model, group in grouped.items():
        reports = [run.extras["reasons"] for run in group if "reasons" in run.extras]
        if not reports:
            continue
        sections = [name for name, value in reports[0].items() if _is_section(value)]
        found[model] = {
            name: {
                figure: Interval(
                    float(np.mean([report[name][figure]["mean"] for report in reports])),
                    min(report[name][figure]["low"] for report in reports),
                    max(report[name][figure]["high"] for report in reports),
                )
                for figure in reports[0][name]
            }
            for name in sections
        }
        if len(reports) > 1:
            found[model]["seed_stability"] = seed_stability(reports[0]["cited"], reports[1]["cited"])
    return found


def _is_section(value: object) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(one, dict) and set(one) == {"mean", "low", "high"} for one in value.values())
    )


def _speed(group: Sequence[Run]) -> dict[str, float]:
    rows = [{**run.extras.get("speed", {}), "fit_s": run.seconds, **run.extras.get("memory", {})} for run in group]
    return _mean_rows(rows)


def _mean_rows(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    keys = list(dict.fromkeys(key for row in rows for key in row))
    return {key: float(np.mean([row.get(key, 0.0) for row in rows])) for key in keys}


def _when(runs: Sequence[Run]) -> str:
    kept = sorted(run.measured[:10] for run in runs if run.kept)
    seeds = f", {len(runs)} seeds" if len(runs) > 1 else ""
    return (f"kept from {kept[0]}" if kept else "measured now") + seeds
