"""Training, saving, loading: odd shops, other data, damage, repetition."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kg_tools.products import GraphArrays, Interactions
from kg_tools.progress import silent
from kg_tools.vocabulary import SCHEMA
from ranker.artefacts import load_ranker, read_card
from ranker.config import ModelConfig, RankerConfig, TrainingConfig
from ranker.errors import ArtefactError
from ranker.fitting import fit
from ranker.graph_data import build_graph_data
from ranker.histories import TRAIN, from_interactions
from ranker.ranking import RankingRequest, StatedNeed
from ranker.testing import BASE, MemoryCatalogue, board_arrays, board_interactions, no_interactions
from ranker.training import fit_in_memory, train

TINY = RankerConfig(
    encoder=None,
    model=ModelConfig(width=8, hidden=2),
    training=TrainingConfig(epochs=2, examples=64, batch=16, columns=8),
)
ONE_INTERACTION = Interactions(
    ("s0",), np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1, np.int8)
)


@pytest.mark.parametrize(
    ("arrays", "log"),
    [
        (board_arrays(), no_interactions()),
        (board_arrays(), ONE_INTERACTION),
        (board_arrays(), board_interactions(length=2)),
        (board_arrays(1), no_interactions()),
        (board_arrays(1), ONE_INTERACTION),
        (board_arrays(3, edges=()), no_interactions()),
        (board_arrays(20, edges=()), board_interactions()),
        (board_arrays(20, edges=[(0, str(SCHEMA.brand), f"{BASE}brand:b")] * 3), board_interactions()),
    ],
    ids=["no log", "1 interaction", "no valid", "1 product", "1 of each", "empty graph", "no facts", "double edges"],
)
def test_odd_shops_train_and_serve(arrays: GraphArrays, log: Interactions, tmp_path: Path) -> None:
    shop = MemoryCatalogue(arrays, log)
    report = train(shop, tmp_path / "ranker", cache=tmp_path, config=TINY, progress=silent)
    assert report.lines()
    ranker = load_ranker(tmp_path / "ranker", shop.arrays())
    needs = (StatedNeed("black", (f"{BASE}colour:black",)),)
    ranked = ranker.rank(RankingRequest(history=("p0", "p0"), needs=needs, k=100))
    assert len(ranked) == len(arrays.product_ids)
    assert all(np.isfinite(one.score) for one in ranked)
    assert all(one.score == pytest.approx(sum(t.value for t in one.terms), abs=1e-4) for one in ranked)


def test_a_shop_without_products(tmp_path: Path) -> None:
    shop = MemoryCatalogue(board_arrays(0, edges=()), no_interactions())
    train(shop, tmp_path / "ranker", cache=tmp_path, config=TINY, progress=silent)
    assert load_ranker(tmp_path / "ranker", shop.arrays()).rank(RankingRequest(history=("p0",))) == []


def test_without_a_log_needs_rank(tmp_path: Path) -> None:
    shop = MemoryCatalogue(board_arrays(), no_interactions())
    train(shop, tmp_path / "ranker", cache=tmp_path, config=TINY, progress=silent)
    ranker = load_ranker(tmp_path / "ranker", shop.arrays())
    ranked = ranker.rank(RankingRequest(needs=(StatedNeed("black", (f"{BASE}colour:black",)),), k=10))
    assert {int(one.product_id[1:]) % 2 for one in ranked} == {1}


def test_a_ranker_in_memory_answers_as_the_saved_one(tmp_path: Path) -> None:
    shop = MemoryCatalogue(board_arrays(), board_interactions())
    train(shop, tmp_path / "ranker", cache=tmp_path, config=TINY, progress=silent)
    text = np.zeros((20, 0), np.float32)
    ranker = fit_in_memory(shop.graph, text, shop.log, TINY, encoder=None, progress=silent)
    request = RankingRequest(history=("p0", "p2"), k=20)
    saved = load_ranker(tmp_path / "ranker", shop.arrays()).rank(request)
    assert [one.product_id for one in ranker.rank(request)] == [one.product_id for one in saved]


def test_prices_reach_the_product_vectors(tmp_path: Path) -> None:
    prices = np.array([np.nan, 0, *range(1, 19)], np.float32)
    shop = MemoryCatalogue(replace(board_arrays(), prices=prices), board_interactions())
    train(shop, tmp_path / "ranker", cache=tmp_path, config=TINY, progress=silent)
    ranker = load_ranker(tmp_path / "ranker", shop.arrays())
    assert all(np.isfinite(one.score) for one in ranker.rank(RankingRequest(history=("p0",), k=20)))
    unpriced = replace(shop.arrays(), prices=np.full(20, np.nan, np.float32))
    request = RankingRequest(history=("p0",), k=20)
    assert load_ranker(tmp_path / "ranker", unpriced).rank(request) == ranker.rank(request)


def test_derived_links_are_the_collaborative_pairs(board: MemoryCatalogue, trained: Path) -> None:
    with np.load(trained / "arrays.npz") as stored:
        pairs = int((stored["index"] >= 0).sum())
    assert len(set(board.links["boughtAlongside"])) == len(board.links["boughtAlongside"]) == pairs


def test_derived_links_of_the_graph_are_not_learnt_from(board: MemoryCatalogue) -> None:
    before, after = build_graph_data(board.graph), build_graph_data(board.arrays())
    assert after.slots == before.slots
    assert set(after.links) == set(before.links)


def test_the_same_seed_gives_the_same_model_and_another_another() -> None:
    graph, log = build_graph_data(board_arrays()), board_interactions()
    histories = from_interactions(log, 20, [TRAIN])
    text = np.zeros((20, 0), np.float32)
    other = TINY.model_copy(update={"training": TINY.training.model_copy(update={"seed": 1})})
    first, second, third = (
        fit(graph, text, histories, config, validation=None, progress=silent).vectors for config in (TINY, TINY, other)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, third)


def test_training_again_replaces_the_artefacts_whole(tmp_path: Path) -> None:
    shop = MemoryCatalogue(board_arrays(), board_interactions())
    folder = tmp_path / "ranker"
    for seed in (0, 1):
        config = TINY.model_copy(update={"training": TINY.training.model_copy(update={"seed": seed})})
        train(shop, folder, cache=tmp_path, config=config, progress=silent)
        assert read_card(folder).config.training.seed == seed
    assert [path.name for path in tmp_path.iterdir()] == ["ranker"]


def test_an_interrupted_save_leaves_the_old_ranker(
    trained: Path, board: MemoryCatalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ranker"
    shutil.copytree(trained, folder)
    before = (folder / "card.json").read_bytes()

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ranker.artefacts.np.savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(board, folder, cache=tmp_path, config=TINY, progress=silent)
    assert (folder / "card.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["ranker"]


def test_no_ranker_yet(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="because train"):
        load_ranker(tmp_path / "ranker", board_arrays())


def test_another_format_is_refused(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ranker"
    shutil.copytree(trained, folder)
    card = json.loads((folder / "card.json").read_text()) | {"format": 99}
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(ArtefactError, match=r"format 99.*because train --shop board"):
        load_ranker(folder, board_arrays())


@pytest.mark.parametrize("name", ["card.json", "weights.pt", "arrays.npz", "text.npy"])
def test_damage_is_named(trained: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "ranker"
    shutil.copytree(trained, folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:40])
    with pytest.raises(ArtefactError, match="damaged"):
        load_ranker(folder, board_arrays())


def test_facts_that_came_after_training_count_for_needs(trained: Path) -> None:
    edges = [(p, str(SCHEMA.color), f"{BASE}colour:{('white', 'black')[p % 2]}") for p in range(20)]
    arrays = board_arrays(edges=[*edges, (7, str(SCHEMA.color), f"{BASE}colour:golden")])
    ranker = load_ranker(trained, arrays)
    ranked = ranker.rank(RankingRequest(needs=(StatedNeed("golden", (f"{BASE}colour:golden",)),), k=1))
    assert ranked[0].product_id == "p7"
