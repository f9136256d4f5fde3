"""The speed report on small generated shops; the bounds are loose, the point is that nothing grows out of hand."""

import numpy as np

from ranker.benchmark import benchmark_rank, generated_shop


def test_report_of_small_shops() -> None:
    told: list[str] = []
    report = benchmark_rank((300, 2_000), progress=lambda message, _: told.append(message))
    small, larger = report.as_json()["speed"]
    assert (small["products"], larger["products"]) == (300, 2_000)
    assert small["peak_mb"] > 0
    assert all(one["rank_ms_p50"] <= one["rank_ms_p95"] < 1_000 for one in (small, larger))
    assert small["recall_at_10"] == 1
    assert small["ratio"] == small["rank_ms_p50"] / small["floor_ms"]
    assert len(report.lines()) == 3
    assert any("generating" in message for message in told)


def test_generated_shops_look_like_shops() -> None:
    shop = generated_shop(3_000, seed=1)
    again = generated_shop(3_000, seed=1)
    assert (shop.histories.items == again.histories.items).all()
    met = np.sort(np.bincount(shop.histories.items, minlength=3_000))[::-1]
    assert met[:300].sum() > 0.4 * met.sum(), "a tenth of the products gets most of the interest"
    assert 5 <= shop.histories.lengths.mean() <= 11
    assert np.linalg.norm(shop.text, axis=1).round(3).tolist() == [1.0] * 3_000
    taste = shop.graph.incidence[:, 60 + 20 :].indices
    assert len(np.unique(taste)) > 10
