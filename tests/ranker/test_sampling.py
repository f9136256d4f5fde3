"""The products of a step's softmax: how many, which, and that the sampled sum is right on average."""

import numpy as np

from ranker.sampling import ProductSampler

POPULAR_FIRST = np.arange(200, 0, -1).astype(np.float32)


def test_the_sampled_sum_is_right_on_average() -> None:
    random = np.random.default_rng(0)
    sampler = ProductSampler(POPULAR_FIRST, 40)
    scores = np.random.default_rng(1).standard_normal(200)
    sums, counts = [], []
    for _ in range(2000):
        columns, correction = sampler.draw(random, np.zeros(0, np.int64))
        sums.append(np.exp(scores[columns] + correction).sum())
        counts.append(len(columns))
    assert abs(np.mean(sums) / np.exp(scores).sum() - 1) < 0.02
    assert abs(np.mean(counts) - 40) < 1


def test_popular_products_are_drawn_more_often() -> None:
    random, sampler = np.random.default_rng(0), ProductSampler(POPULAR_FIRST, 20)
    drawn = np.bincount(
        np.concatenate([sampler.draw(random, np.zeros(0, np.int64))[0] for _ in range(300)]), minlength=200
    )
    assert drawn[:50].sum() > 1.5 * drawn[150:].sum() > 0


def test_targets_stand_in_every_draw_but_only_for_themselves() -> None:
    columns, correction = ProductSampler(POPULAR_FIRST, 5).draw(np.random.default_rng(0), np.array([3, 199, 3]))
    assert {3, 199} <= set(columns.tolist())
    assert len(set(columns.tolist())) == len(columns)
    assert (correction >= 0)[np.isfinite(correction)].all()


def test_a_small_shop_takes_all_products_without_correction() -> None:
    columns, correction = ProductSampler(np.zeros(7, np.float32), 50).draw(np.random.default_rng(0), np.array([2]))
    assert columns.tolist() == list(range(7))
    assert (correction == 0).all()


def test_products_nobody_met_are_drawn_too() -> None:
    sampler = ProductSampler(np.array([100.0, 0, 0, 0], np.float32), 2)
    seen = {int(c) for seed in range(60) for c in sampler.draw(np.random.default_rng(seed), np.zeros(0, np.int64))[0]}
    assert seen == {0, 1, 2, 3}
