"""The measurements of one shop, for people and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranker.metrics import Interval

PROTOCOL = (
    "leave one out: fitted on train, tuned on valid, history = train + valid, last product = target; "
    "all products ranked, those met before masked; 95 % interval by bootstrap over shoppers (and seeds)"
)
SHOWN = ("ndcg@10", "hr@10", "precision@10", "mrr", "coverage", "gini")

Metrics = dict[str, dict[str, Interval]]
"""Model -> metric -> interval."""
Cold = dict[str, dict[str, NDArray[np.int64]]]
"""Slice of cold starts -> way of answering -> ranks of its targets."""


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
        extras: what only some models have: settings and tuning of baselines; reasons, speed, shares, training curve.
        cold: ranks of cold starts, for the graph models.
    """

    model: str
    seed: int
    measured: str
    kept: bool
    rank: NDArray[np.int64]
    top: dict[str, float]
    seconds: float
    extras: dict[str, Any]
    cold: Cold


@dataclass(frozen=True, slots=True)
class Comparison:
    """One model's NDCG@10 less another's, shopper by shopper.

    Attributes:
        model: its name.
        other: what it is compared with.
        slice: of the test shoppers; "all".
        difference: in NDCG@10.
        relative: the same as a share of the other's mean.
    """

    model: str
    other: str
    slice: str
    difference: Interval
    relative: Interval

    def as_json(self) -> dict[str, Any]:
        """All fields."""
        return {
            "model": self.model,
            "other": self.other,
            "slice": self.slice,
            "ndcg@10": self.difference.as_json(),
            "relative": self.relative.as_json(),
        }

    def line(self) -> str:
        """For people."""
        share = self.relative
        return (
            f"{self.model} over {self.other}, {self.slice}: {share.mean:+.1%} ({share.low:+.1%} to {share.high:+.1%}), "
            f"NDCG@10 {self.difference.mean:+.4f} ({self.difference.low:+.4f} to {self.difference.high:+.4f})"
        )


@dataclass(frozen=True, slots=True)
class RankingReport:
    """The measurements of one shop.

    Attributes:
        shop: its name.
        shoppers: number of test shoppers.
        models: all models; ``oracle`` is the best possible ranking where it is known.
        slices: slice -> models.
        slice_sizes: slice -> number of test shoppers.
        comparisons: ours against the best baseline, with links against without.
        ablations: part left out -> metrics, of ``graph`` trained without that part.
        ablation_losses: the same ablations against ``graph``.
        reasons: model -> section -> figure -> interval (see ``ranker.evaluation_reasons``).
        knowledge: how well the knowledge-graph embedding finds held-out facts; empty if it was not measured.
        speed: model -> milliseconds per request, seconds per fit, peak memory.
        tuning: baseline -> its settings and how they were found.
        by_length: model -> length of history -> NDCG@10.
        term_sizes: model -> term -> mean size in the score of a recommended product.
        curves: model -> per seed, valid NDCG@10 before training and after each epoch.
        share_of_oracle: model -> its NDCG@10 over the oracle's; empty without one.
        measured: model -> "measured now" or "kept from DATE", with its seeds.
        left_out: model -> why it could not be measured on this shop.
    """

    shop: str
    shoppers: int
    models: Metrics
    slices: dict[str, Metrics]
    slice_sizes: dict[str, int]
    comparisons: list[Comparison]
    ablations: Metrics
    ablation_losses: list[Comparison]
    reasons: dict[str, dict[str, dict[str, Interval]]]
    knowledge: dict[str, Any]
    speed: dict[str, dict[str, float]]
    tuning: dict[str, dict[str, Any]]
    by_length: dict[str, dict[str, Interval]]
    term_sizes: dict[str, dict[str, float]]
    curves: dict[str, list[list[float]]]
    share_of_oracle: dict[str, float]
    measured: dict[str, str]
    left_out: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """The form that ``because evaluate ranking --json`` prints."""
        losses = {one.model: one.as_json() for one in self.ablation_losses}
        return {
            "shop": self.shop,
            "protocol": PROTOCOL,
            "shoppers": self.shoppers,
            "models": _plain(self.models),
            "slices": {
                name: {"shoppers": self.slice_sizes[name], "models": _plain(metrics)}
                for name, metrics in self.slices.items()
            },
            "comparisons": [one.as_json() for one in self.comparisons],
            "ablations": {
                name: {**row, "against graph": losses.get(name)} for name, row in _plain(self.ablations).items()
            },
            "reasons": {model: _plain(sections) for model, sections in self.reasons.items()},
            "knowledge": self.knowledge,
            "speed": self.speed,
            "tuning": self.tuning,
            "by_length": _plain(self.by_length),
            "term_sizes": self.term_sizes,
            "curves": self.curves,
            "share_of_oracle": self.share_of_oracle,
            "measured": self.measured,
            "left_out": self.left_out,
        }

    def lines(self) -> list[str]:
        """The tables for people."""
        lines = [f"Ranking, shop {self.shop}, {self.shoppers:,} test shoppers", PROTOCOL, ""]
        lines += table(self.models, SHOWN, self.measured)
        lines += [f"{model} is left out: {why}" for model, why in self.left_out.items()]
        for name, metrics in self.slices.items():
            lines += ["", f"{name} ({self.slice_sizes[name]:,} test shoppers)", *table(metrics, SHOWN[:2], {})]
        lines += ["", *(one.line() for one in self.comparisons)]
        if self.share_of_oracle:
            lines += ["", "NDCG@10 as a share of the best possible ranking"]
            lines += [f"  {model:<14} {share:.3f}" for model, share in self.share_of_oracle.items()]
        if self.ablations:
            lines += ["", "Ablations of graph, trained anew without a part", *table(self.ablations, SHOWN[:2], {})]
            lines += [one.line() for one in self.ablation_losses]
        for model, sections in self.reasons.items():
            lines += ["", f"Reasons of {model}"]
            for section, figures in sections.items():
                for name, value in figures.items():
                    label = f"{section}: {name}".replace("_", " ")
                    lines.append(f"  {label:<34} {value.mean:7.4f} ({value.low:.4f} to {value.high:.4f})")
        if self.knowledge:
            lines += ["", "Knowledge-graph embedding", *self.knowledge["lines"]]
        lines += ["", *(self._speed_line(model) for model in self.speed)]
        return lines

    def _speed_line(self, model: str) -> str:
        return f"{model}: " + ", ".join(f"{name} {value:.1f}" for name, value in self.speed[model].items())


def _plain(metrics: Mapping[str, Mapping[str, Interval]]) -> dict[str, dict[str, Any]]:
    return {model: {name: value.as_json() for name, value in row.items()} for model, row in metrics.items()}


def table(metrics: Metrics, shown: Sequence[str], notes: Mapping[str, str]) -> list[str]:
    """One line per model, with the interval of NDCG@10 and the means of the other metrics."""
    width = max([14, *map(len, metrics)])
    lines = [
        "  ".join([f"{'model':<{width}}", f"{'ndcg@10 (95 % interval)':<24}", *(f"{name:>12}" for name in shown[1:])])
    ]
    for model, row in metrics.items():
        first = row["ndcg@10"]
        cells = [f"{model:<{width}}", f"{first.mean:.4f} ({first.low:.4f}-{first.high:.4f})".ljust(24)]
        cells += [f"{row[name].mean:>12.4f}" if name in row else f"{'':>12}" for name in shown[1:]]
        lines.append("  ".join([*cells, notes.get(model, "")]).rstrip())
    return lines
