"""Hidden tastes: learnable, kept aside, and the oracle that reads them is the best ranking."""

import numpy as np
import pytest

from kg_tools.demo_shop import write_demo_shop
from kg_tools.demo_shop.__main__ import main
from kg_tools.demo_shop.companions import make_links
from kg_tools.demo_shop.making import make_items
from kg_tools.demo_shop.oracle import load_tastes, oracle_scores, save_tastes
from kg_tools.demo_shop.shopping import go_shopping
from kg_tools.demo_shop.tastes import draw_tastes
from kg_tools.errors import CatalogueError


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A small shop: its tastes, its purchases by shopper in time order, the tastes file."""
    items = make_items(600, 7)
    tastes = draw_tastes(items, make_links(items, 7), 500, 7)
    purchases = go_shopping(tastes, 9000, 7)
    histories = [[] for _ in tastes.shopper_ids]
    for shopper, product in zip(purchases.shopper.tolist(), purchases.product.tolist(), strict=True):
        histories[shopper].append(product)
    file = tmp_path_factory.mktemp("tastes") / "tastes.npz"
    save_tastes(tastes, file)
    return tastes, histories, file


def ndcg(scores, histories):
    """Mean NDCG@10 of each shopper's last purchase, the earlier ones masked."""
    total = 0.0
    for row, history in enumerate(histories):
        own = scores[row].copy()
        own[history[:-1]] = -np.inf
        rank = int((own > own[history[-1]]).sum())
        total += 1 / np.log2(rank + 2) if rank < 10 else 0.0
    return total / len(histories)


def test_oracle_beats_item_knn_beats_popularity(world):
    tastes, histories, file = world
    seen = np.zeros((len(histories), len(tastes.product_ids)))
    for row, history in enumerate(histories):
        seen[row, history[:-1]] = 1.0
    counts = seen.sum(axis=0)
    together = seen.T @ seen
    similar = together / (np.sqrt(np.outer(counts, counts)) + 10)
    np.fill_diagonal(similar, 0)
    before = [[tastes.product_ids[p] for p in history[:-1]] for history in histories]
    best, ids = oracle_scores(file, tastes.shopper_ids, before)
    assert ids == tastes.product_ids
    popularity = ndcg(np.tile(counts, (len(histories), 1)), histories)
    knn, oracle = ndcg(seen @ similar, histories), ndcg(best, histories)
    assert popularity * 1.5 < knn
    assert knn * 1.5 < oracle


def test_oracle_matches_the_frequencies_it_claims():
    """First purchases of many copies of one shopper follow softmax(logits)."""
    items = make_items(200, 1)
    tastes = draw_tastes(items, make_links(items, 1), 1, 1)
    logits = tastes.logits(np.zeros(1, dtype=np.intp))[0]
    expected = np.exp(logits - logits.max())
    expected /= expected.sum()
    firsts = np.zeros(200)
    for seed in range(400):
        purchases = go_shopping(tastes, 5, seed)
        firsts[purchases.product[0]] += 1
    likely = expected.argsort()[-10:]
    spread = 4 * np.sqrt(400 * expected[likely].sum() * (1 - expected[likely].sum()))
    assert abs(firsts[likely].sum() - 400 * expected[likely].sum()) < spread


def test_a_purchase_raises_linked_products_and_lowers_other_colours(world):
    tastes, _, file = world
    shopper = tastes.shopper_ids[0]
    linked = next(row for row in range(600) if tastes.after_purchase[[row]].nnz)
    plain, _ = oracle_scores(file, [shopper])
    after, _ = oracle_scores(file, [shopper], [[tastes.product_ids[linked]]])
    expected = tastes.after_purchase[[linked]].toarray()
    np.testing.assert_allclose(after - plain, expected, atol=1e-12)
    assert expected.max() > 0


def test_popularity_and_activity_are_skewed(world):
    _, histories, _ = world
    lengths = np.array([len(history) for history in histories])
    assert lengths.min() >= 5
    assert lengths.sum() == 9000
    assert np.median(lengths) < lengths.mean()
    counts = np.sort(np.bincount([p for history in histories for p in history], minlength=600))[::-1]
    assert counts[:60].sum() > 0.25 * counts.sum()


def test_tastes_survive_the_file(world):
    tastes, _, file = world
    rows = np.array([0, 3], dtype=np.intp)
    np.testing.assert_array_equal(load_tastes(file).logits(rows), tastes.logits(rows))


def test_unknown_ids_and_broken_files_are_named(world, tmp_path):
    _, _, file = world
    with pytest.raises(CatalogueError, match='no shopper "nobody"'):
        oracle_scores(file, ["nobody"])
    with pytest.raises(CatalogueError, match='no product "P99999"'):
        oracle_scores(file, ["S00001"], [["P99999"]])
    with pytest.raises(CatalogueError, match="cannot be read"):
        load_tastes(tmp_path / "missing.npz")
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"not a zip file")
    with pytest.raises(CatalogueError, match="write the demo shop again"):
        load_tastes(broken)


def test_the_catalogue_does_not_give_the_tastes_away(tmp_path):
    mapping = write_demo_shop(tmp_path / "shop", products=200, shoppers=20, interactions=200)
    assert "tastes" not in mapping.read_text(encoding="utf-8")


def test_the_command_prints_counts(tmp_path, capsys):
    small = ["--products", "200", "--shoppers", "20", "--interactions", "200"]
    assert main([str(tmp_path / "shop"), *small]) == 0
    printed = capsys.readouterr().out
    assert "products       200," in printed
    assert "interactions   200," in printed
    assert main([str(tmp_path / "shop"), "--products", "3"]) == 2
    assert "at least" in capsys.readouterr().err
