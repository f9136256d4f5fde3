"""Two stages: hard needs hold exactly, scores are exact, little is missed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg_tools.vocabulary import BECAUSE, SCHEMA
from ranker.benchmark import generated_shop, recall_of_two_stages, untrained_ranker
from ranker.config import ORDERED, ModelConfig, RankerConfig
from ranker.graph_data import build_graph_data
from ranker.graph_ranker import GraphRanker
from ranker.histories import from_sequences
from ranker.neighbours import fit_neighbours
from ranker.ranking import RankingRequest, StatedNeed
from ranker.refreshing import parameters_only
from ranker.retrieval import FEW_NEW, RetrievalSettings, VectorIndex
from ranker.testing import BASE, board_arrays

TWO_STAGES = RetrievalSettings(above=6, postings=50, kept=5, nearest=3, popular=2)
RELATIONS = (str(SCHEMA.brand), str(SCHEMA.color), str(BECAUSE.feature))


@st.composite
def shops_and_requests(draw: st.DrawFn) -> tuple[GraphRanker, RankingRequest]:
    """A random graph with a ranker on it that answers in two stages from seven products on, and a request."""
    products = draw(st.integers(1, 24))
    number, node = st.integers(0, products - 1), st.integers(0, 4)
    facts = draw(st.lists(st.tuples(number, st.sampled_from(RELATIONS), node), max_size=60))
    links = draw(st.lists(st.tuples(number, number), max_size=20))
    edges = [(head, relation, f"{BASE}node:{tail}") for head, relation, tail in facts]
    edges += [(head, str(BECAUSE.alsoBought), f"{BASE}product:p{tail}") for head, tail in links]
    graph = build_graph_data(board_arrays(products, edges=edges))
    logs = draw(st.lists(st.lists(number, max_size=6), min_size=1, max_size=8))
    neighbours = fit_neighbours(from_sequences(logs, products), ORDERED)
    config = RankerConfig(encoder=None, model=ModelConfig(width=4, hidden=2, knowledge_width=2))
    torch.manual_seed(draw(st.integers(0, 5)))
    model = parameters_only(graph, {}, config.model, text_width=3, met=False)
    torch.nn.init.normal_(model.matching.direct)
    torch.nn.init.normal_(model.matching.out)
    ranker = GraphRanker(
        graph,
        model,
        config,
        vectors=torch.randn(products, 6),
        neighbours=neighbours,
        text=torch.nn.functional.normalize(torch.randn(products, 3)).numpy(),
        encoder=None,
        retrieval=TWO_STAGES,
    )
    ids = st.sampled_from([*graph.product_ids, "unknown"])
    several = st.lists(ids, max_size=6).map(tuple)
    needs = st.builds(
        StatedNeed,
        phrase=st.just("x"),
        nodes=st.lists(node.map(lambda one: f"{BASE}node:{one}"), max_size=3).map(tuple),
        wanted=st.booleans(),
        hard=st.booleans(),
        weight=st.floats(0, 3),
    )
    request = RankingRequest(
        history=draw(several),
        liked=draw(several),
        disliked=draw(several),
        needs=tuple(draw(st.lists(needs, max_size=3))),
        candidates=draw(st.none() | st.lists(ids, max_size=30).map(tuple)),
        exclude=frozenset(draw(several)),
        k=draw(st.integers(1, 30)),
        shopper=draw(st.sampled_from([None, "urn:s"])),
    )
    return ranker, request


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(shops_and_requests())
def test_hard_needs_hold_and_scores_are_exact(case: tuple[GraphRanker, RankingRequest]) -> None:
    ranker, request = case
    ids = ranker.graph.product_ids
    allowed = set(ids if request.candidates is None else request.candidates) & set(ids)
    allowed -= request.exclude | set(request.disliked)
    ranked = ranker.rank(request)
    found = [one.product_id for one in ranked]
    assert set(found) <= allowed
    assert len(found) == len(set(found)) == min(request.k, len(allowed)), "never short of k while candidates remain"
    exact = dict(zip(ids, ranker.scores(request), strict=True))
    assert [one.score for one in ranked] == pytest.approx([exact[one] for one in found], abs=1e-4)
    assert [(-one.score, one.product_id) for one in ranked] == sorted((-one.score, one.product_id) for one in ranked)
    for one in ranked:
        assert one.score == pytest.approx(sum(term.value for term in one.terms), abs=1e-4)
    if len(allowed) <= TWO_STAGES.above:
        best = sorted(allowed, key=lambda one: -exact[one])[: request.k]
        assert sorted(exact[one] for one in found) == pytest.approx(sorted(exact[one] for one in best), abs=1e-4)


@pytest.fixture(scope="module")
def large() -> GraphRanker:
    shop = generated_shop(4_000, seed=3)
    return untrained_ranker(shop, RetrievalSettings(above=1_000, kept=300, nearest=100, popular=50, probes=16))[0]


@pytest.fixture(scope="module")
def requests() -> list[RankingRequest]:
    random = np.random.default_rng(0)
    ids = [f"P{number:08d}" for number in range(4_000)]
    histories = [tuple(random.choice(ids, random.integers(1, 8))) for _ in range(40)]
    return [RankingRequest(history=history, exclude=frozenset(history)) for history in histories]


def test_most_of_the_exact_top_is_found(large: GraphRanker, requests: list[RankingRequest]) -> None:
    # 450 of 4,000 products are looked at; a random tenth of them would find a tenth.
    assert recall_of_two_stages(large, large.graph.product_ids, requests) > 0.9


def test_many_candidates_are_respected(large: GraphRanker, requests: list[RankingRequest]) -> None:
    random = np.random.default_rng(1)
    ids = np.array(large.graph.product_ids)
    for request in requests[:10]:
        some = tuple(random.permutation(ids)[:1_500].tolist())
        ranked = large.rank(replace(request, candidates=some, k=40))
        assert len(ranked) == 40
        assert {one.product_id for one in ranked} <= set(some) - request.exclude


def test_even_the_least_popular_come_back_when_asked_for_enough(large: GraphRanker) -> None:
    assert len(large.rank(RankingRequest(k=3_999))) == 3_999


def test_threads_find_the_same(large: GraphRanker, requests: list[RankingRequest]) -> None:
    expected = [large.rank(request) for request in requests]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(large.rank, requests)) == expected


def test_an_index_finds_what_is_near_and_knows_what_moved() -> None:
    random = np.random.default_rng(0)
    vectors = random.standard_normal((500, 80), dtype=np.float32)
    index, every = VectorIndex.build(vectors), np.ones(500, bool)
    exact = np.argsort(-(vectors @ vectors[7]))[:5]
    assert 7 in index.nearest(vectors[7], 20, 22, every)
    assert len(set(exact.tolist()) & set(index.nearest(vectors[7], 50, 22, every).tolist())) >= 4
    only = np.zeros(500, bool)
    only[[7, 9]] = True
    assert set(index.nearest(vectors[7], 20, 22, only).tolist()) == {7, 9}
    number = np.arange(500) - 1
    now = index.moved(number, 500)
    assert now is not None
    assert now.fresh.tolist() == [499]
    assert {6, 499} <= set(now.nearest(vectors[7], 20, 22, every).tolist())
    assert index.moved(number, 500 + FEW_NEW) is None, "too much is new"
