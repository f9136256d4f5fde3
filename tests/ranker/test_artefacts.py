"""Rankers on disk: what is kept, what is refused, what loading costs."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ranker.artefacts import load_ranker, read_card
from ranker.errors import ArtefactError
from ranker.graph_ranker import GraphRanker
from ranker.ranking import RankingRequest
from ranker.refreshing import staleness
from ranker.testing import MemoryCatalogue, board_arrays


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
