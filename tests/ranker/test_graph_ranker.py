"""The graph ranker: exact sums, exact deletions, needs, likes, strangers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kg_tools.progress import silent
from kg_tools.vocabulary import BECAUSE, SCHEMA
from ranker.artefacts import load_ranker
from ranker.fitting import fit
from ranker.graph_data import build_graph_data
from ranker.graph_ranker import GraphRanker
from ranker.histories import TRAIN, from_interactions
from ranker.ranking import RankedProduct, RankingRequest, StatedNeed
from ranker.testing import BASE, MemoryCatalogue, without_edge
from tests.ranker.conftest import SMALL

BLACK, WHITE = f"{BASE}colour:black", f"{BASE}colour:white"
EVERY = RankingRequest(
    history=("p0", "p4", "p2", "p4"),
    liked=("p6",),
    disliked=("p1",),
    needs=(
        StatedNeed("black", (BLACK,)),
        StatedNeed("not b3", (f"{BASE}brand:b3",), wanted=False, weight=2.0),
        StatedNeed("one or the other", (f"{BASE}brand:b0", f"{BASE}brand:b2"), hard=True),
    ),
    k=20,
    shopper=f"{BASE}shopper:s0",
)


def by_id(ranked: list[RankedProduct]) -> dict[str, RankedProduct]:
    return {one.product_id: one for one in ranked}


def random_request(random: np.random.Generator) -> RankingRequest:
    ids = [f"p{number}" for number in range(20)]
    nodes = [BLACK, WHITE, f"{BASE}brand:b0", f"{BASE}brand:b1", "urn:unknown"]
    needs = tuple(
        StatedNeed("x", tuple(random.choice(nodes, 2)), bool(random.integers(2)), weight=float(random.random() * 3))
        for _ in range(random.integers(3))
    )
    return RankingRequest(
        history=tuple(random.choice(ids, random.integers(12))),
        liked=tuple(random.choice(ids, random.integers(3))),
        disliked=tuple(random.choice(ids, random.integers(3))),
        needs=needs,
        k=20,
        shopper="urn:x" if random.integers(2) else None,
    )


def test_terms_add_up_for_random_requests(graph_ranker: GraphRanker) -> None:
    random = np.random.default_rng(3)
    for _ in range(60):
        for one in graph_ranker.rank(random_request(random)):
            assert one.score == pytest.approx(sum(term.value for term in one.terms), abs=1e-4)
            assert len([term for term in one.terms if term.path]) <= 8


def test_every_path_is_in_the_graph(graph_ranker: GraphRanker, board: MemoryCatalogue) -> None:
    arrays = board.arrays()
    stated = {
        (arrays.node_iris[head], arrays.relations[relation], arrays.node_iris[tail])
        for head, relation, tail in zip(arrays.heads, arrays.relation_index, arrays.tails, strict=True)
    }
    met = {(EVERY.shopper, str(BECAUSE.interactedWith), f"{BASE}product:{one}") for one in EVERY.history}
    triples = [t for one in graph_ranker.rank(EVERY) for term in one.terms if term.path for t in term.path.triples]
    assert triples
    assert set(triples) <= stated | met


def test_deleting_a_fact_takes_exactly_its_terms_away(
    graph_ranker: GraphRanker, trained: Path, board: MemoryCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small terms are folded into one without a path; here every summand must show its own.
    monkeypatch.setattr("ranker.explaining.NAMED_AT_MOST", 100)
    before = by_id(graph_ranker.rank(EVERY))
    names = set()
    for product_id in ("p3", "p8", "p10"):
        for term in before[product_id].terms:
            if term.path is None:
                continue
            names.add(term.name)
            fact = term.path.triples[-1]
            resting = sum(t.value for t in before[product_id].terms if t.path and fact in t.path.triples)
            less = load_ranker(trained, without_edge(board.arrays(), fact))
            after = by_id(less.rank(EVERY))[product_id]
            assert before[product_id].score - after.score == pytest.approx(resting, abs=1e-4), (product_id, term)
    assert names >= {"collaborative", "path", "need", "liked"}


def test_collaborative_paths_name_the_shopper_only_if_there_is_one(graph_ranker: GraphRanker) -> None:
    for shopper, length in ((EVERY.shopper, 2), (None, 1)):
        request = RankingRequest(history=("p0", "p2"), exclude=frozenset({"p0", "p2"}), shopper=shopper, k=3)
        paths = [
            t.path.triples
            for one in graph_ranker.rank(request)
            for t in one.terms
            if t.name == "collaborative" and t.path
        ]
        assert paths
        assert {len(path) for path in paths} == {length}
        assert {path[-1][1] for path in paths} == {str(BECAUSE.boughtAlongside)}


def test_a_need_moves_what_meets_it_up_and_an_avoided_one_down(graph_ranker: GraphRanker) -> None:
    history = ("p0", "p2", "p4")
    plain = by_id(graph_ranker.rank(RankingRequest(history=history, k=20)))
    for wanted, sign in ((True, 1), (False, -1)):
        request = RankingRequest(history=history, needs=(StatedNeed("black", (BLACK,), wanted),), k=20)
        asked = by_id(graph_ranker.rank(request))
        for product_id, one in asked.items():
            values = [term.value for term in one.terms if term.name == "need"]
            black = int(product_id[1:]) % 2 == 1
            assert len(values) == black
            assert all(value * sign > 0 for value in values)
        drift = {one: asked[one].score - plain[one].score for one in plain}
        assert sign * (drift["p1"] - drift["p6"]) > 0


def test_a_hard_need_is_still_a_reason(graph_ranker: GraphRanker) -> None:
    request = RankingRequest(needs=(StatedNeed("white", (WHITE,), hard=True),), candidates=("p0", "p2"), k=2)
    for one in graph_ranker.rank(request):
        (need,) = [term for term in one.terms if term.name == "need"]
        assert need.value > 0
        assert need.about == "white"
        assert need.path is not None
        assert need.path.triples == ((f"{BASE}product:{one.product_id}", str(SCHEMA.color), WHITE),)


def test_likes_lift_and_dislikes_lower(graph_ranker: GraphRanker) -> None:
    ranked = by_id(graph_ranker.rank(RankingRequest(liked=("p0",), disliked=("p1",), k=20)))
    assert "p1" not in ranked
    assert sum(t.value for t in ranked["p4"].terms if t.name == "liked") > 0
    assert sum(t.value for t in ranked["p5"].terms if t.name == "disliked") < 0


def test_threads_share_a_ranker(graph_ranker: GraphRanker) -> None:
    random = np.random.default_rng(8)
    requests = [random_request(random) for _ in range(80)]
    expected = [graph_ranker.rank(request) for request in requests]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(graph_ranker.rank, requests)) == expected


def test_serves_the_score_that_was_trained(board: MemoryCatalogue) -> None:
    """Serving lays the terms out anew; whatever changes in the model must change there too."""
    config = SMALL.model_copy(update={"training": SMALL.training.model_copy(update={"epochs": 2})})
    graph, text = build_graph_data(board.arrays()), np.eye(20, 6, dtype=np.float32)
    histories = from_interactions(board.interactions(), graph.products, [TRAIN])
    fitted = fit(graph, text, histories, config, validation=None, progress=silent)
    ranker = GraphRanker(
        graph, fitted.model, config, vectors=fitted.vectors, neighbours=fitted.neighbours, text=text, encoder=None
    )
    random = np.random.default_rng(5)
    for _ in range(20):
        products = random.permutation(20)[: random.integers(1, 8)]
        slots = random.permutation(len(graph.slots))[: random.integers(3)]
        signs = random.choice([-1.0, 1.0], len(slots))
        with torch.inference_mode():
            batch = fitted.builder.build(
                products[None, ::-1].copy(), slots[None].astype(np.int64), signs[None].astype(np.float32)
            )
            trained = fitted.model(batch, fitted.vectors)[0].numpy()
        needs = [StatedNeed("x", (graph.slots[slot][1],), sign > 0) for slot, sign in zip(slots, signs, strict=True)]
        served = ranker.scores(RankingRequest(history=tuple(f"p{one}" for one in products), needs=tuple(needs)))
        assert served == pytest.approx(trained, abs=1e-4)


def test_a_pool_is_scored_as_the_whole_catalogue_is(graph_ranker: GraphRanker) -> None:
    random = np.random.default_rng(4)
    for _ in range(40):
        request = random_request(random)
        ids = tuple(f"p{number}" for number in random.permutation(20)[: random.integers(1, 9)])
        everything = dict(zip((f"p{number}" for number in range(20)), graph_ranker.scores(request), strict=True))
        ranked = graph_ranker.rank(replace(request, candidates=ids))
        assert {one.product_id for one in ranked} == set(ids) - set(request.disliked)
        assert {one.product_id: one.score for one in ranked} == pytest.approx(
            {one.product_id: everything[one.product_id] for one in ranked}, abs=1e-5
        )


def test_words_without_a_node_count_by_likeness_of_text(trained: Path, board: MemoryCatalogue) -> None:
    ranker = load_ranker(trained, board.arrays())
    ranked = ranker.rank(RankingRequest(needs=(StatedNeed("soft"), StatedNeed("  ")), k=3))
    assert not [term for one in ranked for term in one.terms if term.name == "text"], "trained without texts"
