"""Deletion agrees with a ranker loaded on the smaller graph; figures agree with ones made by hand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kg_tools.products import Triple
from kg_tools.progress import silent
from kg_tools.vocabulary import BECAUSE, SCHEMA
from ranker.artefacts import load_ranker
from ranker.config import ModelConfig, RankerConfig, TrainingConfig
from ranker.deletion import FactRemover
from ranker.errors import RankerError
from ranker.evaluation_reasons import (
    ReasonsReport,
    chance_jaccard,
    evaluate_reasons,
    jaccard,
    named_shares,
    ndcg_without_residual,
    sample_request,
    seed_stability,
)
from ranker.fitting import Fitted
from ranker.graph_data import BOUGHT_ALONGSIDE, GraphData, build_graph_data
from ranker.histories import TEST, TRAIN, VALID, Histories, from_interactions, from_sequences, targets
from ranker.path_sampling import PathSampler
from ranker.ranking import RankingRequest, StatedNeed
from ranker.reason_probe import auc, cited_terms, clustered
from ranker.testing import BASE, MemoryCatalogue, board_arrays, board_interactions, no_interactions, without_edge
from ranker.training import fit_on_train, fit_twice, train
from ranker.weight_shuffling import shuffled

CONFIG = RankerConfig(
    encoder=None,
    model=ModelConfig(width=8, hidden=4, dropout=0.1),
    training=TrainingConfig(epochs=4, examples=200, batch=32, columns=16, patience=4),
)
NO_TEXT = np.zeros((20, 0), np.float32)
REQUEST = RankingRequest(
    history=("p0", "p4", "p2"),
    needs=(StatedNeed("black", (f"{BASE}colour:black",)), StatedNeed("not b3", (f"{BASE}brand:b3",), wanted=False)),
    exclude=frozenset({"p0", "p4", "p2"}),
)


def links(products: int = 20) -> list[tuple[int, str, str]]:
    """The board's facts with lists of links to shared things outside the catalogue."""
    edges = [(p, str(SCHEMA.color), f"{BASE}colour:{('white', 'black')[p % 2]}") for p in range(products)]
    edges += [(p, str(SCHEMA.brand), f"{BASE}brand:b{p % 4}") for p in range(products)]
    edges += [(p, str(BECAUSE.boughtTogether), f"{BASE}product:p{p + 2}") for p in range(products - 2)]
    return edges + [
        (p, str(BECAUSE.alsoViewed), f"{BASE}external:e{p % 5 + k}") for p in range(products) for k in (0, 1)
    ]


@pytest.fixture(scope="module")
def graph() -> GraphData:
    return build_graph_data(board_arrays(edges=links()))


@pytest.fixture(scope="module")
def fitted(graph: GraphData) -> Fitted:
    return fit_on_train(graph, NO_TEXT, board_interactions(), CONFIG, progress=silent)


@pytest.fixture(scope="module")
def remover(graph: GraphData, fitted: Fitted) -> FactRemover:
    return FactRemover(graph, NO_TEXT, fitted, CONFIG)


@pytest.fixture(scope="module")
def asked() -> tuple[Histories, np.ndarray]:
    log = board_interactions()
    target = targets(log, TEST)
    return from_interactions(log, 20, [TRAIN, VALID]).take(np.flatnonzero(target >= 0)), target[target >= 0]


@pytest.fixture(scope="module")
def report(graph: GraphData, fitted: Fitted, asked: tuple[Histories, np.ndarray]) -> ReasonsReport:
    return measure(graph, fitted, asked)


def measure(graph: GraphData, fitted: Fitted, asked: tuple[Histories, np.ndarray]) -> ReasonsReport:
    history, target = asked
    return evaluate_reasons(
        graph, NO_TEXT, fitted, CONFIG, history=history, target=target, requests=12, progress=silent
    )


def test_removing_a_fact_scores_as_a_ranker_loaded_on_the_smaller_graph(graph: GraphData, tmp_path: Path) -> None:
    catalogue = MemoryCatalogue(board_arrays(edges=links()), board_interactions())
    train(catalogue, tmp_path / "ranker", cache=tmp_path, config=CONFIG, progress=silent)
    _, served = fit_twice(graph, NO_TEXT, board_interactions(), CONFIG, progress=silent)
    remover = FactRemover(graph, NO_TEXT, served, CONFIG)
    whole = load_ranker(tmp_path / "ranker", catalogue.arrays())
    np.testing.assert_allclose(remover.ranker().scores(REQUEST), whole.scores(REQUEST), atol=1e-5)
    relations = set()
    for fact in [term.path.triples[-1] for one in whole.rank(REQUEST) for term in one.terms if term.path]:
        if fact[1] not in relations:
            relations.add(fact[1])
            less = load_ranker(tmp_path / "ranker", without_edge(catalogue.arrays(), fact)).scores(REQUEST)
            np.testing.assert_allclose(remover.ranker([fact]).scores(REQUEST), less, atol=1e-5, err_msg=str(fact))
            assert np.abs(less - whole.scores(REQUEST)).max() > 1e-3
    assert relations >= {BOUGHT_ALONGSIDE, str(SCHEMA.brand), str(SCHEMA.color), str(BECAUSE.alsoViewed)}


def test_every_cited_path_is_worth_its_stated_value(remover: FactRemover) -> None:
    ranker = remover.ranker()
    history = replace(REQUEST, needs=(), k=20)
    seen = set()
    for one in ranker.rank(history):
        before = ranker.scores(history)[int(one.product_id[1:])]
        for term in cited_terms(one, most=8):
            assert term.path is not None
            seen.add((term.path.triples[-1][1], len(term.path.triples)))
            after = remover.ranker(term.path.triples).scores(history)[int(one.product_id[1:])]
            assert before - after == pytest.approx(term.value, rel=1e-3), term
    assert (str(BECAUSE.alsoViewed), 2) in seen
    assert (BOUGHT_ALONGSIDE, 1) in seen


def test_all_facts_of_a_product_leave_no_reason(remover: FactRemover, graph: GraphData) -> None:
    facts = remover.facts_of(6)
    assert all(remover.has(fact) for fact in facts)
    assert all(graph.product_iris[6] in (fact[0], fact[2]) for fact in facts)
    (product,) = remover.ranker(facts).rank(replace(REQUEST, candidates=("p6",)))
    assert not [term for term in product.terms if term.path is not None]
    assert remover.facts_of(6) == facts, "removal works on a copy"


@pytest.mark.parametrize(
    "triple",
    [
        ("urn:nobody", str(SCHEMA.brand), f"{BASE}brand:b0"),
        (f"{BASE}product:p0", str(SCHEMA.brand), f"{BASE}brand:b1"),
        (f"{BASE}product:p0", str(SCHEMA.brand), f"{BASE}brand:unknown"),
        (f"{BASE}product:p0", str(BECAUSE.alsoViewed), f"{BASE}external:e4"),
        (f"{BASE}product:p0", BOUGHT_ALONGSIDE, f"{BASE}product:p1"),
    ],
)
def test_what_is_no_fact_cannot_be_removed(remover: FactRemover, triple: Triple) -> None:
    assert not remover.has(triple)
    with pytest.raises(RankerError):
        remover.ranker([triple])


def test_random_paths_are_of_the_same_kind_and_share_no_fact(remover: FactRemover) -> None:
    sampler = PathSampler(remover, np.random.default_rng(0))
    ranked = remover.ranker().rank(replace(REQUEST, k=20))
    paths = [term.path.triples for one in ranked for term in cited_terms(one, most=8) if term.path]
    assert {len(path) for path in paths} == {1, 2}
    for path in paths:
        other = sampler.like(path, REQUEST)
        assert [fact[1] for fact in other] == [fact[1] for fact in path]
        assert not set(other) & set(path)
        assert all(remover.has(fact) for fact in other)
        if len(other) == 2:
            assert other[0][2] == other[1][2]
            assert other[0][0] != other[1][0]
    assert sampler.like((), REQUEST) == ()


def test_reasons_of_the_board_hold(report: ReasonsReport) -> None:
    figures = report.figures
    assert figures["coverage"]["products"].mean > 0.9
    assert figures["deletion"]["valid"].mean == 1
    assert figures["deletion"]["auc"].mean > 0.8
    assert figures["deletion"]["auc_strongest"].mean >= figures["deletion"]["auc"].mean
    assert figures["deletion"]["difference"].low > 0
    assert figures["weight_to_drop"]["kendall"].mean > 0.8
    assert 0 < figures["sufficiency"]["kept"].mean <= 1.001
    assert report.paths > 20
    assert sum(report.cited_by_name.values()) == pytest.approx(1)
    assert len(report.cited) == report.requests == 12


def test_the_report_says_everything_and_is_repeatable(
    report: ReasonsReport, graph: GraphData, fitted: Fitted, asked: tuple[Histories, np.ndarray]
) -> None:
    stored = report.as_json()
    for section, figures in report.figures.items():
        assert set(stored[section]) == set(figures)
        for name, value in figures.items():
            assert np.isfinite([value.mean, value.low, value.high]).all()
            assert value.low <= value.mean <= value.high
            assert any(section.replace("_", " ") in line and name.replace("_", " ") in line for line in report.lines())
    assert measure(graph, fitted, asked) == report


def test_explanations_depend_on_the_weights(graph: GraphData, fitted: Fitted, remover: FactRemover) -> None:
    before = fitted.neighbours.weight.copy()
    other = shuffled(graph, fitted, seed=3)
    np.testing.assert_array_equal(fitted.neighbours.weight, before)
    np.testing.assert_array_equal(other.neighbours.index, fitted.neighbours.index)
    np.testing.assert_allclose(np.sort(other.neighbours.weight, axis=None), np.sort(before, axis=None))
    assert not np.array_equal(other.neighbours.weight, before)
    first, second = (r.scores(REQUEST) for r in (remover.ranker(), FactRemover(graph, NO_TEXT, other, CONFIG).ranker()))
    assert not np.allclose(first, second)


def test_needs_are_mostly_of_the_target(graph: GraphData) -> None:
    random = np.random.default_rng(0)
    requests = [sample_request(graph, np.array([0, 2]), 6, True, random) for _ in range(200)]
    assert all(1 <= len(request.needs) <= 2 for request in requests)
    needs = [need for request in requests for need in request.needs]
    own = {graph.slots[slot][1] for slot in graph.incidence[[6]].indices}
    assert 0.7 < np.mean([need.nodes[0] in own for need in needs if need.wanted]) < 1
    assert 0.1 < np.mean([not need.wanted for need in needs]) < 0.3
    assert sample_request(graph, np.array([0]), 6, False, random).needs == ()
    assert requests[0].exclude == {"p0", "p2"}


def test_without_a_residual_the_named_terms_carry_everything(
    graph: GraphData, asked: tuple[Histories, np.ndarray]
) -> None:
    config = CONFIG.model_copy(update={"model": CONFIG.model.model_copy(update={"residual": False})})
    plain = fit_on_train(graph, NO_TEXT, board_interactions(), config, progress=silent)
    ranker = FactRemover(graph, NO_TEXT, plain, config).ranker()
    shares = named_shares(graph, ranker, ranker, [REQUEST])
    for section in ("named_share", "named_share_top_100"):
        assert shares[section]["covariance"].mean == pytest.approx(1)
        assert shares[section]["explained"].mean == pytest.approx(1)
    ndcg = ndcg_without_residual(plain, *asked, np.arange(len(asked[1])))
    assert ndcg["with_residual"] == ndcg["named_only"]
    assert ndcg["difference"].mean == 0
    assert ndcg["with_residual"].mean > 0.2


def test_stability_is_the_overlap_of_cited_paths() -> None:
    first = {"r": {"p": ("a", "b"), "q": ("c",), "only": ("x",)}, "other": {"p": ("a",)}}
    second = {"r": {"p": ("b", "a"), "q": ("d",), "else": ("x",)}}
    found = seed_stability(first, second)
    assert found["jaccard"].mean == pytest.approx((1 + 0) / 2)
    assert found["same_first"].mean == 0
    assert found["same_products"].mean == pytest.approx(2 / 4)
    assert seed_stability(first, first)["jaccard"].mean == 1
    stored = json.loads(json.dumps(first))
    assert seed_stability(first, stored)["same_first"].mean == 1
    assert jaccard((), ()) == 1
    assert seed_stability({}, {})["jaccard"].mean == 0


def test_the_overlap_of_random_choices() -> None:
    assert chance_jaccard(3) == 1
    random = np.random.default_rng(0)
    draws = [[random.permutation(6)[:3].astype(str) for _ in range(2)] for _ in range(4000)]
    assert chance_jaccard(6) == pytest.approx(np.mean([jaccard(*pair) for pair in draws]), abs=0.01)


def test_auc_and_clustered_intervals() -> None:
    assert auc(np.array([3.0, 4.0]), np.array([1.0, 2.0])) == 1
    assert auc(np.array([1.0, 1.0]), np.array([1.0])) == 0.5
    assert auc(np.array([0.0]), np.array([1.0, 2.0])) == 0
    request = np.repeat(np.arange(30.0), 10)
    interval = clustered(request, lambda rows: float(request[rows].mean()))
    assert interval.mean == 14.5
    # The standard error over 30 requests is 1.58; over 300 rows taken as independent it would be 0.5.
    assert 5 < interval.high - interval.low < 7.5
    assert clustered(np.zeros(0), lambda rows: 1.0).high == 0


@pytest.mark.parametrize("products", [0, 1, 20])
def test_shops_with_next_to_nothing(products: int) -> None:
    graph = build_graph_data(board_arrays(products, edges=[]))
    text = np.zeros((products, 0), np.float32)
    fitted = fit_on_train(graph, text, no_interactions(), CONFIG, progress=silent)
    history = from_sequences([[], [0]] if products else [[]], products)
    target = np.zeros(len(history), np.int64) if products else np.zeros(0, np.int64)
    report = evaluate_reasons(graph, text, fitted, CONFIG, history=history, target=target, progress=silent)
    assert report.paths == 0
    assert report.figures["deletion"]["auc"].mean == 0
    assert report.lines()
