"""The real catalogue, within its limits of time and memory. Needs the research data beside the repository."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Store

from kg_tools.iris import ShopIris
from kg_tools.shops import ShopFolder, open_shop
from kg_tools.vocabulary import BECAUSE, SCHEMA

REPO = Path(__file__).resolve().parents[2]
DATA = REPO.parent / "shared" / "data" / "amazon-beauty"
IRIS = ShopIris("urn:because:beauty:")

pytestmark = [
    pytest.mark.beauty,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the research data are not at {DATA}"),
]


@pytest.fixture(scope="module")
def beauty(tmp_path_factory: pytest.TempPathFactory) -> ShopFolder:
    home = tmp_path_factory.mktemp("home")
    script = (
        "import sys; from pathlib import Path; from kg_tools.ingest import ingest; "
        "from kg_tools.progress import silent; ingest(Path(sys.argv[1]), Path(sys.argv[2]), 'beauty', silent)"
    )
    started = time.perf_counter()
    # A process of its own, so that its memory can be measured.
    subprocess.run(
        [sys.executable, "-c", script, str(REPO / "examples" / "amazon-beauty.toml"), str(home)], cwd=REPO, check=True
    )
    assert time.perf_counter() - started < 90
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2 * 1024 * 1024  # KiB
    return open_shop(home, "beauty")


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
