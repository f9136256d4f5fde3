"""Which words of a request count, and that products which say them come first."""

import numpy as np
import pytest

from ranker.testing import board_arrays
from ranker.words import WordIndex, content_words, names_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Could you recommend a ceramic curling iron?", ["ceramic", "curling", "iron"]),
        ("I'm looking for shampoos that are suitable for me", ["shampoo"]),
        ("3.4 fl oz", ["3", "4", "fl", "oz"]),
        ("防水的音箱", ["防", "水", "音", "箱"]),
        ("please recommend something", []),
        ("", []),
    ],
)
def test_content_words(text: str, words: list[str]) -> None:
    assert content_words(text) == words


def test_products_that_name_it_come_first_and_the_others_get_nothing() -> None:
    index = WordIndex(["Ceramic iron", "Steel iron", "Hairbrush"], ["", "", "tools"])
    scores = index.scores("recommend a ceramic iron")
    assert scores[0] > scores[1] > scores[2] == 0
    assert index.scores("nothing of the kind").tolist() == [0, 0, 0]
    assert index.scores("tool")[2] > 0


def test_names_are_those_of_brand_and_category() -> None:
    names = names_of(board_arrays(3))
    assert names == ["b0", "b1", "b2"]  # the colour is no name


def test_an_empty_catalogue() -> None:
    assert WordIndex([], []).scores("iron").shape == (0,)
    assert names_of(board_arrays(0, edges=[])) == []
    assert np.isfinite(WordIndex([""], [""]).scores("iron")).all()
