"""Takes cited paths out of the graph, one by one, and keeps what the score did.

A drop is the score of a product before less its score after, both by a ``GraphRanker``; where drops of several
requests meet they are in standard deviations of their request's scores. Intervals are bootstrapped over requests, as
drops of one request are not independent.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, rankdata, spearmanr

from kg_tools.products import Triple
from ranker.deletion import FactRemover
from ranker.graph_ranker import GraphRanker
from ranker.metrics import Interval
from ranker.path_sampling import PathSampler
from ranker.ranking import RankedProduct, RankingRequest, Term

K = 10
CITED = 3
"""Paths a reply gives for a product, at most."""
RESAMPLES = 200
EXACT = 0.01
"""A drop equals its stated value if it is off by no more than this share."""

Floats = NDArray[np.float64]
Section = dict[str, Interval]


class Drop(NamedTuple):
    """One cited path taken out.

    Attributes:
        request: its number.
        stated: the value of the term that cites it.
        cited: what the product's score really lost.
        random: what it lost without a random path instead.
        spread: standard deviation of the request's scores.
        place: 0 for the strongest path of its product, then 1, 2.
    """

    request: int
    stated: float
    cited: float
    random: float
    spread: float
    place: int


class Kept(NamedTuple):
    """One product with nothing but its cited paths.

    Attributes:
        request: its number.
        cited: its score with the cited paths less its score without any facts.
        full: its score with all facts less the same.
        left: 1 if it leaves the top 10 without its strongest path, else 0.
    """

    request: int
    cited: float
    full: float
    left: float


def cited_terms(product: RankedProduct, most: int = CITED) -> list[Term]:
    """The strongest positive terms with a path."""
    positive = [term for term in product.terms if term.path is not None and term.value > 0]
    return sorted(positive, key=lambda term: -term.value)[:most]


class ReasonProbe:
    """Tests reasons request by request.

    Args:
        remover: makes rankers of the graph less some facts.
        ranker: of the whole graph.
        random: draws the products and the control paths.
    """

    def __init__(self, remover: FactRemover, ranker: GraphRanker, random: np.random.Generator) -> None:
        self._remover = remover
        self._ranker = ranker
        self._sampler = PathSampler(remover, random)
        self._random = random
        self._requests = 0
        self._ids = remover.graph.product_ids
        self._position = {product_id: number for number, product_id in enumerate(self._ids)}
        self.drops: list[Drop] = []
        self.names: list[str] = []
        self.kept: list[Kept] = []
        self.valid: list[tuple[int, float]] = []

    def add(self, request: RankingRequest, shown: Sequence[RankedProduct], products: int) -> None:
        """Tests the reasons of some of the products shown, drawn at random."""
        before = self._ranker.scores(request)
        for place in self._random.permutation(len(shown))[:products].tolist():
            terms = cited_terms(shown[place])
            paths = [_path(term) for term in terms]
            real = [all(self._remover.has(triple) for triple in path) for path in paths]
            self.valid += [(self._requests, float(one)) for one in real]
            if terms and all(real):
                self._test(request, self._position[shown[place].product_id], terms, before)
        self._requests += 1

    def _test(self, request: RankingRequest, product: int, terms: Sequence[Term], before: Floats) -> None:
        spread = float(before.std()) or 1.0
        left = 0.0
        for number, term in enumerate(terms):
            after = self._scores(request, _path(term))
            other = self._sampler.like(_path(term), request)
            control = self._scores(request, other)[product] if other else before[product]
            lost, lost_by_chance = before[product] - after[product], before[product] - control
            self.drops.append(Drop(self._requests, term.value, float(lost), float(lost_by_chance), spread, number))
            self.names.append(term.name)
            if number == 0:
                left = float(self._rank(request, after, product) >= K)
        cited = {triple for term in terms for triple in _path(term)}
        facts = self._remover.facts_of(product)
        empty = self._scores(request, facts)[product]
        kept = self._scores(request, facts - cited)[product]
        self.kept.append(Kept(self._requests, float(kept - empty), float(before[product] - empty), left))

    def _scores(self, request: RankingRequest, removed: set[Triple] | tuple[Triple, ...]) -> Floats:
        return self._remover.ranker(removed).scores(request)

    def _rank(self, request: RankingRequest, scores: Floats, product: int) -> int:
        above = np.flatnonzero(scores > scores[product])
        return sum(self._ids[one] not in request.exclude for one in above.tolist())

    def shares_of_names(self) -> dict[str, float]:
        """Share of the cited paths by term name."""
        return {name: self.names.count(name) / len(self.names) for name in sorted(set(self.names))}

    def figures(self) -> dict[str, Section]:
        """All figures; 0 where nothing was tested.

        Returns:
            The sections deletion, weight_to_drop and sufficiency of ``evaluation_reasons.ReasonsReport``.
        """
        request, stated, cited, control, spread, place = _columns(self.drops, 6)
        on_request, kept, full, left = _columns(self.kept, 4)
        valid_request, valid = _columns(self.valid, 2)
        exact = np.abs(cited - stated) <= EXACT * np.abs(stated)
        drop, chance = cited / spread, control / spread
        first = np.flatnonzero(place == 0)
        won = (drop > chance) + 0.5 * (drop == chance)
        return {
            "deletion": {
                "valid": clustered(valid_request, lambda rows: _mean(valid[rows])),
                "cited": clustered(request, lambda rows: _mean(drop[rows])),
                "random": clustered(request, lambda rows: _mean(chance[rows])),
                "difference": clustered(request, lambda rows: _mean((drop - chance)[rows])),
                "auc": clustered(request, lambda rows: auc(drop[rows], chance[rows])),
                "auc_strongest": clustered(request[first], lambda rows: auc(drop[first][rows], chance[first][rows])),
                "pairs_won": clustered(request, lambda rows: _mean(won[rows])),
                "leaves_top": clustered(on_request, lambda rows: _mean(left[rows])),
            },
            "weight_to_drop": {
                "kendall": clustered(request, lambda rows: _correlation(kendalltau, stated[rows], cited[rows])),
                "spearman": clustered(request, lambda rows: _correlation(spearmanr, stated[rows], cited[rows])),
                "exact": clustered(request, lambda rows: _mean(exact[rows])),
            },
            "sufficiency": {
                "kept": clustered(on_request, lambda rows: _ratio(kept[rows].sum(), full[rows].sum())),
                "spearman": clustered(on_request, lambda rows: _correlation(spearmanr, kept[rows], full[rows])),
            },
        }


def auc(higher: Floats, lower: Floats) -> float:
    """Chance that a value of the first is above one of the second, ties half (Mann & Whitney 1947), 0..1."""
    place = rankdata(np.concatenate([higher, lower]))[: len(higher)]
    above = place.sum() - len(higher) * (len(higher) + 1) / 2
    return float(above / max(len(higher) * len(lower), 1))


def clustered(request: Floats, statistic: Callable[[NDArray[np.int64]], float], seed: int = 0) -> Interval:
    """A statistic of rows with its 95 % interval, whole requests resampled (Efron 1979); 0 without rows.

    Args:
        request: (n,), number of each row's request.
        statistic: row numbers -> value.
        seed: of the resampling.
    """
    if not len(request):
        return Interval(0.0, 0.0, 0.0)
    names, start = np.unique(request, return_index=True)
    groups = np.split(np.arange(len(request)), np.sort(start)[1:])
    random = np.random.default_rng(seed)
    value = statistic(np.arange(len(request)))
    draws = [
        statistic(np.concatenate([groups[one] for one in random.integers(len(names), size=len(names))]))
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(draws, [2.5, 97.5])
    return Interval(value, min(float(low), value), max(float(high), value))


def _path(term: Term) -> tuple[Triple, ...]:
    return () if term.path is None else term.path.triples


def _columns(rows: Sequence[tuple[float, ...]], count: int) -> tuple[Floats, ...]:
    return tuple(np.array(rows, np.float64).reshape(-1, count).T)


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean())


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0


def _correlation(measure: Callable[[Floats, Floats], Any], first: Floats, second: Floats) -> float:
    """A rank correlation, -1..1; 0 where one side is constant, so that there is nothing to correlate."""
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(measure(first, second).statistic)
