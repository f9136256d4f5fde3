"""Rankers on disk: what is kept, what is refused, what loading costs."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ranker.artefacts import load_ranker, read_card, save_refreshed
from ranker.errors import ArtefactError, RankerError
from ranker.graph_ranker import GraphRanker
from ranker.ranking import RankingRequest
from ranker.refreshing import refreshed, staleness, with_interactions
from ranker.testing import MemoryCatalogue, board_arrays, board_interactions


class WideEncoder:
    name = "wide"
    dimensions = 7

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.ones((len(texts), self.dimensions), np.float32)


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "ranker")
    return tmp_path / "ranker"


def test_loading_twice_gives_the_same_ranker(trained: Path, board: MemoryCatalogue, graph_ranker: GraphRanker) -> None:
    request = RankingRequest(history=("p0", "p2"), liked=("p6",), k=20)
    assert load_ranker(trained, board.arrays()).rank(request) == graph_ranker.rank(request)


@pytest.mark.parametrize("name", ["weights.pt", "arrays.npz", "counts.npz", "text.npy"])
def test_damaged_files_say_what_to_do(copied: Path, name: str) -> None:
    for damage in ("cut", "garbage", "gone"):
        whole = (copied / name).read_bytes()
        if damage == "gone":
            (copied / name).unlink()
        else:
            (copied / name).write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"\x00garbage" * 20)
        with pytest.raises(ArtefactError, match=r"damaged.*because train --shop board"):
            load_ranker(copied, board_arrays())
        (copied / name).write_bytes(whole)


def test_another_format_is_refused(copied: Path) -> None:
    card = json.loads((copied / "card.json").read_text())
    (copied / "card.json").write_text(json.dumps(card | {"format": 1}))
    with pytest.raises(ArtefactError, match=r"format 1.*because train"):
        load_ranker(copied, board_arrays())


def test_an_encoder_of_another_width_is_refused(copied: Path) -> None:
    np.save(copied / "text.npy", np.ones((20, 4), np.float32))
    with pytest.raises(ArtefactError, match=r"4 numbers.*wide gives 7"):
        load_ranker(copied, board_arrays(), encoder=WideEncoder())


def test_other_products_are_served_and_counted(trained: Path) -> None:
    ranker = load_ranker(trained, board_arrays(25))
    assert len(ranker.rank(RankingRequest(k=100))) == 25
    assert staleness(ranker) == pytest.approx(5 / 25)
    assert staleness(load_ranker(trained, board_arrays(12))) == 0
    assert load_ranker(trained, board_arrays(0)).rank(RankingRequest()) == []
    assert read_card(trained).counts["products"] == 20, "the card tells what it was trained on"


REQUESTS = [RankingRequest(history=("p0", "p22"), liked=("p6",), k=50), RankingRequest(k=50)]


def followed(ranker: GraphRanker, shop: MemoryCatalogue) -> GraphRanker:
    """After three new products, other texts, and two shoppers' new interactions."""
    now = refreshed(ranker, shop.graph)
    updated = with_interactions(now, [(["p0", "p2"], ["p0", "p2", "p22", "p4"]), ([], ["p1", "p21"])])
    shop.replace_links("boughtAlongside", updated.pairs())
    return refreshed(updated.ranker, shop.arrays())


def test_what_came_since_training_survives_a_restart(copied: Path, graph_ranker: GraphRanker) -> None:
    trained_card = read_card(copied)
    assert (trained_card.refreshed, trained_card.new_interactions) == (None, 0)
    texts = tuple(f"text {one}" for one in range(23))
    shop = MemoryCatalogue(replace(board_arrays(23), texts=texts), board_interactions())
    now = followed(load_ranker(copied, board_arrays()), shop)
    assert now.rank(REQUESTS[0]) != refreshed(graph_ranker, shop.graph).rank(REQUESTS[0])

    card = save_refreshed(copied, now, interactions=4)
    assert card == read_card(copied)
    assert card.refreshed is not None
    assert replace(card, refreshed=None, new_interactions=0) == trained_card, "the card of training otherwise"
    assert card.new_interactions == 4
    again = load_ranker(copied, shop.arrays())
    for request in REQUESTS:
        assert again.rank(request) == now.rank(request)
    assert staleness(again) == staleness(now) == pytest.approx(3 / 23)

    # Saved again, with more: the counts go on from where they stood.
    more = with_interactions(again, [(["p1", "p21"], ["p1", "p21", "p3"])])
    expected = with_interactions(now, [(["p1", "p21"], ["p1", "p21", "p3"])])
    assert set(more.pairs()) == set(expected.pairs())
    assert save_refreshed(copied, more.ranker, interactions=1).new_interactions == 5
    shop.replace_links("boughtAlongside", more.pairs())
    last = load_ranker(copied, shop.arrays())
    for request in REQUESTS:
        assert last.rank(request) == refreshed(expected.ranker, shop.arrays()).rank(request)
    assert not [path for path in copied.parent.iterdir() if path.name.startswith(".")], "nothing is left beside it"


def test_a_ranker_saved_before_there_were_refreshed_ones_is_read(copied: Path) -> None:
    card = json.loads((copied / "card.json").read_text())
    del card["refreshed"], card["new_interactions"]
    (copied / "card.json").write_text(json.dumps(card))
    with np.load(copied / "arrays.npz") as stored:
        np.savez(copied / "arrays.npz", **{name: stored[name] for name in stored.files if name != "known"})
    loaded = load_ranker(copied, board_arrays())
    assert loaded.rank(REQUESTS[1])
    assert staleness(loaded) == 0


def test_what_is_not_of_this_training_is_not_saved(copied: Path, tmp_path: Path) -> None:
    ranker = load_ranker(copied, board_arrays())
    with pytest.raises(ArtefactError, match="no trained ranker"):
        save_refreshed(tmp_path / "nowhere", ranker)
    other = json.loads((copied / "card.json").read_text())
    other["config"]["training"]["seed"] += 1
    (copied / "card.json").write_text(json.dumps(other))
    files = {path.name: path.read_bytes() for path in copied.iterdir()}
    with pytest.raises(ArtefactError, match="another training"):
        save_refreshed(copied, ranker)
    ranker.state = None
    with pytest.raises(RankerError, match="load_ranker"):
        save_refreshed(copied, ranker)
    assert {path.name: path.read_bytes() for path in copied.iterdir()} == files
