"""The real catalogue, within its limits of time and memory. Needs the research data beside the repository."""

from typing import Any

import pytest
from pyoxigraph import NamedNode, Store

from kg_tools.iris import ShopIris
from kg_tools.shops import ShopFolder, open_shop
from kg_tools.vocabulary import BECAUSE, SCHEMA

IRIS = ShopIris("urn:because:beauty:")

pytestmark = pytest.mark.beauty


@pytest.fixture
def beauty(beauty_home: Any) -> ShopFolder:
    return open_shop(beauty_home.home, "beauty")


def test_it_stays_within_90_seconds_and_2_gb(beauty_home: Any) -> None:
    assert beauty_home.seconds < 90
    assert beauty_home.peak_kib < 2 * 1024 * 1024


def test_everything_is_there(beauty: ShopFolder) -> None:
    counts = beauty.manifest.counts
    assert (counts["products"], counts["interactions"], counts["shoppers"]) == (12_101, 198_502, 22_363)
    assert counts["links"] == 1_055_552  # one row joins a product to itself
    assert counts["rejected"] == 1


def test_mined_facts(beauty: ShopFolder) -> None:
    store = Store.read_only(str(beauty.graph_dir))
    iron = NamedNode(IRIS.product("B000IF5C96"))

    brand = list(store.quads_for_pattern(iron, NamedNode(str(SCHEMA.brand)), None, None))
    assert [(q.object.value, q.graph_name.value) for q in brand] == [
        (IRIS.node("brand", "Conair"), IRIS.source("mined-brands"))
    ]
    mined = NamedNode(IRIS.source("mined-features"))
    features = {q.object.value for q in store.quads_for_pattern(iron, None, None, mined)}
    assert IRIS.node("feature", "ceramic") in features
    for feature in ("tourmaline", "organic", "sulfate free"):
        node = NamedNode(IRIS.node("feature", feature))
        assert next(store.quads_for_pattern(None, NamedNode(str(BECAUSE.feature)), node, mined), None) is not None


def test_stated_brands_are_not_mined_again(beauty: ShopFolder) -> None:
    store = Store.read_only(str(beauty.graph_dir))
    mined = NamedNode(IRIS.source("mined-brands"))
    stated = NamedNode(IRIS.source("products"))
    brand = NamedNode(str(SCHEMA.brand))
    found = {q.subject for q in store.quads_for_pattern(None, brand, None, mined)}

    assert len(found) > 500
    assert not found & {q.subject for q in store.quads_for_pattern(None, brand, None, stated)}
