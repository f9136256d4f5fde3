from pathlib import Path

import pytest

from kg_tools.progress import silent
from ranker.artefacts import load_ranker
from ranker.config import ModelConfig, RankerConfig, TrainingConfig
from ranker.graph_ranker import GraphRanker
from ranker.testing import MemoryCatalogue, board_arrays, board_interactions
from ranker.training import train

SMALL = RankerConfig(
    encoder=None,
    model=ModelConfig(width=8, hidden=4, dropout=0.1),
    training=TrainingConfig(epochs=4, examples=200, batch=32, columns=16, patience=4),
)


@pytest.fixture(scope="session")
def board() -> MemoryCatalogue:
    return MemoryCatalogue(board_arrays(), board_interactions())


@pytest.fixture(scope="session")
def trained(board: MemoryCatalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop") / "ranker"
    train(board, folder, cache=folder.parent, config=SMALL, progress=silent)
    return folder


@pytest.fixture(scope="session")
def graph_ranker(board: MemoryCatalogue, trained: Path) -> GraphRanker:
    return load_ranker(trained, board.arrays())
