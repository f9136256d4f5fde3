"""How fast requests are answered, on generated shops of any size.

The shop is random but shaped like a real one: popularity falls as Zipf's law, histories stay within a taste, brands
and features are shared unevenly, and texts lie in clusters. The ranker has its starting gates: speed does not depend on
what was learnt. Beside each size stands its floor, one pass over as many product vectors.
"""

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kg_tools.progress import Progress
from kg_tools.vocabulary import BECAUSE, SCHEMA
from ranker.config import ORDERED, ModelConfig, RankerConfig
from ranker.graph_data import GraphData
from ranker.graph_ranker import GraphRanker
from ranker.histories import Histories
from ranker.neighbours import fit_neighbours
from ranker.ranking import RankingRequest, StatedNeed
from ranker.refreshing import parameters_only
from ranker.retrieval import Indexes, RetrievalSettings
from ranker.sparse import Csr, csr_matrix

SIZES = (10_000, 100_000, 1_000_000)
TEXT_WIDTH = 384
VECTOR_WIDTH = ModelConfig().width + ModelConfig().knowledge_width
PER_TASTE = 500
REQUESTS = 100
JUDGED = 50
FLOOR_RUNS = 15


@dataclass(frozen=True, slots=True)
class GeneratedShop:
    """A shop made up for measurements; P products.

    Attributes:
        graph: categories, brands, features and ``boughtTogether`` links.
        histories: what shoppers met, oldest first.
        text: float32 (P, 384), unit length.
        vectors: float32 (P, 64), standing in for product vectors.
    """

    graph: GraphData
    histories: Histories
    text: NDArray[np.float32]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SizeResult:
    """The measurements of one size.

    Attributes:
        products: P.
        rank_ms_p50: one request with history over the whole catalogue.
        rank_ms_p95: the same.
        needs_ms_p50: one request with history and two needs.
        floor_ms: one pass over P x 64 float32, median, same run.
        ratio: ``rank_ms_p50`` over ``floor_ms``.
        recall_at_10: share of the exact top 10 that is found; 1 where all products are scored.
        counting_seconds: counting neighbours in the log, which training does once.
        index_seconds: building the vector indexes; 0 where there are none.
        ready_seconds: making the ranker of graph, neighbours and vectors, indexes included.
        peak_mb: largest resident memory of the process so far, the generated shop included.
    """

    products: int
    rank_ms_p50: float
    rank_ms_p95: float
    needs_ms_p50: float
    floor_ms: float
    ratio: float
    recall_at_10: float
    counting_seconds: float
    index_seconds: float
    ready_seconds: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    """The measurements of all sizes."""

    results: tuple[SizeResult, ...]

    def as_json(self) -> dict[str, Any]:
        """The form that ``--json`` prints."""
        return {"speed": [{name: getattr(one, name) for name in one.__slots__} for one in self.results]}

    def lines(self) -> list[str]:
        """The report for people."""
        head = "products   p50 ms  p95 ms  needs p50  floor ms  ratio  recall@10  count s  index s  ready s  peak MB"
        return [head] + [
            f"{one.products:>8,} {one.rank_ms_p50:>8.2f} {one.rank_ms_p95:>7.2f} {one.needs_ms_p50:>10.2f}"
            f" {one.floor_ms:>9.2f} {one.ratio:>6.2f} {one.recall_at_10:>10.3f} {one.counting_seconds:>8.1f}"
            f" {one.index_seconds:>8.1f} {one.ready_seconds:>8.1f} {one.peak_mb:>8.0f}"
            for one in self.results
        ]


def benchmark_rank(sizes: Sequence[int] = SIZES, *, seed: int = 0, progress: Progress) -> BenchmarkReport:
    """Generates a shop of each size and measures ``rank`` on it, one request after the other.

    Args:
        sizes: numbers of products, each at least 100.
        seed: of everything random.
        progress: told before each step.
    """
    return BenchmarkReport(tuple(_measure(size, seed, progress) for size in sorted(sizes)))


def generated_shop(products: int, seed: int = 0) -> GeneratedShop:
    """A shop of that many products; the same for the same seed."""
    random = np.random.default_rng(seed)
    tastes = max(products // PER_TASTE, 4)
    taste = random.choice(tastes, products, p=_zipf(tastes, 0.7))
    popularity = random.permutation(_zipf(products, 0.9))
    graph = _graph(taste, popularity, random)
    return GeneratedShop(
        graph=graph,
        histories=_histories(taste, popularity, random),
        text=_clustered(taste, TEXT_WIDTH, random),
        vectors=_clustered(taste, VECTOR_WIDTH, random) * np.float32(VECTOR_WIDTH**0.5),
    )


def untrained_ranker(
    shop: GeneratedShop, retrieval: RetrievalSettings, seed: int = 0
) -> tuple[GraphRanker, dict[str, float]]:
    """A ranker with starting gates and a random residual, and the seconds of ``counting``, ``index`` and ``ready``."""
    torch.manual_seed(seed)
    config, counting = RankerConfig(), time.perf_counter()
    neighbours = fit_neighbours(shop.histories, ORDERED)
    model = parameters_only(shop.graph, {}, config.model, text_width=TEXT_WIDTH, met=True)
    torch.nn.init.normal_(model.matching.direct, std=0.02)
    torch.nn.init.normal_(model.matching.out, std=0.02)
    started = time.perf_counter()
    large = len(shop.vectors) > retrieval.above
    indexes = Indexes.build(shop.vectors, shop.text) if large else None
    indexed = time.perf_counter()
    ranker = GraphRanker(
        shop.graph,
        model,
        config,
        vectors=torch.from_numpy(shop.vectors),
        neighbours=neighbours,
        text=shop.text,
        encoder=None,
        retrieval=retrieval,
        indexes=indexes,
    )
    seconds = {"counting": started - counting, "index": indexed - started if large else 0.0}
    return ranker, seconds | {"ready": time.perf_counter() - started}


def recall_of_two_stages(ranker: GraphRanker, product_ids: Sequence[str], requests: Sequence[RankingRequest]) -> float:
    """Mean share of the exact top k that ``rank`` finds."""
    found: list[float] = []
    for request in requests:
        scores = ranker.scores(request)
        barred = request.exclude | set(request.disliked)
        best = np.argsort(-scores, kind="stable")[: request.k + len(barred)]
        exact = [product_ids[one] for one in best if product_ids[one] not in barred][: request.k]
        found.append(len({one.product_id for one in ranker.rank(request)} & set(exact)) / max(len(exact), 1))
    return float(np.mean(found))


def _measure(products: int, seed: int, progress: Progress) -> SizeResult:
    progress(f"{products:,} products: generating a shop", None)
    shop = generated_shop(products, seed)
    retrieval = RetrievalSettings()
    progress(f"{products:,} products: making the ranker", None)
    ranker, seconds = untrained_ranker(shop, retrieval, seed)
    plain, needing = _requests(shop, seed)
    progress(f"{products:,} products: {2 * REQUESTS} requests", None)
    times = _milliseconds(ranker.rank, plain)
    needs = _milliseconds(ranker.rank, needing)
    vector = shop.vectors[0].copy()
    floor = float(np.median(_milliseconds(lambda _: shop.vectors @ vector, [None] * FLOOR_RUNS)))
    recall = 1.0
    if products > retrieval.above:
        progress(f"{products:,} products: comparing with exact scores", None)
        judged = [*plain[: JUDGED // 2], *needing[: JUDGED // 2]]
        recall = recall_of_two_stages(ranker, shop.graph.product_ids, judged)
    p50, p95 = np.quantile(times, [0.5, 0.95])
    return SizeResult(
        products=products,
        rank_ms_p50=float(p50),
        rank_ms_p95=float(p95),
        needs_ms_p50=float(np.median(needs)),
        floor_ms=floor,
        ratio=float(p50) / floor,
        recall_at_10=recall,
        counting_seconds=seconds["counting"],
        index_seconds=seconds["index"],
        ready_seconds=seconds["ready"],
        peak_mb=_peak_mb(),
    )


def _requests(shop: GeneratedShop, seed: int) -> tuple[list[RankingRequest], list[RankingRequest]]:
    """Requests of random shoppers: with their history alone, and with two needs met by what they chose last."""
    random = np.random.default_rng(seed)
    rows = random.integers(len(shop.histories), size=REQUESTS)
    plain: list[RankingRequest] = []
    needing: list[RankingRequest] = []
    for row in rows.tolist():
        met = shop.histories.row(row)
        history = tuple(shop.graph.product_ids[product] for product in met[:-1])
        plain.append(RankingRequest(history=history, exclude=frozenset(history)))
        has = shop.graph.incidence[int(met[-1])].indices
        nodes = [shop.graph.slots[slot][1] for slot in random.permutation(has)[:2]]
        needing.append(replace(plain[-1], needs=tuple(StatedNeed(node, (node,)) for node in nodes)))
    return plain, needing


def _milliseconds(call: Callable[[Any], object], arguments: Sequence[Any]) -> list[float]:
    """Time of each call, after three that warm up."""
    for argument in arguments[:3]:
        call(argument)
    times: list[float] = []
    for argument in arguments:
        started = time.perf_counter()
        call(argument)
        times.append(1000 * (time.perf_counter() - started))
    return times


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _zipf(count: int, power: float) -> NDArray[np.float64]:
    weights = np.arange(1, count + 1) ** -power
    return weights / weights.sum()


def _clustered(taste: NDArray[np.int64], width: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Unit vectors around one centre per taste, and centres around few themes."""
    themes = random.standard_normal((20, width), dtype=np.float32)
    count = int(taste.max()) + 1
    centres = themes[random.integers(20, size=count)] + random.standard_normal((count, width), dtype=np.float32)
    vectors = centres[taste]
    vectors += random.standard_normal(vectors.shape, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _graph(taste: NDArray[np.int64], popularity: NDArray[np.float64], random: np.random.Generator) -> GraphData:
    """Two levels of categories by taste, a brand and five features a product, four links within its taste."""
    products, tastes = len(taste), int(taste.max()) + 1
    brands, features = max(products // 50, 4), max(products // 100, 10)
    relations = (str(SCHEMA.brand), str(SCHEMA.category), str(BECAUSE.feature))
    columns = [
        (0, brands, random.choice(brands, (products, 1), p=_zipf(brands, 0.8))),
        (1, 20, (taste % 20)[:, None]),
        (1, tastes, taste[:, None]),
        (2, features, random.choice(features, (products, 5), p=_zipf(features, 0.8))),
    ]
    first = np.cumsum([0] + [count for _, count, _ in columns])
    slot = np.concatenate([start + chosen for start, (_, _, chosen) in zip(first, columns, strict=False)], axis=1)
    incidence = _ones(slot, (products, int(first[-1])))
    relation = np.concatenate([np.full(count, number) for number, count, _ in columns])
    holders = np.maximum(np.bincount(incidence.indices, minlength=len(relation)), 1)
    ids = tuple(f"P{number:08d}" for number in range(products))
    linked = _drawn(taste, np.repeat(taste, 4), popularity, random).reshape(-1, 4)
    links = {str(BECAUSE.boughtTogether): _ones(linked, (products, products))}
    return GraphData(
        product_iris=tuple(f"urn:generated:product:{product_id}" for product_id in ids),
        product_ids=ids,
        relations=relations,
        slots=tuple((relations[number], f"urn:generated:node:{place}") for place, number in enumerate(relation)),
        slot_relation=relation.astype(np.int64),
        incidence=incidence,
        rarity=(np.log(products / holders) / np.log(products)).astype(np.float32),
        links=links,
        link_lists={},
        link_targets=(),
        numbers=np.zeros((products, 0), np.float32),
    )


def _ones(columns: NDArray[np.int64], shape: tuple[int, int]) -> Csr:
    """A matrix with ones at the given columns of each row; repeated ones count once."""
    starts = np.arange(len(columns) + 1) * columns.shape[1]
    matrix = csr_matrix((np.ones(columns.size, np.float32), columns.ravel(), starts), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _histories(taste: NDArray[np.int64], popularity: NDArray[np.float64], random: np.random.Generator) -> Histories:
    """As many shoppers as products, with five to eleven products each: mostly of one taste, every fifth of any."""
    products = len(taste)
    own = taste[random.choice(products, products, p=popularity)]
    lengths = np.minimum(4 + random.geometric(0.3, products), 11)
    rows = np.repeat(np.arange(products), lengths)
    drawn = _drawn(taste, own[rows], popularity, random)
    elsewhere = random.random(len(rows)) < 0.2
    drawn[elsewhere] = random.choice(products, int(elsewhere.sum()), p=popularity)
    return Histories(drawn, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), products)


def _drawn(
    taste: NDArray[np.int64], wanted: NDArray[np.int64], popularity: NDArray[np.float64], random: np.random.Generator
) -> NDArray[np.int64]:
    """One product of each wanted taste, drawn by popularity, shape as ``wanted``."""
    order = np.argsort(taste, kind="stable")
    mass = np.concatenate([[0.0], np.cumsum(popularity[order])])
    ends = np.searchsorted(taste[order], np.arange(int(taste.max()) + 2))
    low, high = mass[ends[wanted]], mass[ends[wanted + 1]]
    drawn = low + random.random(len(wanted)) * (high - low)
    return order[np.minimum(np.searchsorted(mass, drawn, side="right") - 1, len(order) - 1)]
