"""A trained ranker in a changing shop."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from kg_tools.products import GraphArrays
from kg_tools.progress import silent
from kg_tools.vocabulary import BECAUSE, SCHEMA
from ranker.artefacts import load_ranker
from ranker.config import ORDERED
from ranker.errors import RankerError
from ranker.graph_ranker import GraphRanker
from ranker.histories import from_sequences
from ranker.neighbours import fit_neighbours
from ranker.product_encoder import build_message_graph
from ranker.ranking import RankingRequest, StatedNeed
from ranker.refreshing import refreshed, staleness, vectors_from_facts, with_interactions
from ranker.retrieval import RetrievalSettings
from ranker.testing import BASE, MemoryCatalogue, board_arrays, board_interactions
from ranker.trained_state import TrainedState
from ranker.training import train
from tests.ranker.conftest import SMALL

REQUEST = RankingRequest(history=("p0", "p4"), liked=("p6",), needs=(StatedNeed("b1", (f"{BASE}brand:b1",)),), k=100)


class CountingEncoder:
    """A vector per text from its letters; remembers what it was asked."""

    name = "letters"
    dimensions = 8

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        vectors = np.array([[text.count(chr(97 + one)) + 0.1 for one in range(8)] for text in texts], np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def encode_and_keep(self, texts: Sequence[str], progress: Any) -> NDArray[np.float32]:
        del progress
        return self.encode(texts)


def stated(products: Sequence[int], *, extra: Sequence[tuple[int, str, str]] = ()) -> GraphArrays:
    """The board's products of those numbers; links go to what both products share outside the catalogue."""
    edges = [(p, str(SCHEMA.color), f"{BASE}colour:{p % 2}") for p in products]
    edges += [(p, str(SCHEMA.brand), f"{BASE}brand:b{p % 4}") for p in products]
    edges += [(p, str(BECAUSE.alsoViewed), f"{BASE}external:{p % 5}") for p in products]
    edges += [(p, str(BECAUSE.alsoViewed), f"{BASE}product:p{p + 2}") for p in products if p + 2 in products]
    edges += extra
    place = {product: number for number, product in enumerate(products)}
    iris = [f"{BASE}product:p{product}" for product in products]
    nodes = iris + sorted({node for _, _, node in edges} - set(iris))
    relations = sorted({relation for _, relation, _ in edges})
    return GraphArrays(
        node_iris=tuple(nodes),
        node_kinds=tuple("product" if node in iris else "brand" for node in nodes),
        product_ids=tuple(f"p{product}" for product in products),
        relations=tuple(relations),
        heads=np.array([place[head] for head, _, _ in edges], np.int32),
        relation_index=np.array([relations.index(relation) for _, relation, _ in edges], np.int16),
        tails=np.array([nodes.index(node) for _, _, node in edges], np.int32),
        confidence=np.ones(len(edges), np.float32),
        prices=np.array([10.0 + product for product in products], np.float32),
        in_stock=np.ones(len(products), bool),
        titles=tuple(f"thing {product}" for product in products),
        texts=tuple(f"{'abcdefgh'[product % 8]} thing {product}" for product in products),
    )


@pytest.fixture(scope="module")
def shop() -> MemoryCatalogue:
    return MemoryCatalogue(stated(range(20)), board_interactions())


@pytest.fixture(scope="module")
def folder(shop: MemoryCatalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("changing") / "ranker"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ranker.training.load_encoder", lambda *_: CountingEncoder())
        train(shop, place, cache=place.parent, config=SMALL.model_copy(update={"encoder": "letters"}), progress=silent)
    return place


@pytest.fixture
def ranker(shop: MemoryCatalogue, folder: Path) -> GraphRanker:
    return load_ranker(folder, shop.arrays(), encoder=CountingEncoder())


def kept(ranker: GraphRanker) -> TrainedState:
    assert ranker.state is not None
    return ranker.state


def scores(ranker: GraphRanker, request: RankingRequest = REQUEST) -> dict[str, float]:
    return {one.product_id: one.score for one in ranker.rank(request)}


def test_nothing_changed_changes_nothing(ranker: GraphRanker, shop: MemoryCatalogue) -> None:
    assert refreshed(ranker, shop.arrays()).rank(REQUEST) == ranker.rank(REQUEST)
    assert ranker.encoder.asked == [], "no known text is encoded again"
    assert refreshed(ranker, shop.arrays()).words is ranker.words
    rebranded = stated(range(20), extra=[(3, str(SCHEMA.brand), f"{BASE}brand:b0")])
    assert refreshed(ranker, rebranded).words is not ranker.words, "a brand's name is among a product's words"


def test_the_encoder_gives_untouched_products_the_vectors_of_training(ranker: GraphRanker) -> None:
    """What makes vectors of new products worth something."""
    for products in (np.array([3]), np.array([0, 7, 19]), np.arange(20)):
        vectors = vectors_from_facts(products, ranker.graph, kept(ranker), ranker.model, ranker.config)
        assert vectors.numpy() == pytest.approx(kept(ranker).vectors[products].numpy(), abs=1e-5)


def test_a_new_product_is_ranked_at_once(ranker: GraphRanker) -> None:
    before = scores(ranker)
    now = refreshed(ranker, stated(range(21)))
    after = scores(now)
    assert set(after) == set(before) | {"p20"}
    assert {one: after[one] for one in before} == pytest.approx(before, abs=0.2), "others barely move"
    assert scores(ranker) == before, "the old ranker is as it was"
    assert now.encoder.asked == ["e thing 20"], "only the new text is encoded"
    assert staleness(now) == pytest.approx(1 / 21)
    (terms,) = [one.terms for one in now.rank(REQUEST) if one.product_id == "p20"]
    assert {"path", "liked"} <= {term.name for term in terms}
    paths = [term.path.triples for term in terms if term.path]
    external = f"{BASE}external:0"
    assert any(path[-1] == (f"{BASE}product:p20", str(BECAUSE.alsoViewed), external) for path in paths), "coupled"


def test_a_new_product_gets_the_vector_that_encoding_the_whole_catalogue_gives(ranker: GraphRanker) -> None:
    now = refreshed(ranker, stated(range(22)))
    state, config = kept(now), now.config.model
    messages = build_message_graph(now.graph, torch.from_numpy(state.text), state.neighbours, config.aggregated)
    with torch.inference_mode():
        whole = now.model.vectors_of(messages).numpy()
    assert state.vectors.numpy()[20:] == pytest.approx(whole[20:], abs=1e-5)
    assert state.numbers[20, 0] > state.numbers[:20, 0].max(), "its price is read on the scale of training"


def test_a_removed_product_is_gone_and_others_stay(ranker: GraphRanker) -> None:
    left = [product for product in range(20) if product != 6]
    before, after = scores(ranker), scores(refreshed(ranker, stated(left)))
    assert set(after) == set(before) - {"p6"}
    now = refreshed(ranker, stated(left))
    assert kept(now).vectors.numpy() == pytest.approx(np.delete(kept(ranker).vectors.numpy(), 6, axis=0))
    for one in now.rank(RankingRequest(history=("p6", "p0"), k=100)):
        assert all(f"{BASE}product:p6" not in triple for term in one.terms if term.path for triple in term.path.triples)


def test_order_does_not_matter(ranker: GraphRanker) -> None:
    shuffled = [int(one) for one in np.random.default_rng(2).permutation(20)]
    assert scores(refreshed(ranker, stated(shuffled))) == pytest.approx(scores(ranker), abs=1e-5)


def test_another_text_moves_one_vector(ranker: GraphRanker) -> None:
    arrays = stated(range(20))
    reworded = replace(arrays, texts=("hhhh", *arrays.texts[1:]))
    now = refreshed(ranker, reworded)
    assert now.encoder.asked == ["hhhh"]
    same = np.isclose(kept(now).vectors.numpy(), kept(ranker).vectors.numpy()).all(axis=1)
    assert same.tolist() == [False] + [True] * 19


def test_prices_move_no_vector(ranker: GraphRanker) -> None:
    arrays = stated(range(20))
    dearer = replace(arrays, prices=arrays.prices * 3, in_stock=~arrays.in_stock)
    assert scores(refreshed(ranker, dearer)) == pytest.approx(scores(refreshed(ranker, arrays)), abs=1e-6)


def test_terms_add_up_after_changes(ranker: GraphRanker) -> None:
    now = refreshed(ranker, stated([*range(1, 20), 20, 21, 22]))
    for request in (REQUEST, replace(REQUEST, history=("p20", "p3", "p22"), disliked=("p21",))):
        for one in now.rank(request):
            assert one.score == pytest.approx(sum(term.value for term in one.terms), abs=1e-4)


def test_a_link_taken_away_takes_its_terms(ranker: GraphRanker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ranker.explaining.NAMED_AT_MOST", 100)
    arrays = stated(range(20))
    request = RankingRequest(history=("p0",), k=100)
    (one,) = [one for one in refreshed(ranker, arrays).rank(request) if one.product_id == "p10"]
    fact = (f"{BASE}product:p10", str(BECAUSE.alsoViewed), f"{BASE}external:0")
    resting = sum(term.value for term in one.terms if term.path and fact in term.path.triples)
    assert resting > 0
    gone = (arrays.heads == 10) & (arrays.tails == arrays.node_iris.index(fact[2]))
    edges = {name: getattr(arrays, name)[~gone] for name in ("heads", "relation_index", "tails", "confidence")}
    assert one.score - scores(refreshed(ranker, replace(arrays, **edges)), request)["p10"] == pytest.approx(resting)


def test_there_and_back_again(ranker: GraphRanker, shop: MemoryCatalogue) -> None:
    away = refreshed(ranker, stated(range(5, 26)))
    assert scores(away).keys() == {f"p{product}" for product in range(5, 26)}
    empty = refreshed(away, stated([]))
    assert empty.rank(REQUEST) == []
    assert len(scores(refreshed(empty, stated(range(3))))) == 3
    del shop


def test_interactions_are_counted_as_the_whole_log_would_be(ranker: GraphRanker, shop: MemoryCatalogue) -> None:
    log = shop.interactions()
    rows = [log.product[log.shopper == shopper].tolist() for shopper in range(len(log.shopper_ids))]
    random = np.random.default_rng(1)
    after = [[*row, int(random.integers(20))] if number % 3 == 0 else row for number, row in enumerate(rows)]
    after.append([1, 4, 9])
    after[1] = [*after[1], after[1][0]]  # met again: pairs change, popularity does not
    names = [[f"p{one}" for one in row] for row in [*rows, []]], [[f"p{one}" for one in row] for row in after]
    changed = [pair for pair in zip(*names, strict=True) if pair[0] != pair[1]]
    updated = with_interactions(ranker, changed)
    expected = fit_neighbours(from_sequences(after, 20), ranker.config.neighbours or ORDERED)
    found = kept(updated.ranker).neighbours
    assert found.shoppers == pytest.approx(expected.shoppers)
    assert found.matrix().toarray() == pytest.approx(expected.matrix().toarray(), abs=1e-5)
    assert set(updated.pairs()) == {(f"p{head}", f"p{tail}") for head, tail in expected.pairs()}
    assert scores(updated.ranker) != scores(ranker)
    one_more = with_interactions(updated.ranker, [])
    assert scores(one_more.ranker) == pytest.approx(scores(updated.ranker))


def test_vector_indexes_follow(ranker: GraphRanker) -> None:
    large = GraphRanker(
        ranker.graph,
        ranker.model,
        ranker.config,
        vectors=kept(ranker).vectors,
        neighbours=kept(ranker).neighbours,
        text=kept(ranker).text,
        encoder=ranker.encoder,
        retrieval=RetrievalSettings(above=3, kept=2, nearest=2, popular=2),
        state=ranker.state,
    )
    now = refreshed(large, stated([*range(2, 20), 30]))
    everything = now.scores(REQUEST)
    for one in now.rank(replace(REQUEST, k=4)):
        assert one.score == pytest.approx(everything[now.graph.product_ids.index(one.product_id)], abs=1e-5)
    assert "p30" in {one.product_id for one in now.rank(REQUEST)}, "what is newer than the index is always looked at"


def test_only_loaded_rankers_can_be_refreshed(ranker: GraphRanker) -> None:
    bare = GraphRanker(
        ranker.graph,
        ranker.model,
        ranker.config,
        vectors=kept(ranker).vectors,
        neighbours=kept(ranker).neighbours,
        text=kept(ranker).text,
        encoder=None,
    )
    with pytest.raises(RankerError, match="load_ranker"):
        refreshed(bare, board_arrays())
