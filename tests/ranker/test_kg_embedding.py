"""TransE and RotatE: torch-geometric's distances, inductive vectors, filtered ranks, edges of the data."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from kg_tools.progress import silent
from kg_tools.vocabulary import SCHEMA
from ranker.graph_data import GraphData, build_graph_data
from ranker.kg_embedding import KgEmbeddingConfig, fit_kg_embedding, knowledge_vectors
from ranker.kg_embedding_evaluation import evaluate_kg_embedding, filtered_ranks, split_triples
from ranker.kg_triples import Triples, read_triples
from ranker.propagation import SparseMatrix
from ranker.testing import BASE, board_arrays

BRAND, CATEGORY, COLOUR = str(SCHEMA.brand), str(SCHEMA.category), str(SCHEMA.color)
FAMILIES = 6
SMALL = KgEmbeddingConfig(width=16, epochs=30, batch=32, negatives=16, learning_rate=0.03)


def families(products: int = 90) -> GraphData:
    """Product p is of family p mod 6, which decides brand, category and colour: each fact follows from the others."""
    edges = [
        (product, relation, f"{BASE}{kind}:{product % FAMILIES}")
        for product in range(products)
        for relation, kind in ((BRAND, "brand"), (CATEGORY, "category"), (COLOUR, "colour"))
    ]
    return build_graph_data(board_arrays(products, edges=edges))


@pytest.mark.parametrize("model", ["TransE", "RotatE"])
def test_distances_are_those_of_torch_geometric(model: str) -> None:
    graph = families(12)
    embedding = fit_kg_embedding(graph, SMALL.model_copy(update={"model": model, "epochs": 2}), silent)
    triples = read_triples(graph, links=False)
    heads = embedding.entity_points(triples.head)
    slots = embedding.slot_points(triples.relation, triples.tail)
    with torch.no_grad():
        columns = (torch.from_numpy(column) for column in (triples.head, triples.relation, triples.tail))
        plausible = embedding.model(*columns).numpy()
    offset = embedding.model.margin if model == "RotatE" else 0.0
    np.testing.assert_allclose(offset - np.linalg.norm(heads - slots, axis=1), plausible, atol=1e-5)
    assert embedding.slot_vectors(graph).shape == (len(graph.slots), SMALL.width)


@pytest.mark.parametrize("model", ["TransE", "RotatE"])
def test_held_out_facts_are_found_far_better_than_by_the_floors(model: str) -> None:
    report = evaluate_kg_embedding(families(), SMALL, silent, held_out=0.1)
    assert report.held_out == 27
    assert report.facts == 3 * 90 - 27
    assert report.tails[model]["mrr"].mean > 0.9
    assert report.tails[f"{model}, from facts"]["hits@1"].mean > 0.9
    assert report.models[model]["mrr"].low > report.models["most frequent"]["mrr"].high
    assert report.models["most frequent"]["mrr"].mean < 0.5
    assert report.heads["random"]["mrr"].mean < 0.2
    assert set(report.as_json()["models"]) == set(report.models)
    assert any(line.strip().startswith(model) for line in report.lines())


def test_ranks_are_filtered_and_over_entities_of_the_right_kind() -> None:
    graph = families(18)
    triples = read_triples(graph, links=False)
    tested = triples.take(np.arange(len(triples)) % 5 == 0)
    random = np.random.default_rng(5)
    table = random.permutation(18 * 3 * triples.entities).reshape(18, 3, triples.entities).astype(np.float32)
    heads, tails = filtered_ranks(
        lambda head, relation, tail: table[np.ix_(head, [relation], tail)][:, 0], triples, tested
    )
    facts = set(zip(triples.head.tolist(), triples.relation.tolist(), triples.tail.tolist(), strict=True))
    for row, (h, r, t) in enumerate(zip(tested.head, tested.relation, tested.tail, strict=True)):
        own = table[h, r, t]
        assert heads[row] == sum(table[x, r, t] > own and (x, r, t) not in facts for x in range(18))
        assert tails[row] == sum(table[h, r, x] > own and (h, r, x) not in facts for x in triples.ranges[r])


def test_what_is_held_out_still_occurs_in_the_rest() -> None:
    triples = read_triples(families(30), links=False)
    kept, tested = split_triples(triples, 0.9, seed=1)
    assert len(kept) + len(tested) == len(triples)
    assert len(tested) > 0.5 * len(triples)
    assert set(tested.head.tolist()) <= set(kept.head.tolist())
    assert slots_of(tested) <= slots_of(kept)
    again, other = split_triples(triples, 0.5, seed=1)[1], split_triples(triples, 0.5, seed=2)[1]
    assert np.array_equal(again.head, split_triples(triples, 0.5, seed=1)[1].head)
    assert not np.array_equal(again.head, other.head)


def slots_of(triples: Triples) -> set[tuple[int, int]]:
    return set(zip(triples.relation.tolist(), triples.tail.tolist(), strict=True))


def knowledge(graph: GraphData, slot_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return knowledge_vectors(SparseMatrix(graph.incidence), torch.from_numpy(slot_vectors)).numpy()


def test_the_same_seed_gives_the_same_points_and_leaves_the_random_state_alone() -> None:
    graph, state = families(18), torch.random.get_rng_state()
    first, second = (fit_kg_embedding(graph, SMALL, silent).slot_vectors(graph) for _ in range(2))
    assert np.array_equal(first, second)
    assert torch.equal(state, torch.random.get_rng_state())
    other = fit_kg_embedding(graph, SMALL.model_copy(update={"seed": 1}), silent).slot_vectors(graph)
    assert not np.allclose(first, other)


def test_a_product_that_is_new_gets_the_vector_of_its_facts() -> None:
    embedding = fit_kg_embedding(families(18), SMALL, silent)
    later = families(19)
    vectors = knowledge(later, embedding.slot_vectors(later))
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors[18], vectors[0], rtol=1e-5)  # of the same family
    assert np.linalg.norm(vectors[18] - vectors[1]) > 0.1


def test_knowledge_is_the_mean_by_confidence_over_slots_that_are_known() -> None:
    arrays = board_arrays(4, edges=[(0, BRAND, "a"), (0, COLOUR, "b"), (1, BRAND, "a"), (2, COLOUR, "new")])
    graph = build_graph_data(replace(arrays, confidence=np.array([1.0, 0.5, 0.5, 1.0], np.float32)))
    vectors = np.zeros((3, 2), np.float32)
    vectors[graph.slots.index((BRAND, "a"))] = (3, 0)
    vectors[graph.slots.index((COLOUR, "b"))] = (0, 3)
    expected = [[2, 1], [3, 0], [0, 0], [0, 0]]
    np.testing.assert_allclose(knowledge(graph, vectors), expected, rtol=1e-6)


def test_slots_that_training_had_not_met_are_zero() -> None:
    embedding = fit_kg_embedding(
        build_graph_data(board_arrays(4, edges=[(0, BRAND, "a"), (1, BRAND, "b")])), SMALL, silent
    )
    later = build_graph_data(board_arrays(4, edges=[(0, BRAND, "a"), (1, BRAND, "c"), (2, COLOUR, "a")]))
    zero = (embedding.slot_vectors(later) == 0).all(axis=1)
    assert dict(zip(later.slots, zero.tolist(), strict=True)) == {
        (BRAND, "a"): False,
        (BRAND, "c"): True,
        (COLOUR, "a"): True,
    }


def test_links_are_learnt_from_only_if_asked_for() -> None:
    graph = build_graph_data(board_arrays(20))
    without, with_links = read_triples(graph, links=False), read_triples(graph, links=True)
    assert len(with_links) - len(without) == 18
    assert with_links.ranges[-1].tolist() == list(range(20))
    report = evaluate_kg_embedding(graph, SMALL.model_copy(update={"links": True}), silent, held_out=0.2)
    assert report.held_out
    assert all(np.isfinite(row["mrr"].mean) for row in report.models.values())


def test_repeated_facts_count_once() -> None:
    edges = [(0, BRAND, "a"), (1, BRAND, "a"), (0, BRAND, "a")]
    assert len(read_triples(build_graph_data(board_arrays(2, edges=edges)), links=False)) == 2


@pytest.mark.parametrize("edges", [[], [(0, BRAND, "a")]])
@pytest.mark.parametrize("products", [0, 1, 3])
def test_graphs_with_next_to_nothing(products: int, edges: list[tuple[int, str, str]]) -> None:
    graph = build_graph_data(board_arrays(products, edges=edges if products else []))
    for model in ("TransE", "RotatE"):
        embedding = fit_kg_embedding(graph, SMALL.model_copy(update={"model": model}), silent)
        vectors = knowledge(graph, embedding.slot_vectors(graph))
        assert vectors.shape == (products, SMALL.width)
        assert np.isfinite(vectors).all()
        assert (vectors[1:] == 0).all()
    report = evaluate_kg_embedding(graph, SMALL, silent)
    assert report.held_out == 0
    assert "no fact can be held out" in report.lines()[-1]
