"""Metrics against numbers worked out by hand."""

import numpy as np
import pytest

from ranker.metrics import bootstrap, coverage, gini, metrics_of_ranks, ranks


def test_ranks_count_what_is_above_and_half_of_what_is_level() -> None:
    scores = np.array([[3, 2, 1, 0], [1, 1, 1, 1], [-np.inf, 5, 4, 3]], np.float32)
    assert ranks(scores, np.array([2, 0, 3])).tolist() == [2, 2, 2]


def test_metrics_of_known_ranks() -> None:
    found = metrics_of_ranks(np.array([0, 1, 9, 10]))
    np.testing.assert_allclose(found["ndcg@10"], [1, 1 / np.log2(3), 1 / np.log2(11), 0])
    assert found["hr@10"].tolist() == [1, 1, 1, 0]
    np.testing.assert_allclose(found["precision@10"], [0.1, 0.1, 0.1, 0])
    np.testing.assert_allclose(found["mrr"], [1, 0.5, 0.1, 1 / 11])


def test_coverage_and_gini() -> None:
    even, one = np.array([[0, 1], [2, 3]]), np.array([[0], [0], [0]])
    assert coverage(even, 4) == 1
    assert coverage(one, 4) == 0.25
    assert gini(even, 4) == 0
    assert gini(one, 4) == pytest.approx(1)
    assert gini(np.zeros((0, 0), np.int64), 4) == 0


def test_bootstrap_holds_the_mean_and_narrows_with_more_shoppers() -> None:
    random = np.random.default_rng(0)
    few, many = bootstrap(random.random(30)), bootstrap(random.random(3000))
    assert few.low < few.mean < few.high
    assert many.high - many.low < few.high - few.low
    seeds = bootstrap(np.stack([np.zeros(50), np.ones(50)]))
    assert (seeds.low, seeds.mean, seeds.high) == (0, 0.5, 1)
    assert bootstrap(np.zeros(0)).mean == 0
