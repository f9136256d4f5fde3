"""One table out of many runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranker.metrics import Interval, bootstrap, metrics_of_ranks

PROTOCOL = (
    "leave one out: fitted on train, tuned on valid, history = train + valid, last product = target; "
    "all products ranked, those met before masked; 95 % interval by bootstrap over shoppers (and seeds)"
)
COLD = 3
SHOWN = ("ndcg@10", "hr@10", "precision@10", "mrr", "coverage", "gini")

Metrics = dict[str, dict[str, Interval]]


@dataclass(frozen=True, slots=True)
class Run:
    """One model, one seed, all test shoppers.

    Attributes:
        model: its name.
        seed: its seed.
        measured: ISO 8601, UTC.
        kept: read from a file instead of measured now.
        rank: int64 (S',), 0-based rank of each test shopper's target.
        top: coverage and Gini of the top lists.
        seconds: wall time of the fit.
        extras: what only some models have: reasons, speed, valid NDCG@10, shares, settings and how they were tuned.
    """

    model: str
    seed: int
    measured: str
    kept: bool
    rank: NDArray[np.int64]
    top: dict[str, float]
    seconds: float
    extras: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class RankingReport:
    """The measurements of one shop.

    Attributes:
        shop: its name.
        protocol: how it was measured, in words.
        shoppers: number of test shoppers.
        models: model -> metric -> interval; ``oracle`` is the best possible ranking where it is known.
        slices: slice -> model -> metric -> interval.
        slice_sizes: slice -> number of test shoppers.
        share_of_oracle: model -> its NDCG@10 over the oracle's; empty without one.
        reasons: coverage of the graph models' top 10, by model.
        speed: milliseconds per request and seconds per fit, by model.
        measured: model -> "measured now" or "kept from DATE", with its seeds.
        left_out: model -> why it could not be measured on this shop.
    """

    shop: str
    protocol: str
    shoppers: int
    models: Metrics
    slices: dict[str, Metrics]
    slice_sizes: dict[str, int]
    share_of_oracle: dict[str, float]
    reasons: dict[str, dict[str, float]]
    speed: dict[str, dict[str, float]]
    measured: dict[str, str]
    left_out: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """The form that ``because evaluate ranking --json`` prints."""
        graph = self.reasons.get("graph+links") or self.reasons.get("graph") or {}
        return {
            "shop": self.shop,
            "protocol": self.protocol,
            "shoppers": self.shoppers,
            "models": _plain(self.models),
            "slices": {
                name: {"shoppers": self.slice_sizes[name], "models": _plain(metrics)}
                for name, metrics in self.slices.items()
            },
            "ablations": {},
            "reasons": {**graph, "models": self.reasons},
            "speed": self.speed,
            "share_of_oracle": self.share_of_oracle,
            "measured": self.measured,
            "left_out": self.left_out,
        }

    def lines(self) -> list[str]:
        """The tables for people."""
        lines = [f"Ranking, shop {self.shop}, {self.shoppers} test shoppers", self.protocol, ""]
        lines += _table(self.models, SHOWN, self.measured)
        lines += [f"{model} is left out: {why}" for model, why in self.left_out.items()]
        for name, metrics in self.slices.items():
            lines += ["", f"{name} ({self.slice_sizes[name]} test shoppers)", *_table(metrics, SHOWN[:2], {})]
        if self.share_of_oracle:
            lines += ["", "NDCG@10 as a share of the best possible ranking"]
            lines += [f"  {model:<14} {share:.3f}" for model, share in self.share_of_oracle.items()]
        for model, values in self.reasons.items():
            lines += ["", f"{model}: {values['coverage']:.1%} of the products in the top 10 carry a reason path"]
        for model, values in self.speed.items():
            times = ", ".join(f"{name} {value:.1f}" for name, value in values.items())
            lines.append(f"{model}: {times}")
        return lines


def build_report(
    *,
    shop: str,
    runs: Sequence[Run],
    oracle: NDArray[np.int64] | None,
    left_out: dict[str, str],
    shopper_interactions: NDArray[np.int64],
    product_interactions: NDArray[np.int64],
) -> RankingReport:
    """Puts runs together by model.

    Args:
        shop: its name.
        runs: any number per model; each with the same test shoppers in the same order.
        oracle: ranks of the best possible ranking, shape (S',).
        left_out: model -> why it could not be measured.
        shopper_interactions: (S',), train interactions of each test shopper.
        product_interactions: (S',), train interactions of each target.
    """
    names = list(dict.fromkeys(run.model for run in runs))
    grouped = {name: [run for run in runs if run.model == name] for name in names}
    ranks = {name: np.stack([run.rank for run in group]) for name, group in grouped.items()}
    if oracle is not None:
        ranks["oracle"] = oracle[None, :]
    models = {name: _intervals(rank) for name, rank in ranks.items()}
    for name, group in grouped.items():
        for metric in ("coverage", "gini"):
            models[name][metric] = _over_seeds([run.top[metric] for run in group])
    slices = {
        f"shoppers with {COLD} or fewer training interactions": shopper_interactions <= COLD,
        f"products with {COLD} or fewer training interactions": product_interactions <= COLD,
    }
    slices = {name: rows for name, rows in slices.items() if rows.any()}
    best = models["oracle"]["ndcg@10"].mean if oracle is not None else 0.0
    return RankingReport(
        shop=shop,
        protocol=PROTOCOL,
        shoppers=len(shopper_interactions),
        models=models,
        slices={
            name: {model: _intervals(rank[:, rows]) for model, rank in ranks.items()} for name, rows in slices.items()
        },
        slice_sizes={name: int(rows.sum()) for name, rows in slices.items()},
        share_of_oracle={name: models[name]["ndcg@10"].mean / best for name in names} if best else {},
        reasons=_extras(grouped, lambda run: run.extras.get("reasons", {})),
        speed=_extras(grouped, lambda run: {**run.extras.get("speed", {}), "fit_s": run.seconds}),
        measured={name: _when(group) for name, group in grouped.items()},
        left_out=left_out,
    )


def _intervals(rank: NDArray[np.int64]) -> dict[str, Interval]:
    """Every metric of ranks, shape (seeds, S')."""
    by_metric = metrics_of_ranks(rank)
    return {name: bootstrap(values) for name, values in by_metric.items()}


def _over_seeds(values: list[float]) -> Interval:
    return Interval(float(np.mean(values)), min(values), max(values))


def _extras(grouped: dict[str, list[Run]], read: Callable[[Run], dict[str, float]]) -> dict[str, dict[str, float]]:
    """Means over seeds; models without such values are left out."""
    found: dict[str, dict[str, float]] = {}
    for name, group in grouped.items():
        rows = [read(run) for run in group]
        if rows[0]:
            found[name] = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
    return found


def _when(runs: Sequence[Run]) -> str:
    kept = sorted(run.measured[:10] for run in runs if run.kept)
    seeds = f", {len(runs)} seeds" if len(runs) > 1 else ""
    return (f"kept from {kept[0]}" if kept else "measured now") + seeds


def _plain(metrics: Metrics) -> dict[str, dict[str, dict[str, float]]]:
    return {model: {name: value.as_json() for name, value in row.items()} for model, row in metrics.items()}


def _table(metrics: Metrics, shown: Sequence[str], notes: dict[str, str]) -> list[str]:
    lines = ["  ".join([f"{'model':<14}", f"{'ndcg@10 (95 % interval)':<24}", *(f"{name:>12}" for name in shown[1:])])]
    for model, row in metrics.items():
        first = row["ndcg@10"]
        cells = [f"{model:<14}", f"{first.mean:.4f} ({first.low:.4f}-{first.high:.4f})".ljust(24)]
        cells += [f"{row[name].mean:>12.4f}" if name in row else f"{'':>12}" for name in shown[1:]]
        lines.append("  ".join([*cells, notes.get(model, "")]).rstrip())
    return lines
