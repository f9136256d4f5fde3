"""Which words of a request count, and that products which say them come first."""

import numpy as np
import pytest

from kg_tools.phrases import tokenize
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


@pytest.mark.parametrize("old", [[0, 1, 2], [2, -1, 0, 1], [-1, -1], [], [1]])
def test_following_a_changed_catalogue_gives_what_building_anew_gives(
    old: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, names = ["Ceramic iron", "Steel iron, steel grip", "Hairbrush"], ["Breeze", "", "tools"]
    before = WordIndex(texts, names)
    texts_now = [texts[row] if row >= 0 else f"Ionic dryer {place}" for place, row in enumerate(old)]
    names_now = [{0: "Lumo"}.get(row, names[row]) if row >= 0 else "Conair" for row in old]  # the first is renamed
    expected = WordIndex(texts_now, names_now)
    cut: list[str] = []
    monkeypatch.setattr("ranker.words.tokenize", lambda text: cut.append(text) or tokenize(text))
    after = before.moved(np.array(old, np.int64), texts_now, names_now)
    assert cut == [f"{texts_now[place]} {names_now[place]}" for place, row in enumerate(old) if row < 1]
    for phrase in ("ceramic iron", "steel grip", "ionic dryer 0", "breeze", "lumo conair", "tool"):
        assert after.scores(phrase) == pytest.approx(expected.scores(phrase), abs=1e-12)
    again = after.moved(np.arange(len(old)), texts_now, names_now)
    assert again is after, "nothing is counted anew where nothing changed"
