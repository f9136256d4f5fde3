"""Are the reasons the reasons? Facts are taken out of the graph and the score is computed again.

After DeYoung et al. (ERASER, ACL 2020): *comprehensiveness* (take the cited path out) and *sufficiency* (keep only the
cited paths); after Adebayo et al. (NeurIPS 2018): explanations must change when the learnt weights are shuffled.
A drop is the score before less the score after, both computed by a ``GraphRanker`` (``ranker.deletion``), over the
standard deviation of the request's scores. The control is a random path of the same relations and length, from the
same history if it has one. Intervals are bootstrapped over requests.

The reasons of a product are its strongest positive terms with a path, at most ``CITED``: what a reply can say.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kg_tools.progress import Progress
from ranker.config import RankerConfig
from ranker.deletion import FactRemover
from ranker.evaluation_plots import mean_term_sizes
from ranker.fitting import Fitted
from ranker.graph_data import GraphData
from ranker.graph_ranker import GraphRanker
from ranker.histories import Histories
from ranker.metrics import Interval, bootstrap, metrics_of_ranks, ranks
from ranker.ranking import RankedProduct, RankingRequest, StatedNeed
from ranker.reason_probe import CITED, K, ReasonProbe, cited_terms
from ranker.shares import SCORING_BATCH
from ranker.weight_shuffling import shuffled

PROBED_PRODUCTS = 2
NEAR_THE_TOP = 100
WRONG_NEEDS = 0.15
AVOIDED_NEEDS = 0.2

Floats = NDArray[np.float64]
Cited = Mapping[str, Mapping[str, Sequence[str]]]
"""Request -> product id -> its cited paths, strongest first, each as a short digest."""


@dataclass(frozen=True, slots=True)
class ReasonsReport:
    """What the reasons of one fitted ranker are worth.

    Attributes:
        requests: how many were asked, half of them with stated needs.
        paths: cited paths that were taken out.
        cited_by_name: share of cited paths by the name of their term.
        term_sizes: term name -> mean size in the score of a product shown.
        figures: section -> figure -> interval. Sections and figures:
            coverage: ``products``, share of the top 10 with a positive term that has a path.
            deletion: ``valid`` (share of cited paths whose facts are all in the graph), ``cited`` and ``random`` drops,
                their paired ``difference``, ``auc`` (chance that a cited path's drop is above a random one's, ties
                half), ``auc_strongest`` (the same for the strongest path of each product), ``pairs_won`` (each cited
                path against its own control, ties half), ``leaves_top`` (share of products that leave the top 10
                without their strongest path).
            weight_to_drop: ``kendall`` and ``spearman`` between stated value and real drop, ``exact`` (share of paths
                whose drop is their stated value, to 1 %).
            sufficiency: ``kept`` (share of what all facts add to a product's score that its cited paths alone add),
                ``spearman`` between both over products.
            named_share, named_share_top_100: share of the variance of a request's scores that the named terms carry:
                ``covariance`` cov(named, score) / var(score) and ``explained`` 1 - var(residual) / var(score).
            ndcg: ``with_residual``, ``named_only`` and their paired ``difference``, on test.
            shuffled: ``jaccard`` of cited paths and share with the ``same_first`` path, between the ranker and itself
                with shuffled weights; products with more than ``CITED`` paths only, as others have no choice.
                ``by_chance`` is the Jaccard of paths drawn at random: where ``jaccard`` is near it, nothing but the
                weights had chosen the reasons.
        cited: for ``seed_stability``.
    """

    requests: int
    paths: int
    cited_by_name: dict[str, float]
    term_sizes: dict[str, float]
    figures: dict[str, dict[str, Interval]]
    cited: Cited

    def as_json(self) -> dict[str, Any]:
        """All figures, and the cited paths in ``cited``."""
        plain = {
            section: {name: value.as_json() for name, value in figures.items()}
            for section, figures in self.figures.items()
        }
        return {
            "requests": self.requests,
            "paths": self.paths,
            "cited_by_name": self.cited_by_name,
            "term_sizes": self.term_sizes,
            **plain,
            "cited": {request: {one: list(paths) for one, paths in row.items()} for request, row in self.cited.items()},
        }

    def lines(self) -> list[str]:
        """The figures for people."""
        lines = [f"Reasons: {self.requests} requests, {self.paths} cited paths taken out (mean, 95 % interval)"]
        for section, figures in self.figures.items():
            for name, value in figures.items():
                label = f"{section}: {name}".replace("_", " ")
                lines.append(f"  {label:<34} {value.mean:7.4f} ({value.low:.4f} to {value.high:.4f})")
        return lines


def evaluate_reasons(
    graph: GraphData,
    text: NDArray[np.float32],
    fitted: Fitted,
    config: RankerConfig,
    *,
    history: Histories,
    target: NDArray[np.int64],
    requests: int = 200,
    probed: int = 100,
    ndcg_shoppers: int = 2000,
    seed: int = 0,
    progress: Progress,
) -> ReasonsReport:
    """Asks a sample of test shoppers' requests, half of them with simulated needs, and tests every reason given.

    Args:
        graph: the graph the model was fitted on.
        text: float32 (P, T).
        fitted: the model.
        config: its settings.
        history: what each test shopper had met, S rows.
        target: int64 (S,), what each met next.
        requests: how many shoppers are asked for.
        probed: for how many of them facts are taken out, of ``PROBED_PRODUCTS`` products drawn from the top 10.
        ndcg_shoppers: how many shoppers the NDCG without residual is measured on.
        seed: of every sample; the same shoppers for every model of a shop.
        progress: told after each step.
    """
    random = np.random.default_rng(seed)
    rows = random.permutation(len(target))[:requests]
    ranked = random.permutation(len(target))[:ndcg_shoppers]
    asked = {
        str(row): sample_request(graph, history.row(int(row)), int(target[row]), number % 2 == 1, random)
        for number, row in enumerate(rows)
    }
    remover = FactRemover(graph, text, fitted, config)
    ranker = remover.ranker()
    shown = {name: ranker.rank(request) for name, request in asked.items()}
    figures = {"coverage": {"products": _mean(_reasoned(products) for products in shown.values() if products)}}
    probe = ReasonProbe(remover, ranker, random)
    for number, name in enumerate(list(asked)[:probed]):
        progress(f"taking facts out: request {number + 1} of {probed}", 0.8 * number / probed)
        probe.add(asked[name], shown[name], PROBED_PRODUCTS)
    figures |= probe.figures()
    progress("named terms and residual", 0.85)
    plain = config.model_copy(update={"model": config.model.model_copy(update={"residual": False})})
    named = FactRemover(graph, text, fitted, plain).ranker()
    figures |= named_shares(graph, ranker, named, asked.values())
    figures["ndcg"] = ndcg_without_residual(fitted, history, target, ranked)
    progress("shuffling weights", 0.95)
    other = FactRemover(graph, text, shuffled(remover.graph, fitted, seed), config).ranker()
    figures["shuffled"] = _sanity(asked, shown, other)
    return ReasonsReport(
        requests=len(asked),
        paths=len(probe.drops),
        cited_by_name=probe.shares_of_names(),
        term_sizes=mean_term_sizes(product for products in shown.values() for product in products),
        figures=figures,
        cited={name: {one.product_id: _keys(one) for one in products} for name, products in shown.items()},
    )


def sample_request(
    graph: GraphData, history: NDArray[np.int64], target: int, with_needs: bool, random: np.random.Generator
) -> RankingRequest:
    """One shopper's request; with needs it names one or two attributes of the target, some wrongly, some avoided."""
    met = tuple(graph.product_ids[product] for product in history)
    needs: list[StatedNeed] = []
    for _ in range(int(random.integers(1, 3)) if with_needs and len(graph.slots) else 0):
        avoided = bool(random.random() < AVOIDED_NEEDS)
        wrong = bool(random.random() < WRONG_NEEDS)
        # What is avoided is something the target does not have, unless the shopper is wrong about it.
        product = int(random.integers(graph.products)) if avoided != wrong else target
        slots = graph.incidence.indices[graph.incidence.indptr[product] : graph.incidence.indptr[product + 1]]
        if len(slots):
            node = graph.slots[int(random.choice(slots))][1]
            needs.append(StatedNeed(node, (node,), wanted=not avoided))
    return RankingRequest(history=met, exclude=frozenset(met), needs=tuple(needs), k=K)


def seed_stability(first: Cited, second: Cited) -> dict[str, Interval]:
    """How alike two fits explain the same products.

    Args:
        first: ``ReasonsReport.cited`` of one fit, or the same read from JSON.
        second: of another one, asked with the same ``seed``.

    Returns:
        ``jaccard`` of the cited paths of products that both show for the same request, ``same_first`` the share whose
        strongest path is the same, and ``same_products``, the Jaccard of the lists shown.
    """
    alike: list[float] = []
    same_first: list[float] = []
    lists: list[float] = []
    for request in first.keys() & second.keys():
        ours, theirs = first[request], second[request]
        lists.append(jaccard(ours, theirs))
        both = [one for one in ours if one in theirs and (ours[one] or theirs[one])]
        if both:
            alike.append(float(np.mean([jaccard(ours[one], theirs[one]) for one in both])))
            same_first.append(float(np.mean([list(ours[one][:1]) == list(theirs[one][:1]) for one in both])))
    return {"jaccard": _mean(alike), "same_first": _mean(same_first), "same_products": _mean(lists)}


def jaccard(first: Iterable[str], second: Iterable[str]) -> float:
    """Shared share of two sets, 0..1; 1 for two empty ones."""
    left, right = set(first), set(second)
    return len(left & right) / len(left | right) if left | right else 1.0


def named_shares(
    graph: GraphData, ranker: GraphRanker, named: GraphRanker, requests: Iterable[RankingRequest]
) -> dict[str, dict[str, Interval]]:
    """The named terms' share of the variance of a request's scores, over all candidates and near the top.

    Args:
        graph: for the products' ids.
        ranker: the whole score.
        named: the same without its residual.
        requests: any.
    """
    rows: dict[str, list[tuple[float, float]]] = {"named_share": [], "named_share_top_100": []}
    for request in requests:
        score, part = ranker.scores(request), named.scores(request)
        candidates = np.array([one not in request.exclude for one in graph.product_ids], bool)
        score, part = score[candidates], part[candidates]
        top = np.argsort(-score, kind="stable")[:NEAR_THE_TOP]
        for section, chosen in (("named_share", slice(None)), ("named_share_top_100", top)):
            whole, own = score[chosen], part[chosen]
            if len(whole) > 1 and whole.var() > 0:
                covariance = float(np.mean((own - own.mean()) * (whole - whole.mean())))
                rows[section].append((covariance / whole.var(), 1 - float((whole - own).var() / whole.var())))
    return {
        section: {name: _mean(pair[place] for pair in pairs) for place, name in enumerate(("covariance", "explained"))}
        for section, pairs in rows.items()
    }


def ndcg_without_residual(
    fitted: Fitted, history: Histories, target: NDArray[np.int64], rows: NDArray[np.int64]
) -> dict[str, Interval]:
    """NDCG@10 of the whole score and of its named terms alone, over the shoppers of ``rows``, paired."""
    found: dict[str, list[Floats]] = {"with_residual": [], "named_only": []}
    for start in range(0, len(rows), SCORING_BATCH):
        chosen = rows[start : start + SCORING_BATCH]
        histories = history.take(chosen)
        with torch.inference_mode():
            batch = fitted.builder.build(histories.latest_first(fitted.model.config.history))
            named = fitted.model.terms(batch).numpy()
            whole = fitted.model(batch, fitted.vectors).numpy()
        for name, scores in (("with_residual", whole), ("named_only", named)):
            masked = np.array(scores)
            masked[histories.matrix().nonzero()] = -np.inf
            found[name].append(metrics_of_ranks(ranks(masked, target[chosen]))["ndcg@10"])
    values = {name: np.concatenate(parts) if parts else np.zeros(0) for name, parts in found.items()}
    values["difference"] = values["with_residual"] - values["named_only"]
    return {name: bootstrap(column) for name, column in values.items()}


def _reasoned(products: Sequence[RankedProduct]) -> float:
    return float(np.mean([bool(cited_terms(one)) for one in products]))


def _keys(product: RankedProduct) -> tuple[str, ...]:
    """The cited paths of a product, strongest first, each as a short digest."""
    return tuple(
        hashlib.blake2b(repr(term.path.triples).encode(), digest_size=6).hexdigest()
        for term in cited_terms(product)
        if term.path is not None
    )


def _sanity(
    asked: dict[str, RankingRequest], shown: dict[str, list[RankedProduct]], other: GraphRanker
) -> dict[str, Interval]:
    """How alike another ranker explains the products shown, where they have more paths than are cited."""
    ours: dict[str, dict[str, tuple[str, ...]]] = {}
    theirs: dict[str, dict[str, tuple[str, ...]]] = {}
    chance: list[float] = []
    for name, request in asked.items():
        paths = {one.product_id: len(cited_terms(one, len(one.terms))) for one in shown[name]}
        ours[name] = {one.product_id: _keys(one) for one in shown[name] if paths[one.product_id] > CITED}
        again = replace(request, candidates=tuple(ours[name]), exclude=frozenset(), k=max(len(ours[name]), 1))
        theirs[name] = {one.product_id: _keys(one) for one in other.rank(again)}
        if ours[name]:
            chance.append(float(np.mean([chance_jaccard(paths[one]) for one in ours[name]])))
    alike = seed_stability(ours, theirs)
    return {name: alike[name] for name in ("jaccard", "same_first")} | {"by_chance": _mean(chance)}


def chance_jaccard(paths: int, cited: int = CITED) -> float:
    """Expected Jaccard of two random choices of ``cited`` out of so many paths (at least ``cited``), 0..1."""
    ways = [math.comb(cited, same) * math.comb(paths - cited, cited - same) for same in range(cited + 1)]
    return sum(way * same / (2 * cited - same) for same, way in enumerate(ways)) / sum(ways)


def _mean(values: Iterable[float]) -> Interval:
    return bootstrap(np.array(list(values), np.float64))
