"""Arrays say what the graph says, on every kind of store; their file is never stale."""

import os
from pathlib import Path

import numpy as np
import pytest

from kg_tools import export
from kg_tools.catalogue import Catalogue, open_catalogue
from kg_tools.errors import StoreError
from kg_tools.products import GraphArrays
from kg_tools.shops import ShopFolder
from kg_tools.vocabulary import BECAUSE, LINK_PREDICATES, NODE_PREDICATES, SCHEMA

BASE = "urn:because:corner:"


def edges(arrays: GraphArrays) -> dict[tuple[str, str, str], float]:
    return {
        (
            arrays.node_iris[head].removeprefix(BASE),
            arrays.relations[relation],
            arrays.node_iris[tail].removeprefix(BASE),
        ): round(float(confidence), 3)
        for head, relation, tail, confidence in zip(
            arrays.heads, arrays.relation_index, arrays.tails, arrays.confidence, strict=True
        )
    }


def test_arrays(catalogue: Catalogue) -> None:
    arrays = catalogue.arrays()
    count = len(arrays.product_ids)
    assert list(arrays.product_ids) == sorted(arrays.product_ids)
    assert count == 13
    assert arrays.node_iris[:count] == tuple(map(catalogue.product_iri, arrays.product_ids))
    assert set(arrays.node_kinds[:count]) == {"product"}
    kinds = dict(zip(arrays.node_iris, arrays.node_kinds, strict=True))
    assert kinds[f"{BASE}product:elsewhere"] == "external"
    assert kinds[f"{BASE}category:hair-care"] == "category"
    assert kinds[f"{BASE}audience:women"] == "audience"
    assert f"{BASE}product:unknown" not in kinds
    assert len(set(arrays.node_iris)) == len(arrays.node_iris)
    assert arrays.relations == tuple(map(str, [*NODE_PREDICATES.values(), *LINK_PREDICATES.values()]))
    assert arrays.heads.max() < count
    assert (arrays.heads.dtype, arrays.relation_index.dtype, arrays.tails.dtype) == (np.int32, np.int16, np.int32)
    assert (arrays.confidence.dtype, arrays.prices.dtype, arrays.in_stock.dtype) == (np.float32, np.float32, np.bool_)


def test_edges(catalogue: Catalogue) -> None:
    found = edges(catalogue.arrays())
    feature, category = str(BECAUSE.feature), str(SCHEMA.category)
    assert found["product:shampoo1", feature, "feature:sulfate-free"] == 1.0
    assert found["product:shampoo1", feature, "feature:gentle"] == 0.8
    assert found["product:brush1", str(SCHEMA.brand), "brand:conair"] == 0.9
    assert found["product:iron1", str(BECAUSE.alsoBought), "product:elsewhere"] == 1.0
    assert found["product:nozzle", str(SCHEMA.isAccessoryOrSparePartFor), "product:dryer2"] == 1.0
    assert {tail for head, relation, tail in found if (head, relation) == ("product:iron1", category)} == {
        "category:curling-irons",
        "category:styling-tools",
        "category:hair-care",
    }
    assert not any(head == tail for head, _, tail in found)
    assert len(found) == len(catalogue.arrays().heads)
    for head, relation, tail in found:
        assert catalogue.find_facts((BASE + head, relation, BASE + tail))


def test_prices_stock_and_texts(catalogue: Catalogue) -> None:
    arrays = catalogue.arrays()
    index = {product_id: position for position, product_id in enumerate(arrays.product_ids)}
    assert arrays.prices[index["iron1"]] == np.float32(29.9)
    assert arrays.prices[index["brush1"]] == 9.5
    assert np.isnan(arrays.prices[index["brush2"]])
    assert [bool(arrays.in_stock[index[name]]) for name in ("iron1", "dryer1", "shampoo1", "gift")] == [
        True,
        False,
        False,
        True,
    ]
    assert arrays.titles[index["lipstick2"]] == "Rouge Lipstick"
    assert arrays.texts[index["iron1"]] == "Breeze Ceramic Curling Iron\nSmooth curls, gentle heat."
    assert arrays.texts[index["gift"]] == "Wedding Gift Box"


def test_the_file_gives_the_same_arrays(folder: ShopFolder) -> None:
    first = open_catalogue(folder)
    made = first.arrays()
    first.close()
    assert folder.arrays_path.is_file()
    second = open_catalogue(folder)
    loaded = second.arrays()
    second.close()
    for name in GraphArrays.__slots__:
        one, other = getattr(made, name), getattr(loaded, name)
        if isinstance(one, tuple):
            assert one == other
        else:
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype


def test_a_new_price_needs_no_new_export(folder: ShopFolder) -> None:
    catalogue = open_catalogue(folder, writable=True)
    before = catalogue.arrays()
    written = folder.arrays_path.stat().st_mtime_ns
    catalogue.update_offer("iron1", price=1.5, in_stock=False)
    after = catalogue.arrays()
    index = after.product_ids.index("iron1")
    assert (after.prices[index], bool(after.in_stock[index])) == (1.5, False)
    assert before.prices[index] == np.float32(29.9)
    assert after.heads is before.heads
    catalogue.close()
    again = open_catalogue(folder)
    assert again.arrays().prices[index] == 1.5
    assert folder.arrays_path.stat().st_mtime_ns == written
    again.close()


def test_new_links_are_in_the_next_arrays(folder: ShopFolder) -> None:
    catalogue = open_catalogue(folder, writable=True)
    link = ("product:gift", str(BECAUSE.boughtAlongside), "product:lipstick2")
    assert link not in edges(catalogue.arrays())
    catalogue.replace_links("boughtAlongside", [("gift", "lipstick2")])
    assert link in edges(catalogue.arrays())
    catalogue.close()
    again = open_catalogue(folder)
    assert link in edges(again.arrays())
    again.close()


def test_arrays_exported_during_a_change_are_not_used_later(folder: ShopFolder) -> None:
    catalogue = open_catalogue(folder)
    with export.outdating(folder):
        catalogue.arrays()
    assert export.load_arrays(folder.arrays_path, export._key(folder)) is None
    catalogue.close()


@pytest.mark.parametrize("content", [b"", b"not a zip file", None])
def test_a_damaged_file_is_made_anew(folder: ShopFolder, content: bytes | None) -> None:
    first = open_catalogue(folder)
    made = first.arrays()
    whole = folder.arrays_path.read_bytes()
    folder.arrays_path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    second = open_catalogue(folder)
    assert edges(second.arrays()) == edges(made)
    first.close()
    second.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_leaves_nothing_half_written(folder: ShopFolder) -> None:
    catalogue = open_catalogue(folder)
    temporary = folder.path / f".arrays.npz.{os.getpid()}.tmp"
    temporary.symlink_to("/dev/full")
    with pytest.raises(StoreError, match="disk full"):
        catalogue.arrays()
    assert not temporary.is_symlink()
    assert not folder.arrays_path.exists()
    catalogue.close()


def test_interactions(corner: Catalogue) -> None:
    log = corner.interactions()
    ids = corner.arrays().product_ids
    assert log.shopper_ids == ("s1", "s2")
    assert [ids[index] for index in log.product] == ["iron1", "dryer2", "iron1"]
    assert log.shopper.tolist() == [0, 0, 1]
    assert log.position.tolist() == [0, 1, 1]
    assert log.split.tolist() == [0, 1, 2]
    assert (log.shopper.dtype, log.product.dtype, log.split.dtype) == (np.int32, np.int32, np.int8)


def test_a_missing_interaction_log(folder: ShopFolder) -> None:
    folder.interactions_path.unlink()
    catalogue = open_catalogue(folder)
    with pytest.raises(StoreError, match=r"interactions\.parquet"):
        catalogue.interactions()
    catalogue.close()
