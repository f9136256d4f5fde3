"""The evaluation: protocol, table, what is kept, the oracle, requests in words."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kg_tools.progress import silent
from ranker.artefacts import read_card
from ranker.bm25 import Bm25
from ranker.config import ModelConfig, RankerConfig, TrainingConfig
from ranker.errors import RankerError
from ranker.evaluation import evaluate_ranking
from ranker.graph_ranker import GraphRanker
from ranker.ranking import StatedNeed
from ranker.requests_evaluation import (
    ShoppingRequest,
    evaluate_requests,
    pairs_in_interactions,
    read_requests,
    training_without,
)
from ranker.testing import BASE, MemoryCatalogue, board_arrays, board_interactions, no_interactions

TINY = RankerConfig(
    encoder=None,
    model=ModelConfig(width=8, hidden=2),
    training=TrainingConfig(epochs=1, examples=64, batch=32, columns=8),
)


def by_colour(shopper_ids: Sequence[str], _: Sequence[Sequence[str]]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    columns = tuple(f"p{number}" for number in reversed(range(20)))
    rows = [[float(int(s[1:]) % 2 == int(p[1:]) % 2) for p in columns] for s in shopper_ids]
    return np.array(rows), columns


def test_one_table_with_oracle_slices_and_json(tmp_path: Path) -> None:
    shop = MemoryCatalogue(board_arrays(), board_interactions())
    models = ("popularity", "item-knn", "graph", "graph+links")
    report = evaluate_ranking(
        shop,
        tmp_path,
        kept=tmp_path / "kept",
        seeds=(0, 1),
        models=models,
        config=TINY,
        oracle=by_colour,
        progress=silent,
    )
    stored = json.loads(json.dumps(report.as_json()))
    assert set(stored) >= {"shop", "protocol", "models", "slices", "ablations", "reasons", "speed"}
    assert set(stored["models"]) == {*models, "oracle"}
    for row in stored["models"].values():
        for interval in row.values():
            assert 0 <= interval["low"] <= interval["mean"] <= interval["high"] <= 1
    # Six products of the own colour were met, so the target is one of four: knowing the colour is all there is to know.
    assert stored["models"]["oracle"]["hr@10"]["mean"] == 1
    assert stored["models"]["item-knn"]["hr@10"]["mean"] == 1
    assert stored["models"]["popularity"]["ndcg@10"]["mean"] < stored["models"]["item-knn"]["ndcg@10"]["mean"]
    assert 0 < stored["reasons"]["graph"]["coverage"]["products"]["mean"] <= 1
    assert report.share_of_oracle["item-knn"] > 0.8
    text = "\n".join(report.lines())
    assert "graph+links" in text
    assert "2 seeds" in text


def test_results_are_kept_until_data_or_settings_change(tmp_path: Path) -> None:
    shop = MemoryCatalogue(board_arrays(), board_interactions())

    def when(catalogue: MemoryCatalogue, config: RankerConfig, *, fresh: bool = False) -> str:
        report = evaluate_ranking(
            catalogue,
            tmp_path,
            kept=tmp_path,
            seeds=(0,),
            models=("graph",),
            config=config,
            fresh=fresh,
            progress=silent,
        )
        return report.measured["graph"]

    assert when(shop, TINY) == "measured now"
    assert when(shop, TINY).startswith("kept from 20")
    assert when(shop, TINY, fresh=True) == "measured now"
    assert when(shop, TINY.model_copy(update={"model": ModelConfig(width=4, hidden=2)})) == "measured now"
    assert when(MemoryCatalogue(board_arrays(), board_interactions(seed=1)), TINY) == "measured now"


def test_the_serving_artefacts_are_not_touched(board: MemoryCatalogue, trained: Path) -> None:
    card, links = read_card(trained), list(board.links["boughtAlongside"])
    evaluate_ranking(
        board, trained.parent, kept=trained.parent / "kept", models=("ease",), config=TINY, progress=silent
    )
    assert read_card(trained) == card
    assert board.links["boughtAlongside"] == links


def test_nothing_to_measure(tmp_path: Path) -> None:
    with pytest.raises(RankerError, match="no test interactions"):
        evaluate_ranking(
            MemoryCatalogue(board_arrays(), no_interactions()), tmp_path, kept=tmp_path, config=TINY, progress=silent
        )
    with pytest.raises(RankerError, match=r"Unknown model magic\. There are: popularity"):
        evaluate_ranking(
            MemoryCatalogue(board_arrays(), board_interactions()),
            tmp_path,
            kept=tmp_path,
            models=("magic",),
            progress=silent,
        )


def test_bm25_prefers_rare_words_and_short_texts() -> None:
    model = Bm25(["red iron", "red pan", "red pan with a very long handle", ""])
    assert np.argmax(model.scores("the Red IRON!")) == 0
    assert model.scores("pan")[1] > model.scores("pan")[2] > 0
    assert model.scores("unknown words").tolist() == [0, 0, 0, 0]


def test_requests_in_words(graph_ranker: GraphRanker, board: MemoryCatalogue) -> None:
    requests = [
        ShoppingRequest("white thing number 8", "s0", ("p0", "p2"), "p8"),
        ShoppingRequest("black thing number 9", None, (), "p9"),
        ShoppingRequest("not in the shop", None, (), "p99"),
    ]
    report = evaluate_requests(
        requests,
        board.graph,
        board.log,
        graph_ranker,
        shop="board",
        encoder=None,
        product_vectors=None,
        understand=lambda words: ((StatedNeed(words, (f"{BASE}colour:{words.split()[0]}",)),), None),
        clean=False,
        progress=silent,
    )
    assert report.requests == 2
    assert report.models["bm25"]["recall@1"].mean == 1
    assert report.models["ranker, history, needs"]["recall@10"].mean == 1
    assert "STILL IN" in "\n".join(report.lines())
    assert json.dumps(report.as_json())


def test_pairs_are_found_and_taken_out(board: MemoryCatalogue) -> None:
    log = board.log
    product = int(log.product[3])
    request = ShoppingRequest("x", "s0", (), f"p{product}")
    rows = pairs_in_interactions([request], board.graph, log)
    assert rows == [3]
    less = training_without(log, rows)
    assert len(less.product) == len(log.product) - 1
    assert not pairs_in_interactions([request], board.graph, less)


def test_requests_file(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    good = {"query": "a", "user_id": None, "history": ["x", "t"], "target_product_id": "t"}
    file.write_text(json.dumps(good) + "\n\n")
    assert read_requests(file) == [ShoppingRequest("a", None, ("x",), "t")]
    file.write_text(json.dumps(good) + "\n{broken\n")
    with pytest.raises(RankerError, match="line 2"):
        read_requests(file)
    with pytest.raises(RankerError, match="cannot be read"):
        read_requests(tmp_path / "absent")
