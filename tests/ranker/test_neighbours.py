"""Item-item weights against counts made by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranker.config import NeighbourConfig
from ranker.examples import Examples, own_weight
from ranker.histories import from_sequences, without_repeats
from ranker.neighbours import count_followers, fit_neighbours

CONFIG = NeighbourConfig(distance_power=1.0, backward=0.5, shrink=2.0, candidate_popularity=0.5, kept=3)


def test_counts_fall_with_distance_and_against_the_order() -> None:
    counts = count_followers(from_sequences([[0, 1, 2]], 4), CONFIG).toarray()
    expected = np.array([[0, 1, 0.5, 0], [0.5, 0, 1, 0], [0.25, 0.5, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_allclose(counts, expected)


def test_weights_are_discounted_and_only_the_strongest_kept() -> None:
    neighbours = fit_neighbours(
        from_sequences([[0, 1], [0, 1], [0, 2]], 3), NeighbourConfig(**CONFIG.model_dump() | {"kept": 1})
    )
    assert neighbours.index[:, 0].tolist() == [1, 0, 0]
    assert neighbours.weight[0, 0] == pytest.approx(2 / (np.sqrt(3 * 2) + 2))
    assert neighbours.pairs().tolist() == [[0, 1], [1, 0], [2, 0]]


def test_symmetric_counting_is_the_shrunk_cosine() -> None:
    config = NeighbourConfig(distance_power=0, backward=1, shrink=10, candidate_popularity=0.5)
    histories = from_sequences([[0, 1, 2], [2, 0], [1, 0]], 3)
    met = histories.matrix().toarray()
    together = met.T @ met
    expected = together / (np.sqrt(np.outer(met.sum(0), met.sum(0))) + 10)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(fit_neighbours(histories, config).matrix().toarray(), expected, rtol=1e-5)


@pytest.mark.parametrize("sequences", [[], [[]], [[0]], [[0, 0, 0]]])
def test_nothing_to_count(sequences: list[list[int]]) -> None:
    neighbours = fit_neighbours(from_sequences(sequences, 2), CONFIG)
    assert neighbours.weight.sum() == 0
    assert (neighbours.index == -1).all()


def test_leaving_one_shopper_out_is_exact() -> None:
    everybody = [[0, 1, 2], [0, 2], [1, 2, 0]]
    config = NeighbourConfig(**CONFIG.model_dump() | {"backward": 0.0})
    with_all = fit_neighbours(from_sequences(everybody, 3), config)
    others = count_followers(from_sequences(everybody[1:], 3), config).toarray()
    empty = np.full((1, 0), -1)
    example = Examples(np.array([[1, 0]]), np.array([2]), np.array([everybody[0]]), empty, np.zeros((1, 0), np.float32))
    left = [
        with_all.matrix()[head, 2] - own
        for head, own in zip([1, 0], own_weight(example, with_all, config)[0], strict=True)
    ]
    norm = [np.sqrt(with_all.shoppers[head] * with_all.shoppers[2]) + 2 for head in (1, 0)]
    np.testing.assert_allclose(left, [others[1, 2] / norm[0], others[0, 2] / norm[1]], atol=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), max_size=9), min_size=1, max_size=5), st.integers(1, 6))
def test_latest_first_holds_each_product_once_latest_leftmost(rows: list[list[int]], limit: int) -> None:
    padded = from_sequences(rows, 6).latest_first(limit)
    for row, found in zip(rows, padded, strict=True):
        expected = list(dict.fromkeys(row[::-1][:limit]))
        assert [product for product in found if product >= 0] == expected


def test_repeats_keep_the_leftmost_place() -> None:
    assert without_repeats(np.array([[3, 1, 3, -1, 1]])).tolist() == [[3, 1, -1, -1, -1]]
