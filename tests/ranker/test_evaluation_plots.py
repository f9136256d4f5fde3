"""Pictures are written, labelled and repeatable; the figures behind them agree with ones made by hand."""

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from ranker.evaluation_plots import PlottedResults, mean_term_sizes, ndcg_by_length, write_plots
from ranker.metrics import Interval
from ranker.ranking import RankedProduct, Term

RESULTS = PlottedResults(
    shop="board",
    by_length={
        "graph": {"4": Interval(0.06, 0.05, 0.07), "21+": Interval(0.09, 0.05, 0.13)},
        "ease": {"4": Interval(0.04, 0.03, 0.05)},
    },
    term_sizes={"graph": {"collaborative": 3.0, "path": 1.0}, "graph+links": {"path": 4.0, "residual": 1.0}},
    curves={"graph": [(0.05, 0.06, 0.061), (0.05, 0.055)]},
)


def test_all_pictures_are_written_with_their_words(tmp_path: Path) -> None:
    files = write_plots(RESULTS, tmp_path / "new" / "folder")
    assert [file.name for file in files] == ["ndcg-by-history.svg", "score-terms.svg", "training-curves.svg"]
    expected = (
        {"graph", "ease", "4", "21+", "products in the history"},
        {"collaborative", "path", "residual", "graph", "graph+links"},
        {"graph", "epoch", "NDCG@10 on valid"},
    )
    for file, words in zip(files, expected, strict=True):
        texts = {"".join(element.itertext()).strip() for element in ET.parse(file).iter()}  # noqa: S314 - own file
        assert words <= texts
        assert any("board" in text for text in texts)
        assert file.stat().st_size < 60_000


def test_the_same_results_give_the_same_files(tmp_path: Path) -> None:
    first, second = write_plots(RESULTS, tmp_path / "a"), write_plots(RESULTS, tmp_path / "b")
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]


def test_what_was_not_measured_is_not_drawn(tmp_path: Path) -> None:
    assert write_plots(PlottedResults("board"), tmp_path) == []
    (only,) = write_plots(PlottedResults("board", curves=RESULTS.curves), tmp_path)
    assert only.name == "training-curves.svg"


def test_bins_of_history_length() -> None:
    lengths = np.array([0, 1, 3, 4, 6, 7, 30])
    rank = np.array([[0, 0, 100, 1, 0, 2, 100]])
    found = ndcg_by_length(rank, lengths)
    assert list(found) == ["0", "1-3", "4", "6-7", "21+"]
    assert found["1-3"].mean == pytest.approx(0.5)
    assert found["4"].mean == pytest.approx(1 / np.log2(3))
    assert found["6-7"].mean == pytest.approx((1 + 1 / np.log2(4)) / 2)
    assert found["21+"].mean == 0
    assert ndcg_by_length(np.zeros(0, np.int64), np.zeros(0, np.int64)) == {}


def test_sizes_are_of_each_name_together() -> None:
    one = RankedProduct("a", 1.0, (Term("path", 3.0), Term("path", -1.0), Term("residual", -1.0)))
    two = RankedProduct("b", 1.0, (Term("path", 1.0),))
    assert mean_term_sizes([one, two]) == {"path": 1.5, "residual": 0.5}
    assert mean_term_sizes([]) == {}
